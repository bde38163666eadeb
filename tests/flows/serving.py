"""A stock server of the OpenAI-compatible interface: `transformers serve`, on a model folder."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrx_web.env import REPOSITORY
from tests.flows.laptop import LOOK_SECONDS, PATIENCE_SECONDS

PHOTOS_ONLY = """
from transformers import Qwen2_5_VLProcessor
from training.ml.processor import photo_processor

PhotoProcessor = photo_processor(Qwen2_5_VLProcessor)
"""
"""The family's own processor has a part for videos, which would need torchvision."""


@contextmanager
def serving(model: Path, name: str, folder: Path) -> Iterator[str]:
    """Serve a copy of the model under this name; yields the address of its interface.

    Args:
        folder: where the copy, the server's log and its cache may lie.
    """
    copy = folder / name
    shutil.copytree(model, copy)
    (copy / "photos_only.py").write_text(PHOTOS_ONLY)
    config = json.loads((copy / "processor_config.json").read_text())
    config["auto_map"] = {"AutoProcessor": "photos_only.PhotoProcessor"}
    (copy / "processor_config.json").write_text(json.dumps(config))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", name, "--trust-remote-code"]
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--default-seed", "0"]
    own = {"PYTHONPATH": str(REPOSITORY), "HF_HOME": str(folder / "hub"), "HF_HUB_OFFLINE": "1"}
    log = folder / "serve.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [*command, *options], cwd=folder, env=os.environ | own, stdout=out, stderr=out
        )
    try:
        _wait(server, port)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait()
        print(log.read_text()[-2000:])  # Shown where the test fails.


def _wait(server: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not _answers(f"http://127.0.0.1:{port}/health"):
        assert server.poll() is None and time.monotonic() < until, "the server does not come up"
        time.sleep(LOOK_SECONDS)


def _answers(address: str) -> bool:
    """There is somebody at the address."""
    try:
        with urllib.request.urlopen(address, timeout=5 * LOOK_SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False

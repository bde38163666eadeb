"""The session of docs/guide/api.md: every command is sent as it stands there, and answered as it says."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from attrx_web.roles import Role
from tests.api.calling import token_of
from tests.factories import user_with
from tests.import_rules import REPOSITORY
from tests.labeling.workspace import tasks
from tests.training.registry import round_over, version_with
from tests.training.rounds import model_folder, small_catalogue
from training.services.versions import version_offer

GUIDE = REPOSITORY / "docs" / "guide" / "api.md"
LISTINGS = b"id,vertical,title\nnew-1,kurta,One\n"


def commands() -> Iterator[tuple[str, int]]:
    """(command, the status that the guide says)"""
    for block in re.findall(r"```console\n(.*?)```", GUIDE.read_text(), re.DOTALL):
        for command, status in re.findall(r"^\$ (curl .*)\n# (\d+)$", block, re.MULTILINE):
            yield command, int(status)


def options() -> argparse.ArgumentParser:
    """As much of curl's as the guide uses."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-o", dest="output")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-F", dest="form", action="append", default=[])
    parser.add_argument("-d", dest="data")
    parser.add_argument("address")
    return parser


def send(command: str, known: dict[str, Any]) -> Any:
    """What the command is answered."""
    given = options().parse_args(shlex.split(Template(command).substitute(known))[1:])
    headers = dict(header.split(": ", 1) for header in given.headers)
    kind = headers.pop("Content-Type", "application/octet-stream")
    where = urlsplit(given.address)
    address, client = f"{where.path}?{where.query}", Client()
    if given.form:
        form = dict(part.split("=", 1) for part in given.form)
        files = {
            name: SimpleUploadedFile(value[1:], LISTINGS) if value.startswith("@") else value
            for name, value in form.items()
        }
        return client.post(address, files, headers=headers)
    if given.data or given.method == "POST":
        return client.post(address, given.data or "", content_type=kind, headers=headers)
    return client.get(address, headers=headers)


@pytest.mark.django_db
def test_the_session_of_the_guide_runs(settings: Any, tmp_path: Path) -> None:
    settings.ATTRX_BASE_MODEL = str(model_folder(tmp_path / "base"))
    small_catalogue()
    tasks(1)
    champion, better = (version_with(round_over({"kurta": 60}), {"kurta": right}) for right in (20, 55))
    for version in (champion, better):
        version_offer(version_id=version.pk)
    known: dict[str, Any] = {"ATTRX": "https://attrx.example.com", "TOKEN": token_of(user_with(Role.ADMIN))}
    known |= {"CHAMPION": champion.pk, "VERSION": better.pk}
    sent = 0
    for command, status in commands():
        answer = send(command, known)
        assert answer.status_code == status, (command, answer.content)
        known |= learned(command, answer)
        sent += 1
    assert sent == 14


def learned(command: str, answer: Any) -> dict[str, Any]:
    """What later commands name after an answer; every message must have been done."""
    if command.endswith('/imports"'):
        return {"IMPORT": answer.json()["id"]}
    if command.endswith('/rounds"'):
        return {"ROUND": answer.json()["id"]}
    if command.endswith('/work/lease"'):
        [item] = answer.json()["items"]
        return {"TURN": item["turn"], "LEASE": item["token"]}
    if command.endswith('/work/messages"'):
        assert [reply["status"] for reply in answer.json()["replies"]] == ["done"] * 3
    return {}

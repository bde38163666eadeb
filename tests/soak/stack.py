"""The processes of compose.yaml on this machine: started, started again when they end, and killed."""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any

import redis
import yaml

from attrx_web.env import REPOSITORY
from attrx_web.probe import WORKERS
from tests.services import find, free_port, postgres_user

HOST = "attrx.localhost"
POLL_SECONDS = 0.2
READY_SECONDS = 120.0
STOP_SECONDS = 60.0
SECRET = "only-for-this-soak-0123456789abcdef0123456789abcdef"  # pragma: allowlist secret
RUNNER = ("--app", "training.management.benchmark_worker")
"""What the GPU's worker gets besides: a runner without a model."""
WORKING = ("worker-default", "worker-gpu", "model")
"""Those that say in Redis that they are there."""


@dataclass(frozen=True)
class Spec:
    """How one process is started."""

    command: list[str]
    environment: Mapping[str, str]
    folder: Path
    user: str | None = None
    stop: signal.Signals = signal.SIGTERM


class Stack:
    """All processes of the site.

    Args:
        folder: everything that they write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in ("http", "https", "web", "postgres", "redis")}
        self._compose = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]
        self._queues = {name: self._compose[name]["healthcheck"]["test"][-1] for name in WORKING}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._specs: dict[str, Spec] = {}
        self._ended, self._lock = threading.Event(), threading.Lock()
        self.restarts: dict[str, int] = {}
        self.exit_codes: dict[str, int] = {}
        """Of the processes that were told to stop at the end."""

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the site's own processes, but for its web server's."""
        return self._environment("setup")

    def _environment(self, service: str) -> dict[str, str]:
        """The environment of a service of compose.yaml, with this machine's addresses and folders."""
        given = {key: self._filled(value) for key, value in self._compose[service]["environment"].items()}
        del given["ATTRX_MEDIA_URL"]
        own = {"ATTRX_VAR_DIR": str(self.folder / "data")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {"PATH": path, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "LANG": "C.UTF-8"} | given | own

    def names(self) -> list[str]:
        """Of the processes that run, in the order in which they were started."""
        return list(self._specs)

    def start(self) -> None:
        """Start everything, as compose does: what others wait for first."""
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o755)  # PostgreSQL is another user, and its folder is below.
        self._start("postgres", self._postgres())
        self._start("redis", self._redis())
        self._until(lambda: self._answers("redis") and self._answers("postgres"), "PostgreSQL or Redis")
        subprocess.run(
            self._words("setup"), env=self.environment, cwd=REPOSITORY, check=True, stdout=sys.stderr
        )
        for name in ("web", *WORKING, "beat"):
            self._start(name, Spec(self._words(name), self._environment(name), REPOSITORY))
        self._start("proxy", self._proxy())
        self.wait_ready()
        threading.Thread(target=self._keep, name="keep", daemon=True).start()

    def kill(self, name: str) -> float:
        """Kill -9 a process and its children, as a container ends; seconds until the site is back."""
        began, before = time.monotonic(), self._running[name]
        os.killpg(before.pid, signal.SIGKILL)
        self._forget(name)
        self._until(lambda: self._running[name] is not before, name)
        self.wait_ready(name)
        return time.monotonic() - began

    def wait_ready(self, name: str = "") -> None:
        """Wait until the site says through its proxy that it can work, and each worker that it is there."""
        self._until(self._is_ready, "the site")
        for worker, queue in self._queues.items():
            if name in ("", worker):
                self._until(partial(self._probe, queue), worker)

    def stop(self) -> None:
        """Tell everything to end, in the reverse order, and wait for it."""
        self._ended.set()
        with self._lock:
            self.exit_codes = {name: self._stop(name) for name in reversed(self._specs)}

    def _stop(self, name: str) -> int:
        process = self._running[name]
        with suppress(ProcessLookupError):
            process.send_signal(self._specs[name].stop)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()

    def _keep(self) -> None:
        """As `restart: unless-stopped` does."""
        while not self._ended.wait(POLL_SECONDS):
            with self._lock:
                for name, process in self._running.items():
                    if process.poll() is not None and not self._ended.is_set():
                        self.restarts[name] = self.restarts.get(name, 0) + 1
                        self._start(name, self._specs[name])

    def _start(self, name: str, spec: Spec) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                spec.command,
                env=dict(spec.environment),
                cwd=spec.folder,
                user=spec.user,
                group=spec.user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._specs[name] = spec

    def _words(self, name: str) -> list[str]:
        """The command of compose.yaml."""
        words = [self._filled(word) for word in self._compose[name]["command"]]
        return [*words, *RUNNER] if name == "worker-gpu" else words

    def _filled(self, text: str) -> str:
        """With what .env would have, and with addresses of this machine."""
        text = re.sub(r"\$\{ATTRX_ALLOWED_HOSTS[^}]*\}", f"{HOST},127.0.0.1", text)
        text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
        text = re.sub(r"\$\{\w+[^}]*\}", SECRET, text)
        places = {"0.0.0.0:8000": "web", "postgres:5432": "postgres", "redis:6379": "redis"}
        for place, port in places.items():
            text = text.replace(place, f"127.0.0.1:{self.ports[port]}")
        return text.replace("/tmp/metrics", str(self.folder / "metrics"))

    def _postgres(self) -> Spec:
        folder, user = self.folder / "postgres", postgres_user()
        folder.mkdir()
        if user:
            shutil.chown(folder, user, user)
        data = folder / "data"
        options = ["--username=attrx", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        made = [_found("initdb"), f"--pgdata={data}", *options]
        subprocess.run(made, user=user, group=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        where = ["-D", f"{data}", "-h", "127.0.0.1", "-p", f"{self.ports['postgres']}", "-k", f"{folder}"]
        return Spec([_found("postgres"), *where], dict(os.environ), folder, user, signal.SIGINT)

    def _redis(self) -> Spec:
        folder = self.folder / "redis"
        folder.mkdir()
        words = self._words("redis")
        where = ["--bind", "127.0.0.1", "--port", f"{self.ports['redis']}", "--dir", f"{folder}"]
        return Spec([_found(words[0]), *words[1:], *where], dict(os.environ), folder)

    def _proxy(self) -> Spec:
        folder = self.folder / "proxy"
        folder.mkdir()
        key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
        make = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            f"/CN={HOST}",
        ]
        subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        text = (REPOSITORY / "deploy" / "nginx.conf").read_text()
        here = {
            " /tmp/": f" {folder}/",  # First: the folder may lie there.
            "/etc/nginx/tls": str(folder),
            "web:8000": f"127.0.0.1:{self.ports['web']}",
            "listen 8080": f"listen 127.0.0.1:{self.ports['http']}",
            "listen 8443": f"listen 127.0.0.1:{self.ports['https']}",
        }
        for there, place in here.items():
            text = text.replace(there, place)
        (folder / "nginx.conf").write_text(text)
        words = [_found("nginx"), "-e", "stderr", "-c", f"{folder / 'nginx.conf'}", "-g", "daemon off;"]
        return Spec(words, dict(os.environ), folder)

    def _is_ready(self) -> bool:
        connection = HTTPSConnection("127.0.0.1", self.ports["https"], timeout=5, context=unverified())
        try:
            connection.request("GET", "/readyz", headers={"Host": HOST})
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def _probe(self, queue: str) -> bool:
        probe = [sys.executable, "-m", "attrx_web.probe", queue]
        return subprocess.run(probe, env=self.environment, cwd=REPOSITORY).returncode == 0

    def _forget(self, name: str) -> None:
        """What a worker said of itself outlives it by half a minute: only the next one's counts."""
        if name in WORKING:
            with redis.Redis.from_url(self.environment["REDIS_URL"]) as client:
                client.delete(f"{WORKERS}{self._queues[name]}@{socket.gethostname()}")

    def _answers(self, name: str) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.ports[name]), timeout=1.0):
            if name == "redis":
                return True
            asked = [_found("pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={self.ports[name]}"]
            return subprocess.run(asked).returncode == 0 and self._made_database()
        return False

    def _made_database(self) -> bool:
        import psycopg

        url = f"postgres://attrx@127.0.0.1:{self.ports['postgres']}/postgres"
        with psycopg.connect(url, autocommit=True) as connection, suppress(psycopg.errors.DuplicateDatabase):
            connection.execute("CREATE DATABASE attrx")
        return True

    def _until(self, look: Callable[[], Any], what: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not look():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} did not come up: read the logs in {self.folder}")
            time.sleep(POLL_SECONDS)


@contextmanager
def running(folder: Path) -> Iterator[Stack]:
    """The whole site for the length of the block."""
    stack = Stack(folder)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def unverified() -> ssl.SSLContext:
    """For the certificate that a soak makes for itself."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _found(program: str) -> str:
    path = find(program)
    if path is None:
        raise FileNotFoundError(f"{program} is missing: python -m tests.services -- true installs it")
    return path

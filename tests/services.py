"""Run a command with a PostgreSQL and a Redis of its own.

    python -m tests.services -- python -m pytest

Both live in a temporary folder, on free ports, and end with the command, which finds them by DATABASE_URL and
REDIS_URL. Exit code: the command's; 2 when a server cannot be installed, 1 when one does not start.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

PACKAGES = {
    "initdb": "postgresql",
    "postgres": "postgresql",
    "pg_isready": "postgresql",
    "redis-server": "redis-server",
    "chromium-headless-shell": "chromium-headless-shell",
    "nginx": "nginx",
}
"""Each program that is needed and the Debian package that brings it."""

READY_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.05


class ServiceError(Exception):
    """A service that cannot be had. The message says what to do."""

    exit_code = 1


class NotInstalledError(ServiceError):
    """A program is missing and this user cannot install it."""

    exit_code = 2


def main(argv: list[str]) -> int:
    """Start the services, run the command, stop the services; the exit code is the command's."""
    if argv[:1] != ["--"] or not argv[1:]:
        print("usage: python -m tests.services -- COMMAND [ARGUMENT ...]", file=sys.stderr)
        return 2
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _exit)
    try:
        ensure_installed()
        with (
            tempfile.TemporaryDirectory(prefix="attrx-services-") as folder,
            postgresql(Path(folder) / "postgresql") as database_url,
            redis(Path(folder) / "redis") as redis_url,
        ):
            return run(argv[1:], DATABASE_URL=database_url, REDIS_URL=redis_url)
    except ServiceError as error:
        print(f"tests.services: {error}", file=sys.stderr)
        return error.exit_code


def ensure_installed() -> None:
    """Find every program; as root on Debian install what is missing.

    Raises:
        NotInstalledError: elsewhere; names the packages.
    """
    installs = os.geteuid() == 0 and shutil.which("apt-get")
    missing = sorted({package for program, package in PACKAGES.items() if not find(program)})
    if not missing or not installs and missing == ["chromium-headless-shell"] and browser_path():
        return
    packages = " and ".join(missing)
    if not installs:
        raise NotInstalledError(f"the tests need {packages}: install with your system's package manager")
    print(f"tests.services: installing {packages}", file=sys.stderr)
    apt_get = ["apt-get", "-o", "DPkg::Lock::Timeout=120", "--yes", "--no-install-recommends"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", *missing]):
        if subprocess.run([*apt_get, *arguments], env=environment, stdout=sys.stderr).returncode:
            raise NotInstalledError(f"apt-get could not install {packages}: read its message above")


def find(program: str) -> str | None:
    """The program's path. Debian keeps PostgreSQL off the PATH, one folder a release: the newest is taken."""
    releases = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True
    )
    folders = [*map(str, releases), os.environ.get("PATH", os.defpath), "/usr/sbin"]
    return shutil.which(program, path=os.pathsep.join(folders))


def browser_path() -> str | None:
    """The lightest Chromium's path: the shell draws no windows."""
    return find("chromium-headless-shell") or find("chromium") or find("chromium-browser")


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Run a new PostgreSQL cluster in the folder; yields its DATABASE_URL."""
    user = postgres_user()
    folder.mkdir()
    if user:
        folder.parent.chmod(0o711)
        shutil.chown(folder, user, user)
    data, port = folder / "data", free_port()
    options = ["--username=attrx", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    initdb = [_found("initdb"), f"--pgdata={data}", *options]
    made = subprocess.run(initdb, user=user, group=user, cwd=folder, capture_output=True, text=True)
    if made.returncode:
        raise ServiceError(f"initdb failed: {made.stderr.strip()}")
    # Nothing here needs to outlive a power cut.
    fast = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
    command = [
        _found("postgres"),
        "-D",
        f"{data}",
        "-h",
        "127.0.0.1",
        "-p",
        f"{port}",
        "-k",
        f"{folder}",
        *fast,
    ]
    ready = partial(_postgresql_answers, port)
    with server(command, log=folder / "log", user=user, stop=signal.SIGINT, ready=ready):
        yield f"postgres://attrx@127.0.0.1:{port}/postgres"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Run a Redis without persistence; yields its REDIS_URL."""
    folder.mkdir()
    port = free_port()
    command = [
        _found("redis-server"),
        "--bind",
        "127.0.0.1",
        "--port",
        f"{port}",
        "--dir",
        f"{folder}",
        "--save",
        "",
    ]
    ready = partial(_redis_answers, port)
    with server(command, log=folder / "log", user=None, stop=signal.SIGTERM, ready=ready):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def server(
    command: list[str],
    *,
    log: Path,
    user: str | None,
    stop: signal.Signals,
    ready: Callable[[], bool],
) -> Iterator[None]:
    """Run a server for the length of the block.

    Raises:
        ServiceError: it ended, or did not answer within READY_SECONDS; the message has the end of its log.
    """
    with log.open("wb") as output:
        # A session of its own: ctrl-C ends the command, and only then the servers that it uses.
        process = subprocess.Popen(
            command,
            user=user,
            group=user,
            cwd=log.parent,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            if _ended(process, POLL_SECONDS) or time.monotonic() > deadline:
                raise ServiceError(
                    f"{Path(command[0]).name} did not start: {log.read_text()[-2000:].strip()}"
                )
        yield
    finally:
        process.send_signal(stop)
        if not _ended(process, STOP_SECONDS):
            process.kill()
            process.wait()


def run(command: list[str], **variables: str) -> int:
    """Run the command with these variables; its exit code, or 128 + the signal that ended it."""
    try:
        process = subprocess.Popen(command, env=os.environ | variables)
    except OSError as error:
        print(f"tests.services: {command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    # Ctrl-C reaches the command from the terminal: it decides how to end. Other signals come here alone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda received, _frame: process.send_signal(received))
    code = process.wait()
    return code if code >= 0 else 128 - code


def free_port() -> int:
    """A TCP port of 127.0.0.1 on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _postgresql_answers(port: int) -> bool:
    probe = [_found("pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={port}"]
    return subprocess.run(probe).returncode == 0


def _redis_answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """The process ends within this time."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def postgres_user() -> str | None:
    """PostgreSQL refuses to run as root: its package's user then; None for the present user."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise ServiceError(
            "PostgreSQL refuses to run as root and there is no user postgres: add one"
        ) from None


def _found(program: str) -> str:
    path = find(program)
    if path is None:
        raise NotInstalledError(
            f"{program} is missing although {PACKAGES[program]} is installed: reinstall that package"
        )
    return path


def _exit(signum: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signum)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

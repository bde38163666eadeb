"""A storm: a server, browsers that label as fast as they can, and everything that may happen to them."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from attrx_web.env import REPOSITORY
from attrx_web.processes import web_process
from tests.flows import storm_client
from tests.flows.storm_database import Database
from tests.services import free_port

TASKS, PEOPLE, REFEREES = 80, 6, 2
WINDOWS = [0, 0, 1, 1, 2, 3, 4, 5]
"""Whose browser it is: two people have two windows."""
STEPS = [-3600.0, -70.0, -20.0, -3.0, 3.0, 20.0, 49.0, 51.0, 3600.0]
"""Seconds by which the clock is set forward or back."""
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.02


class Storm:
    """The server, the browsers, and the database behind them."""

    def __init__(self, folder: Path, url: str, chance: random.Random) -> None:
        self.folder, self.database, self.chance = folder, Database(url), chance
        self.port = free_port()
        self.clients: dict[int, subprocess.Popen[str]] = {}
        self.sessions: dict[str, str] = {}
        self._server = ExitStack()
        self._gunicorn: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Make the world and start the server."""
        self.sessions = json.loads(world("make", TASKS, PEOPLE, REFEREES).communicate()[0])
        self.database.watch()
        self.serve()

    def end(self) -> None:
        """Stop whatever runs."""
        for client in self.clients.values():
            client.kill()
            client.communicate()
        self._server.close()

    def serve(self) -> None:
        """Start the server, on the same port again."""
        self._gunicorn = self._server.enter_context(web_process(self.folder, port=self.port))

    def work(self) -> None:
        """Start a browser in every window that has none."""
        for window in range(len(WINDOWS)):
            if window not in self.clients:
                self.clients[window] = self.client(window, f"{self.chance.getrandbits(32)}")

    def client(self, window: int, seed: str) -> subprocess.Popen[str]:
        """Start a browser; its outbox outlives it."""
        session = self.sessions[f"person-{WINDOWS[window]}"]
        command = [sys.executable, storm_client.__file__, str(self.port), session]
        return subprocess.Popen(
            [*command, str(self.folder / f"outbox-{window}"), seed], stdout=subprocess.PIPE, text=True
        )

    def wait(self, lines: int) -> None:
        """Let the browsers work until their outboxes have so many lines more; none may end by itself."""
        goal, deadline = self.lines() + lines, time.monotonic() + PATIENCE_SECONDS
        while self.lines() < goal:
            assert time.monotonic() < deadline
            ended = [client for client in self.clients.values() if client.poll() is not None]
            assert not ended, [client.communicate()[0] for client in ended]
            with suppress(subprocess.TimeoutExpired):
                self.clients[0].wait(LOOK_SECONDS)

    def lines(self) -> int:
        """How much the browsers have said and heard."""
        return sum(path.read_bytes().count(b"\n") for path in self.folder.glob("outbox-*"))

    def blow(self) -> None:
        """Let something go wrong."""
        draw = self.chance.random()
        if draw < 0.4:
            self.kill_client(self.chance.choice(list(self.clients)))
        elif draw < 0.55:
            self.kill_worker()
        else:
            self.database.step_clock(self.chance.choice(STEPS))
        self.work()

    def kill_client(self, window: int) -> None:
        """A browser is gone in the middle of whatever it does."""
        client = self.clients.pop(window)
        client.kill()
        said, _ = client.communicate()
        assert client.returncode == -signal.SIGKILL, said

    def kill_clients(self) -> None:
        """All browsers are gone."""
        for window in list(self.clients):
            self.kill_client(window)

    def kill_worker(self) -> None:
        """One process of the server is gone; the server starts another."""
        assert self._gunicorn is not None
        pid = self._gunicorn.pid
        workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if workers:
            with suppress(ProcessLookupError):
                os.kill(int(self.chance.choice(workers)), signal.SIGKILL)

    def kill_server(self) -> None:
        """The whole server is gone at once."""
        assert self._gunicorn is not None
        os.killpg(self._gunicorn.pid, signal.SIGKILL)
        self._server.close()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while listens(self.port):
            assert time.monotonic() < deadline


def world(*words: object) -> subprocess.Popen[str]:
    """Start tests/flows/storm_world.py with these words."""
    command = [sys.executable, "-m", "tests.flows.storm_world", *map(str, words)]
    return subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def listens(port: int) -> bool:
    """Something answers on the port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return True
    except OSError:
        return False

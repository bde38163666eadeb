"""An admin who starts a round over HTTP and looks at its pages."""

import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPResponse
from random import Random
from urllib.parse import urlencode

from django.conf import settings
from django.core.management.base import CommandError

TIMEOUT_SECONDS = 120.0
CSRF = "c" * 32

Address = Callable[[int, Random], str]

PAGES: Mapping[str, Address] = {
    "round page": lambda pk, chance: f"/rounds/{pk}/",
    "status": lambda pk, chance: f"/rounds/{pk}/status",
    "rounds": lambda pk, chance: "/rounds/",
    "chains": lambda pk, chance: f"/rounds/{pk}/chains?{urlencode(_place(chance))}",
    "chains of gold": lambda pk, chance: f"/rounds/{pk}/chains?stage=0-evaluate",
    "compare": lambda pk, chance: "/rounds/compare",
    "versions": lambda pk, chance: "/versions/",
}
"""{kind: its address, of a round}"""


class Visitor:
    """A browser that is signed in.

    Args:
        session: the key that its session cookie holds.
    """

    def __init__(self, port: int, session: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        self._headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            "X-Forwarded-Proto": "https",
            "Origin": f"https://127.0.0.1:{port}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._chance = Random(0)

    def start_round(self) -> tuple[int, float]:
        """Start a round of one iteration as the form does; returns its id and the milliseconds it took.

        Raises:
            CommandError: when it was not started.
        """
        settled = urlencode({"strategy": "sft_dpo", "preset": "gpu24", "iterations": 1, "seed": 0})
        answer, body, taken = self._send("POST", "/rounds/start", settled)
        address = answer.headers.get("Location", "")
        if answer.status != 302 or not address.startswith("/rounds/"):
            raise CommandError(f"the round was not started: {answer.status}, {body[-2000:]!r}")
        return int(address.split("/")[2]), taken

    def look(self, kind: str, round_id: int) -> float:
        """Ask for a page and read it whole; returns milliseconds.

        Raises:
            CommandError: when something else came.
        """
        address = PAGES[kind](round_id, self._chance)
        answer, body, taken = self._send("GET", address)
        if answer.status != 200 or b"</" not in body:
            raise CommandError(f"{address} was answered with {answer.status}")
        return taken

    def download(self, round_id: int) -> tuple[int, float]:
        """Read the round's manifest; returns its bytes and the milliseconds it took."""
        started = time.perf_counter()
        self._connection.request("GET", f"/rounds/{round_id}/manifest.json", headers=self._headers)
        answer, size = self._connection.getresponse(), 0
        while part := answer.read(1 << 20):
            size += len(part)
        return size, 1000 * (time.perf_counter() - started)

    def _send(self, method: str, address: str, body: str | None = None) -> tuple[HTTPResponse, bytes, float]:
        started = time.perf_counter()
        self._connection.request(method, address, body, self._headers)
        answer = self._connection.getresponse()
        read = answer.read()
        return answer, read, 1000 * (time.perf_counter() - started)


def _place(chance: Random) -> dict[str, object]:
    """Somewhere in the chains of the pool: as the first shards, which are there first, or deep."""
    return {"stage": "1-sample", "shard": 10 ** chance.randint(0, 3), "page": chance.randint(1, 20)}

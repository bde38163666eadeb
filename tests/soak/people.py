"""Those who use the site in a soak: annotators, who send what they said until it is received, and readers."""

import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from http.client import HTTPException, HTTPSConnection
from typing import Any

from tests.soak.stack import HOST, unverified

Json = dict[str, Any]

TIMEOUT_SECONDS = 60.0
AGAIN_SECONDS = 0.5
"""From one try to the next while nobody answers."""
CSRF = "c" * 32
ATTRIBUTES = [f"attribute-{place}" for place in range(1, 6)]
PAGES = (
    *("/rounds/", "/rounds/{round}/", "/rounds/{round}/status", "/versions/", "/workers/", "/loop/"),
    *("/accuracy/", "/health/", "/people/", "/listings/", "/catalog/imports/{import}/", "/label/"),
)


class Seen:
    """What was answered, by all people together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.times: dict[str, list[float]] = defaultdict(list)
        """{kind: milliseconds of answers}"""
        self.errors: Counter[str] = Counter()
        """{what went wrong: times}"""
        self.acknowledged: set[str] = set()
        """Keys of the answers that the site said it keeps."""

    def answer(self, kind: str, status: int, milliseconds: float) -> None:
        if status >= 400:
            self.problem(f"{kind} {status}")
            return
        with self._lock:
            self.times[kind].append(milliseconds)

    def failure(self, kind: str, error: Exception) -> None:
        self.problem(f"{kind} {type(error).__name__}")

    def problem(self, what: str) -> None:
        with self._lock:
            self.errors[what] += 1

    def count(self, kind: str) -> int:
        """How often it was answered well."""
        with self._lock:
            return len(self.times.get(kind, ()))

    def keep(self, key: str) -> None:
        with self._lock:
            self.acknowledged.add(key)


class Browser:
    """One window of somebody who is signed in; a thread.

    Args:
        pause: seconds between two things that its person does, on the average.
    """

    def __init__(self, port: int, session: str, seen: Seen, *, pause: float, ended: threading.Event) -> None:
        self._connection = HTTPSConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS, context=unverified())
        self._headers = {
            "Host": HOST,
            "Origin": f"https://{HOST}",
            "Cookie": f"sessionid={session}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            "Content-Type": "application/json",
        }
        self.seen, self.ended = seen, ended
        self._pause, self.chance = pause, random.Random(session)

    def rest(self) -> None:
        """Look at something, or at nothing, for a while."""
        self.ended.wait(self.chance.uniform(0.5, 1.5) * self._pause)

    def ask(self, kind: str, method: str, address: str, body: str | None = None) -> tuple[int, bytes] | None:
        """The status and what was answered; None: nobody answered."""
        started = time.perf_counter()
        try:
            self._connection.request(method, address, body, self._headers)
            answer = self._connection.getresponse()
            read = answer.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            self.seen.failure(kind, error)
            return None
        self.seen.answer(kind, answer.status, 1000 * (time.perf_counter() - started))
        return answer.status, read

    def insist(self, kind: str, address: str, content: Json) -> Json:
        """Ask until it is answered well, as a page does whose server is gone."""
        body = json.dumps(content)
        while True:
            answer = self.ask(kind, "POST", address, body)
            if answer and answer[0] == 200:
                found: Json = json.loads(answer[1])
                return found
            if answer and answer[0] < 500:
                raise ValueError(f"{address} was answered with {answer[0]}: {answer[1][:500]!r}")
            time.sleep(AGAIN_SECONDS)  # Also at the end: what was said must be received.


def annotate(browser: Browser) -> None:
    """Label one listing after the other, an answer at a time."""
    browser.rest()  # Not all come in the same moment.
    while not browser.ended.is_set():
        items = browser.insist("lease", "/label/api/lease", {"purposes": ["gold"], "count": 1, "have": []})[
            "items"
        ]
        browser.rest()
        for item in items:
            for attribute in ATTRIBUTES:
                value = f"value-{browser.chance.randint(1, 10)}"
                _say(browser, item, "answer", attribute=attribute, values=[value])
                browser.rest()
            _say(browser, item, "finish", seconds=5)


def _say(browser: Browser, item: Json, kind: str, **fields: Any) -> None:
    key = f"{browser.chance.getrandbits(64):016x}"
    message = {"kind": kind, "key": key, "turn": item["turn"], "token": item["token"]} | fields
    (reply,) = browser.insist(kind, "/label/api/outbox", {"messages": [message]})["replies"]
    if reply["status"] == "done" and kind == "answer":
        browser.seen.keep(key)
    elif reply["status"] not in ("done", "again"):
        browser.seen.problem(f"{kind} was {reply['status']}")


def read(browser: Browser, ids: Mapping[str, int]) -> None:
    """Go from dashboard to dashboard."""
    while not browser.ended.is_set():
        address = browser.chance.choice(PAGES)
        browser.ask(f"page {address}", "GET", address.format(**ids))
        browser.rest()

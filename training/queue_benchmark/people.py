"""People who label over HTTP as the page does, each on a thread: every two seconds they answer a question.

An answer is sent at once. After the last of a listing it is finished, and another is leased: a person holds
three, the one on the screen and two ahead.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from random import Random
from threading import Event, Thread
from typing import Any

from django.conf import settings

from training.queue_benchmark.data import GOLD, REVIEW, VERTICALS, SignedIn, attribute_codes, value_codes

AHEAD = 3
"""Listings that a person holds."""
PACE_SECONDS = 2.0
"""From one answer to the next, at the mean; each time between half and one and a half of it."""
HEARTBEAT_SECONDS = 15.0
WARM_UP_SECONDS = 8.0
"""As long as a listing takes: people begin in its course, one after another."""
TIMEOUT_SECONDS = 30.0
CSRF = "c" * 32

NEXT, SUBMIT, HEARTBEAT, SIMILAR = "next item", "submit", "heartbeat", "similar"

Json = dict[str, Any]


@dataclass
class Log:
    """What happened to one person."""

    person_id: int
    times: dict[str, list[float]] = field(
        default_factory=lambda: {NEXT: [], SUBMIT: [], HEARTBEAT: [], SIMILAR: []}
    )
    """{kind: milliseconds}, without the warm-up"""
    leased: list[int] = field(default_factory=list)
    """turns, as they came"""
    acknowledged: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    """{key of an answer: (turn, attribute, value)}"""
    answers: int = 0
    """that were acknowledged after the warm-up"""
    finished: list[int] = field(default_factory=list)
    """turns whose end was acknowledged"""
    problems: list[str] = field(default_factory=list)
    """answers of the server that nobody expects"""


def people_work(*, port: int, people: Sequence[SignedIn], seconds: float, purpose: str = GOLD) -> list[Log]:
    """Have the people label for so long, after a warm-up."""
    stop, measured_from = Event(), time.monotonic() + WARM_UP_SECONDS
    workers = [
        _Person(port, one, Random(number), stop, measured_from, purpose) for number, one in enumerate(people)
    ]
    threads = [Thread(target=worker.run, name=f"person {worker.log.person_id}") for worker in workers]
    for thread in threads:
        thread.start()
    stop.wait(WARM_UP_SECONDS + seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return [worker.log for worker in workers]


class _Person:
    def __init__(
        self,
        port: int,
        signed_in: SignedIn,
        random: Random,
        stop: Event,
        measured_from: float,
        purpose: str,
    ) -> None:
        self.log = Log(signed_in.person_id)
        self._connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        self._headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={signed_in.session}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            "X-Forwarded-Proto": "https",
            "Origin": f"https://127.0.0.1:{port}",
            "Content-Type": "application/json",
        }
        self._random, self._stop, self._measured_from = random, stop, measured_from
        self._purpose = purpose
        # Half of the people stay with a vertical, as the page does that somebody chose one on.
        self._vertical = random.choice([None, random.randint(1, VERTICALS)])
        self._held: list[Json] = []
        self._to_compare: list[int] = []
        self._beat = time.monotonic() + random.uniform(0, HEARTBEAT_SECONDS)

    def run(self) -> None:
        """Label until it is time to stop."""
        if self._stop.wait(self._random.uniform(0, WARM_UP_SECONDS)):
            return
        self._lease(AHEAD)
        while self._held:
            item = self._held[0]
            *first, last = self._answers(item)
            for answer in first:
                if not self._think():
                    return
                self._submit([answer])
            if not self._think():
                return
            head = {"turn": item["turn"], "token": item["token"], "key": f"{item['turn']}-end"}
            self._submit([last, head | {"kind": "finish", "seconds": PACE_SECONDS * (len(first) + 1)}])
            del self._held[0]
            self._lease(AHEAD - len(self._held))

    def _think(self) -> bool:
        """Take the time of an answer; say now and then that the listings are still wanted.

        Meanwhile fetch what a review is compared with, which nobody waits for.
        """
        if self._to_compare:
            self._ask(SIMILAR, f"similar/{self._to_compare.pop(0)}")
        if time.monotonic() > self._beat:
            self._beat = time.monotonic() + HEARTBEAT_SECONDS
            self._post(HEARTBEAT, "heartbeat", {"tokens": [one["token"] for one in self._held]})
        return not self._stop.wait(PACE_SECONDS * self._random.uniform(0.5, 1.5))

    def _lease(self, count: int) -> None:
        have = [one["turn"] for one in self._held]
        wanted = {"purposes": [self._purpose], "vertical": self._vertical, "count": count, "have": have}
        items = self._post(NEXT, "lease", wanted).get("items", [])
        if len(items) != count:
            self.log.problems.append(f"lease: {len(items)} items came of {count}")
        self.log.leased += [one["turn"] for one in items]
        self._held += items
        self._to_compare += [one["turn"] for one in items if self._purpose == REVIEW]

    def _answers(self, item: Json) -> list[Json]:
        turn, token = item["turn"], item["token"]
        return [
            {
                **{"kind": "answer", "turn": turn, "token": token, "key": f"{turn}-{code}"},
                **{"attribute": code, "values": [self._random.choice(value_codes())]},
                "suggestion": item["suggestions"].get(code, {}).get("id"),
            }
            for code in item["asks"] or attribute_codes()
        ]

    def _submit(self, messages: Sequence[Json]) -> None:
        replies = self._post(SUBMIT, "outbox", {"messages": messages}).get("replies", [])
        for message, reply in zip(messages, replies, strict=False):
            self._note(message, reply)

    def _note(self, message: Mapping[str, Any], reply: Mapping[str, Any]) -> None:
        if reply["status"] != "done":
            self.log.problems.append(f"{message} was answered with {reply}")
        elif message["kind"] == "finish":
            self.log.finished.append(message["turn"])
        else:
            [value] = message["values"]
            self.log.acknowledged[message["key"]] = (message["turn"], message["attribute"], value)
            self.log.answers += time.monotonic() >= self._measured_from

    def _post(self, kind: str, name: str, content: Json) -> Json:
        return self._ask(kind, name, json.dumps(content))

    def _ask(self, kind: str, name: str, body: str | None = None) -> Json:
        """Send and read the whole reply, over a connection of its own."""
        method = "GET" if body is None else "POST"
        started = time.monotonic()
        try:
            self._connection.request(method, f"/label/api/{name}", body, self._headers)
            answer = self._connection.getresponse()
            read = answer.read()
        except OSError as error:
            self.log.problems.append(f"{name}: {error!r}")
            return {}
        finally:
            self._connection.close()
        if started >= self._measured_from:
            self.log.times[kind].append(1000 * (time.monotonic() - started))
        if answer.status != 200:
            self.log.problems.append(f"{name} was answered with {answer.status}: {read[:300]!r}")
            return {}
        found: Json = json.loads(read)
        return found

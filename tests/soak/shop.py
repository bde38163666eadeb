"""Shops in a soak: they ask for predictions at a steady rate, and hold what comes against the promise."""

import json
import random
import threading
import time
from collections.abc import Sequence
from http.client import HTTPException, HTTPSConnection
from itertools import cycle
from typing import Any

from tests.soak.people import Seen
from tests.soak.stack import HOST, unverified
from training.predict_benchmark.clients import Product, predict_form, predict_headers
from training.predicting.queue import WAIT_SECONDS

ADDRESS = "/api/v1/predict"
PREDICT = "predict"
SHOPS = 2
"""As many as one process of the site lets wait: nobody is refused while everything runs."""
PAUSE_SECONDS = 3.0
PROMISED_SECONDS = WAIT_SECONDS + 5.0
"""Until something must have come: the longest wait of a request, and a little for its way."""

REFUSED = f"{PREDICT} 503"
"""A 503 that says when to ask again, in time: all that may come while there is no model worker."""
LATE, CHANGED, EMPTY = f"{PREDICT} late", f"{PREDICT} changed", f"{PREDICT} without values"
NEVER = frozenset({LATE, CHANGED, EMPTY, f"{PREDICT} TimeoutError", f"{PREDICT} 503 without Retry-After"})
"""What may not come whatever is killed."""


class Shop:
    """Asks about its products in turn, from photos that it sends; a thread.

    Args:
        token: of somebody who may ask for predictions.
    """

    def __init__(
        self, port: int, token: str, products: Sequence[Product], seen: Seen, *, ended: threading.Event
    ) -> None:
        self._connection = HTTPSConnection("127.0.0.1", port, timeout=PROMISED_SECONDS, context=unverified())
        self._headers = {**predict_headers(token), "Host": HOST}
        self._products = products
        self._said: dict[Product, Any] = {}
        self.seen, self._ended = seen, ended

    def ask(self) -> None:
        """Ask about one product after the other until the end."""
        chance = random.Random(str(self._products))
        for product in cycle(self._products):
            if self._ended.wait(chance.uniform(0.5, 1.5) * PAUSE_SECONDS):
                return
            self._ask(product)

    def _ask(self, product: Product) -> None:
        form = predict_form(product, title=product.photos[0].stem)
        started = time.perf_counter()
        try:
            self._connection.request("POST", ADDRESS, form, self._headers)
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            self.seen.failure(PREDICT, error)
            return
        seconds = time.perf_counter() - started
        problem = problem_of(answer.status, answer.headers.get("Retry-After", ""), body, seconds)
        if not problem and self._said.setdefault(product, _said(body)) != _said(body):
            problem = CHANGED
        if problem:
            self.seen.problem(problem)
        else:
            self.seen.answer(PREDICT, answer.status, 1000 * seconds)


def problem_of(status: int, again: str, body: bytes, seconds: float) -> str:
    """What is wrong with an answer, as it is counted; empty: nothing. `again` is its Retry-After."""
    if seconds > PROMISED_SECONDS:
        return LATE
    if status == 503 and not again.isdecimal():
        return f"{REFUSED} without Retry-After"
    if status != 200:
        return f"{PREDICT} {status}"
    answers = json.loads(body)["answers"]
    return "" if answers and any(one["values"] for one in answers) else EMPTY


def _said(body: bytes) -> Any:
    """What must be the same whenever the same is asked."""
    return [(one["attribute"], one["values"], one["counts"]) for one in json.loads(body)["answers"]]

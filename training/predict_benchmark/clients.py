"""Clients that ask for predictions over HTTP, many at once, each as soon as its last answer is there."""

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from uuid import uuid4

from training.ml.times import time_figures

BOUNDARY = "attrx-benchmark-boundary"


@dataclass(frozen=True, slots=True)
class Product:
    """What a request asks about: photos as they lie in the storage, and the vertical's code."""

    vertical: str
    photos: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """What so many clients saw."""

    clients: int
    seconds: float
    times: tuple[float, ...]
    """Seconds of each answered request."""
    statuses: Counter[int]

    @property
    def rate(self) -> float:
        """Answered requests a second."""
        return len(self.times) / self.seconds

    def summary(self) -> dict[str, float]:
        """For machines."""
        taken = time_figures([1000 * one for one in self.times], counted="requests")
        return {
            "clients": self.clients,
            "requests": len(self.times),
            "refused": self.statuses.total() - len(self.times),
            "per_second": round(self.rate, 2),
            "p50_ms": taken["p50_ms"],
            "p95_ms": taken["p95_ms"],
        }


def load_of(port: int, token: str, products: Sequence[Product], *, clients: int, seconds: float) -> Load:
    """Ask from so many clients for so long. No two requests are alike: each has a title of its own."""
    numbers, times, statuses = count(), list[float](), Counter[int]()
    began = time.monotonic()

    def ask() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        while time.monotonic() - began < seconds:
            body = predict_form(products[next(numbers) % len(products)], title=uuid4().hex[:8])
            started = time.monotonic()
            connection.request("POST", "/api/v1/predict", body, predict_headers(token))
            answer = connection.getresponse()
            answer.read()
            statuses[answer.status] += 1
            if answer.status == 200:
                times.append(time.monotonic() - started)
        connection.close()

    with ThreadPoolExecutor(clients) as pool:
        for one in [pool.submit(ask) for _ in range(clients)]:
            one.result()
    return Load(clients, time.monotonic() - began, tuple(times), statuses)


def predict_headers(token: str) -> dict[str, str]:
    """Of a request by whoever holds the token."""
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Accept": "application/json",
    }


def predict_form(product: Product, *, title: str) -> bytes:
    """The body of a request about the product, under a title."""
    parts = [_part("vertical", product.vertical.encode()), _part("title", title.encode())]
    for photo in product.photos:
        parts.append(_part("photos", photo.read_bytes(), file=photo.name))
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def _part(name: str, content: bytes, *, file: str = "") -> bytes:
    called = f'; filename="{file}"\r\nContent-Type: application/octet-stream' if file else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{called}\r\n\r\n'
    return head.encode() + content + b"\r\n"

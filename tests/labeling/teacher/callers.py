"""Requests to an endpoint, for tests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from attrx_web.env import Teacher
from labeling.teacher.calls import Caller, Request, Said
from labeling.teacher.money import Account, Budget, Usage
from labeling.teacher.pace import Bucket, Patience
from tests.labeling.teacher.conftest import KEY
from tests.labeling.teacher.endpoint import Endpoint

MOST = Usage(200, 50)
QUICK = Patience(seconds=5.0, attempts=3, first_wait=0.001, longest_wait=1.0)
SHORT = Patience(seconds=0.2, attempts=2, first_wait=0.001)
OPTIONS = {"model": "m", "temperature": 0, "max_tokens": 50, "response_format": {"type": "json_object"}}


@contextmanager
def calling(
    endpoint: Endpoint,
    account: Account | None = None,
    *,
    patience: Patience = QUICK,
    options: Mapping[str, Any] = OPTIONS,
    per_minute: int = 60_000,
) -> Iterator[Caller]:
    teacher = Teacher(endpoint.url, "m", KEY)
    bucket = Bucket(per_minute, burst=8)
    with Caller(teacher, account or rich(), bucket=bucket, options=options, patience=patience) as caller:
        yield caller


def rich() -> Account:
    return Account(Budget(tokens=10**9))


def request(text: str = "What is it?") -> Request:
    return Request([{"role": "user", "content": [{"type": "text", "text": text}]}], MOST)


def ask(endpoint: Endpoint, account: Account | None = None, **fields: Any) -> Said:
    """What becomes of one request."""
    with calling(endpoint, account, **fields) as caller:
        [said] = caller.ask([request()]).result(20)
    return said

"""Which round this thread is at, for the log. Knows no models: logging is set up before there are any."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_round: ContextVar[int | None] = ContextVar("round", default=None)


@contextmanager
def at_round(pk: int) -> Iterator[None]:
    """Whatever is logged within the block belongs to this round."""
    token = _round.set(pk)
    try:
        yield
    finally:
        _round.reset(token)


class RoundId(logging.Filter):
    """Lets everything pass, and writes on it which round it is about."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add round_id where there is one."""
        if (pk := _round.get()) is not None:
            record.round_id = pk
        return True

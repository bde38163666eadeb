"""How fast requests go: so many a minute, later after failures, and not before the server wants. Pure.

Times are seconds of one clock that never goes back.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(slots=True)
class Bucket:
    """Tokens that come in at an even rate, and at most `burst` of them are kept; a request takes one."""

    per_minute: int
    burst: int
    full: float = field(default=-math.inf)
    """when the bucket will be full again"""
    held_until: float = field(default=-math.inf)

    def take(self, now: float) -> float:
        """Take a token, perhaps one that is still to come; returns the seconds to wait for it."""
        each = 60.0 / self.per_minute
        self.full = max(self.full, now) + each
        return max(0.0, self.full - self.burst * each - now)

    def held(self, now: float) -> float:
        """The seconds for which the server still wants to be left alone."""
        return max(0.0, self.held_until - now)

    def hold(self, until: float) -> None:
        """Let nobody go before then: the server has said so."""
        self.held_until = max(self.held_until, until)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a teacher is waited for, and how often it is asked again."""

    seconds: float = 120.0
    """that one request may take, from the connection to the last byte"""
    attempts: int = 5
    first_wait: float = 1.0
    """before the second attempt; twice as long before each further one"""
    longest_wait: float = 60.0
    """a server that wants to be left alone for longer ends the run"""

    def wait(self, attempt: int, *, jitter: float) -> float:
        """Seconds before the attempt after this one (from 1); jitter in [0, 1] takes up to half away."""
        return min(self.longest_wait, self.first_wait * 2.0 ** (attempt - 1)) * (1.0 - jitter / 2)


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """The seconds that the server asks to wait (RFC 9110, Retry-After); None where it does not say so."""
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - (now or datetime.now(UTC))).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None

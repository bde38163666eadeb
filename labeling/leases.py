"""Leases: the right of one person to answer one turn, and the token that names it.

The second half of a token is a signature over turn and person. So somebody who lost a turn to somebody else
can still show that it was theirs, and nobody can write to a turn that they never had.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

TERM = timedelta(seconds=50)
"""A browser that is gone gives its turns back after this long, well within a minute."""
LONGEST = timedelta(seconds=60)
"""No lease ends later than this from now: one that would was given before the clock was set back."""

HALF = 8
"""Bytes of a token that are drawn, and as many that are the signature."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to answer one turn until it expires."""

    turn_id: int
    task_id: int
    token: UUID


def new_token(*, turn_id: int, person_id: int) -> UUID:
    """A token for a lease of this turn by this person."""
    drawn = secrets.token_bytes(HALF)
    return UUID(bytes=drawn + _signature(drawn, turn_id, person_id, settings.SECRET_KEY))


def was_leased(*, turn_id: int, person_id: int, token: UUID | None) -> bool:
    """The token names a lease that this person has or had on this turn."""
    if token is None:
        return False
    drawn, signature = token.bytes[:HALF], token.bytes[HALF:]
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(constant_time_compare(signature, _signature(drawn, turn_id, person_id, key)) for key in keys)


def _signature(drawn: bytes, turn_id: int, person_id: int, key: str | bytes) -> bytes:
    said = f"{drawn.hex()} {turn_id} {person_id}"
    return salted_hmac("labeling.leases", said, secret=key, algorithm="sha256").digest()[:HALF]

"""The keys by which people answer: one for each state, and one for each of the first values. Pure."""

from itertools import chain, repeat
from string import ascii_lowercase, digits

from catalog.states import State

STATE_KEYS = {State.NOT_VISIBLE: "n", State.NOT_APPLICABLE: "a", State.UNKNOWN: "u"}
EVIDENCE_KEY = "e"
"""Marks the photo that shows the answer."""

_TAKEN = {*STATE_KEYS.values(), EVIDENCE_KEY}
VALUE_KEYS = (
    *digits[1:],
    *digits[:1],
    *(letter for letter in ascii_lowercase if letter not in _TAKEN),
)
"""1 to 9, 0, then the letters that nothing else uses."""


def value_keys(count: int) -> list[str]:
    """The key of each of so many values, in order; values beyond the keys have none: typing finds them."""
    return [key for key, _ in zip(chain(VALUE_KEYS, repeat("")), range(count), strict=False)]

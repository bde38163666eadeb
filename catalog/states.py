"""The states: answers that are not values. Pure."""

import re
from enum import StrEnum


class State(StrEnum):
    """What a question can be answered with when no value fits."""

    NOT_APPLICABLE = "not_applicable"
    NOT_VISIBLE = "not_visible"
    UNKNOWN = "unknown"


SPELLINGS = tuple(dict.fromkeys(state.replace("_", separator) for state in State for separator in "_- "))
"""What no value may be called, whatever the case."""


def state_of(text: str) -> State | None:
    """The state that the text spells, in any case and with any separators, or None."""
    name = re.sub(r"[\W_]+", "_", text.strip().lower())
    return State(name) if name in set(State) else None

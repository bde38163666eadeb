"""What a vote's majority says, in the catalogue's codes. Pure."""

from collections.abc import Mapping, Sequence

from catalog.states import state_of
from training.ml.records import MULTI_SEPARATOR


def codes_of(majority: str, codes: Mapping[str, str]) -> tuple[list[str], str]:
    """The value codes of a canonical answer text and its state: one of them is empty, for no answer both.

    `codes` is {allowed value: its code}, in the attribute's order.
    """
    if majority in codes:
        return [codes[majority]], ""
    if state := state_of(majority):
        return [], state.value
    return [codes[value] for value in _values_of(majority, tuple(codes))], ""


def _values_of(text: str, allowed: Sequence[str]) -> list[str]:
    """The allowed values, in their order, that joined give the text; one may hold the separator itself."""
    for place, value in enumerate(allowed, 1):
        if text == value:
            return [value]
        start = f"{value}{MULTI_SEPARATOR}"
        if text.startswith(start) and (rest := _values_of(text.removeprefix(start), allowed[place:])):
            return [value, *rest]
    return []

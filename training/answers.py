"""What a vote's majority says, in the catalogue's codes. Pure."""

from collections.abc import Mapping

from catalog.states import state_of
from training.ml.records import values_in


def codes_of(majority: str, codes: Mapping[str, str]) -> tuple[list[str], str]:
    """The value codes of a canonical answer text and its state: one of them is empty, for no answer both.

    `codes` is {allowed value: its code}, in the attribute's order.
    """
    if majority in codes:
        return [codes[majority]], ""
    if state := state_of(majority):
        return [], state.value
    return [codes[value] for value in values_in(majority, tuple(codes))], ""

"""Which answers an attribute takes, and which label gives way to which. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from catalog.states import State
from labeling.errors import LabelingError

AUTHORITY: Mapping[str, int] = {"import": 0, "annotation": 1, "adjudication": 2, "verdict": 2}
"""By provenance: a label gives way to an answer of the same or more authority."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What an attribute allows."""

    attribute: str
    multi: bool
    value_codes: tuple[str, ...]

    def checked(self, *, listing: str, values: Collection[str], state: str) -> list[str]:
        """The values in the attribute's order, each once; none for a state.

        Raises:
            LabelingError: unless there are either allowed values, one unless multi, or a state.
        """
        where = f"listing {listing!r}, attribute {self.attribute!r}"
        if state and values:
            raise LabelingError(
                f"{where}: both the values {list(values)} and the state {state!r}: give one of them"
            )
        if state and state not in set(State):
            raise LabelingError(f"{where}: {state!r} is no state: use one of {', '.join(State)}")
        if not state and not values:
            raise LabelingError(f"{where}: no answer: give {self._expected} or a state ({', '.join(State)})")
        if foreign := set(values) - set(self.value_codes):
            raise LabelingError(f"{where}: {min(foreign)!r} is not allowed: give {self._expected}")
        if len(set(values)) > 1 and not self.multi:
            raise LabelingError(f"{where}: {list(values)} are several values: give {self._expected}")
        return [code for code in self.value_codes if code in values]

    @property
    def _expected(self) -> str:
        return f"{'one or more' if self.multi else 'one'} of {', '.join(self.value_codes)}"


def gives_way(kept: str, *, to: str) -> bool:
    """A label of provenance `kept` is replaced by an answer of provenance `to`."""
    return AUTHORITY[to] >= AUTHORITY[kept]

"""Which answers an attribute takes, and which label gives way to which. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from catalog.schema.codes import code_of
from catalog.states import State, state_of
from labeling.errors import LabelingError

AUTHORITY: Mapping[str, int] = {"teacher": 0, "import": 1, "annotation": 2, "adjudication": 3, "verdict": 3}
"""By provenance: a label gives way to an answer of the same or more authority."""

MOST_NAMED = 20
"""A message lists this many of the values that are allowed, at most."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that a file or an import brings, in its own words and not checked yet."""

    where: str
    """begins every message about it"""
    listing: str
    """external id"""
    attribute: str
    """code or label"""
    values: tuple[str, ...]
    """codes, labels or synonyms of values, or one state"""
    evidence_position: int | None = None
    """the photo, from 1, that shows it"""


@dataclass(frozen=True, slots=True)
class Rules:
    """What an attribute allows."""

    attribute: str
    multi: bool
    value_codes: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    """{the code that a label or synonym would have: the code of its value}"""
    labels: tuple[str, ...] = ()
    """what messages call the values; their codes unless given"""

    def meant(self, names: Iterable[str]) -> tuple[list[str], str]:
        """The value codes and the state that these names stand for; an unknown name stands for itself."""
        values, state = [], ""
        for name in names:
            if found := state_of(name):
                state = found.value
            else:
                values.append(name if name in self.value_codes else self.names.get(code_of(name), name))
        return values, state

    def checked(self, *, where: str, values: Collection[str], state: str) -> list[str]:
        """The values in the attribute's order, each once; none for a state.

        Raises:
            LabelingError: unless there are either allowed values, one unless multi, or a state. The message
                begins with `where`.
        """
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
        listed = ", ".join((self.labels or self.value_codes)[:MOST_NAMED])
        more = len(self.value_codes) - MOST_NAMED
        return (
            f"{'one or more' if self.multi else 'one'} of {listed}{f' and {more} more' if more > 0 else ''}"
        )


def gives_way(kept: str, *, to: str) -> bool:
    """A label of provenance `kept` is replaced by an answer of provenance `to`."""
    return AUTHORITY[to] >= AUTHORITY[kept]

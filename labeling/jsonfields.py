"""Reading what a browser sends: the fields of a JSON object, checked one by one. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Self
from uuid import UUID

from catalog.schema.spec import UNSTORABLE
from labeling.errors import LabelingError

LONGEST_TEXT = 5000
LARGEST_NUMBER = 2**63 - 1
MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one object. `where` begins every message.

    Each method raises LabelingError for a field that cannot be used: its name, its value and what to give.
    """

    where: str
    raw: Mapping[str, Any]

    @classmethod
    def of(cls, raw: object, *, where: str) -> Self:
        """The fields of what should be an object."""
        if not isinstance(raw, dict):
            raise LabelingError(f"{where}: expected an object, found {shortened(raw)}: send {{name: value}}")
        return cls(where, raw)

    def text(self, name: str, *, longest: int = LONGEST_TEXT) -> str:
        """A text that databases take, empty where it is left out."""
        value = self.raw.get(name, "")
        if not isinstance(value, str) or len(value) > longest or UNSTORABLE.search(value):
            raise self.wrong(name, f"a text of at most {longest} characters, without control characters")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, empty where it is left out."""
        return tuple(
            self._list(name, "texts", lambda one: isinstance(one, str) and not UNSTORABLE.search(one))
        )

    def number(self, name: str) -> int:
        """A whole number from 1."""
        value = self.number_or_none(name)
        if value is None:
            raise self.wrong(name, "a whole number from 1")
        return value

    def number_or_none(self, name: str) -> int | None:
        """A whole number from 1, None where it is null or left out."""
        value: int | None = self.raw.get(name)
        if value is not None and not _is_number(value):
            raise self.wrong(name, "a whole number from 1, or null")
        return value

    def numbers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers from 1, empty where it is left out."""
        return tuple(self._list(name, "whole numbers from 1", _is_number))

    def amount(self, name: str) -> float:
        """A number from 0, 0 where it is left out."""
        value = self.raw.get(name, 0)
        if type(value) not in (int, float) or not 0 <= value <= LARGEST_NUMBER or not isfinite(value):
            raise self.wrong(name, "a number from 0")
        return float(value)

    def flag(self, name: str) -> bool:
        """True or false, false where it is left out."""
        value = self.raw.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value

    def uuid(self, name: str) -> UUID | None:
        """A UUID, None where it is null or left out."""
        value = self.raw.get(name)
        if value is None:
            return None
        if (found := uuid_of(value)) is None:
            raise self.wrong(name, "a UUID, or null")
        return found

    def entries(self, name: str) -> list[object]:
        """A list of anything, for whoever looks at each of them."""
        return self._list(name, "objects", lambda one: True)

    def wrong(self, name: str, expected: str) -> LabelingError:
        """What is wrong with a field."""
        return LabelingError(f"{self.where}: {name} is {shortened(self.raw.get(name))}: give {expected}")

    def _list(self, name: str, of: str, fits: Any) -> list[Any]:
        value = self.raw.get(name, [])
        if not isinstance(value, list) or len(value) > MOST_LISTED or not all(fits(one) for one in value):
            raise self.wrong(name, f"a list of at most {MOST_LISTED} {of}")
        return value


def uuid_of(value: object) -> UUID | None:
    """The UUID that a text spells, or None."""
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def shortened(value: object) -> str:
    """The value as Python writes it, cut to a line."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _is_number(value: object) -> bool:
    return type(value) is int and 1 <= value <= LARGEST_NUMBER

"""What flows through the loop: listings and questions in, chains, votes and pairs between the stages.

The folder format (schema.json, listings.jsonl, images) is described in docs/data-format.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from training.ml.errors import DataError

STATES = ("not applicable", "not visible", "unknown")
"""Answers that are not values, as the model reads and writes them."""

MULTI_SEPARATOR = ", "


@dataclass(frozen=True, slots=True)
class Attribute:
    """A question about a listing: its description and its closed list of allowed values."""

    code: str
    description: str
    allowed_values: tuple[str, ...]
    multi: bool = False

    def __post_init__(self) -> None:
        if not self.allowed_values:
            raise DataError(f"attribute {self.code!r} has no allowed values: list at least two")
        for value in self.allowed_values:
            if value.casefold().replace("_", " ") in STATES:
                raise DataError(
                    f"attribute {self.code!r} lists {value!r} as a value, but it is a state: remove it, "
                    "every question can be answered with a state"
                )

    def answer_of(self, values: Iterable[str]) -> str:
        """The canonical answer text of these values: allowed order, joined by a comma."""
        chosen = set(values)
        if unknown := chosen - set(self.allowed_values):
            raise DataError(
                f"{sorted(unknown)} is not among the allowed values of {self.code!r}: "
                f"use one of {', '.join(self.allowed_values)}"
            )
        if not chosen or (len(chosen) > 1 and not self.multi):
            raise DataError(
                f"attribute {self.code!r} takes {'one or more values' if self.multi else 'one value'}"
            )
        return MULTI_SEPARATOR.join(value for value in self.allowed_values if value in chosen)

    def values_of(self, answer: str) -> tuple[str, ...]:
        """The values that the canonical answer text stands for; a state, or a foreign text, is its own."""
        return values_in(answer, self.allowed_values) or (answer,)


def values_in(text: str, allowed: Sequence[str]) -> tuple[str, ...]:
    """The allowed values, in their order, that joined give the text; one may hold the separator itself."""
    if text in allowed:
        return (text,)
    for place, value in enumerate(allowed, 1):
        start = f"{value}{MULTI_SEPARATOR}"
        if text.startswith(start) and (rest := values_in(text.removeprefix(start), allowed[place:])):
            return (value, *rest)
    return ()


Schema = Mapping[str, Mapping[str, Attribute]]
"""{vertical: {attribute code: Attribute}}"""


@dataclass(frozen=True, slots=True)
class Listing:
    """One product: 1..n ordered photos, optional text, and the answers known for it."""

    listing_id: str
    vertical: str
    images: tuple[Path, ...]
    title: str = ""
    description: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    """{attribute code: canonical answer}"""
    evidence: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """{attribute code: numbers of the photos, from 1, that show it}"""
    group: str = ""
    """Near-duplicates share a group; a split never divides one."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """{attribute code: how likely its answer is right, in [0, 1]}; 1 where it is not given"""
    unreasoned: frozenset[str] = frozenset()
    """Attributes whose answer holds although the chains that gave it reasoned wrongly."""


@dataclass(frozen=True, slots=True)
class Question:
    """One (listing, attribute)."""

    listing: Listing
    attribute: Attribute

    @property
    def question_id(self) -> str:
        return f"{self.listing.listing_id}/{self.attribute.code}"

    @property
    def answer(self) -> str | None:
        """The known answer, or None for a question of the pool."""
        return self.listing.answers.get(self.attribute.code)

    @property
    def evidence(self) -> tuple[int, ...]:
        return self.listing.evidence.get(self.attribute.code, ())

    @property
    def weight(self) -> float:
        """How likely the known answer is right, in [0, 1]."""
        return self.listing.weights.get(self.attribute.code, 1.0)

    @property
    def is_unreasoned(self) -> bool:
        """The known answer is right, and the chains that gave it reasoned wrongly."""
        return self.attribute.code in self.listing.unreasoned


class JsonRecord:
    """A flat record that is one JSON object a line."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)  # type: ignore[call-overload,no-any-return]  # subclasses are dataclasses

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        return cls(**row)


@dataclass(frozen=True, slots=True)
class Chain(JsonRecord):
    """One sampled reasoning text ending in an answer."""

    question_id: str
    index: int
    text: str
    answer: str | None
    """The canonical answer, or None where the text ends in nothing that is allowed."""
    logprob: float
    """Sum of the log-probabilities of the chain's tokens under the sampling model (nats)."""


@dataclass(frozen=True, slots=True)
class Vote(JsonRecord):
    """The chains of a question reduced to counts."""

    question_id: str
    counts: Mapping[str, int]
    """{canonical answer: chains}, most frequent first; unparseable chains count for no answer."""
    chains: int
    majority: str | None
    agreement: float
    """Top count / chains, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Pair(JsonRecord):
    """A preference: two chains of one question, with the votes their answers got."""

    question_id: str
    chosen: str
    rejected: str
    chosen_votes: int
    rejected_votes: int
    chains: int
    weight: float = 1.0
    """w of the DPO loss."""
    confirmed: bool = False
    """People said that the preferred answer is right."""


def questions_of(listings: Iterable[Listing], schema: Schema, *, answered: bool = False) -> list[Question]:
    """Every question about these listings, in order; with `answered` only those with a known answer."""
    return [
        Question(listing, attribute)
        for listing in listings
        for attribute in schema[listing.vertical].values()
        if not answered or attribute.code in listing.answers
    ]


T = TypeVar("T", bound=JsonRecord)


def write_jsonl(path: Path, rows: Iterable[JsonRecord]) -> int:
    """Write the rows to path, whole or not at all; returns their number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    count = 0
    with partial.open("w", encoding="utf-8") as lines:
        for row in rows:
            lines.write(json.dumps(row.to_json(), ensure_ascii=False) + "\n")
            count += 1
    partial.replace(path)
    return count


def read_jsonl(path: Path, record: type[T]) -> list[T]:
    """Read rows written by write_jsonl.

    Raises:
        DataError: naming file and line, when the file is missing or a line is not such a record.
    """
    return [_record(record, row, where) for row, where in json_lines(path)]


def _record(record: type[T], row: dict[str, Any], where: str) -> T:
    try:
        return record.from_json(row)
    except TypeError as error:
        raise DataError(
            f"{where}: not a {record.__name__.lower()} ({error}): was the file written by another stage?"
        ) from error


def json_lines(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield (object, "file, line n") for each non-empty line."""
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            where = f"{path}, line {number}"
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise DataError(f"{where}: not valid JSON ({error}): mend the line") from error
            if not isinstance(row, dict):
                raise DataError(f"{where}: expected a JSON object, found {type(row).__name__}")
            yield row, where

"""What a teacher said, read strictly against the allowed values. Pure.

Nothing is guessed: an answer is one that the schema allows or none, each attribute is judged by itself, and
why it is none is kept in words. Case, white space and dashes in names are forgiven, as codes forgive them.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from catalog.schema.codes import code_of
from catalog.schema.parts import AttributeSpec
from catalog.states import state_of
from labeling.answers import Rules
from labeling.errors import LabelingError
from labeling.teacher.prompts import ANSWER_MARK, Style

SHOWN = 60
"""Characters of what was said that a reason quotes."""
THOUGHT_END = "</think>"
"""Ends the reasoning that some servers leave in front of the answer."""
DECORATION = ".*`\"'"
"""What may stand around the answer of an answer line."""
MOST_OBJECTS = 20
"""JSON objects that are looked for in one text."""

_ANSWER_LINE = re.compile(rf"^\W*{ANSWER_MARK}(.*)$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Proposed:
    """An answer that the schema allows: value codes in the attribute's order, or a state."""

    values: tuple[str, ...]
    state: str = ""
    evidence: int | None = None
    """the photo, from 1, that shows it"""

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self) | {"values": list(self.values)}


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of one text."""

    answers: Mapping[str, Proposed] = field(default_factory=dict)
    """{attribute code: its answer}"""
    problems: Mapping[str, str] = field(default_factory=dict)
    """{attribute code: why it has no answer, or what was left out of it}"""


class Unreadable(Exception):
    """A text, or the part about an attribute, that holds no answer. The message says why."""


def read(
    style: Style, text: str, attributes: Sequence[AttributeSpec], *, photos: int, cut: bool = False
) -> Reading:
    """Read a text that answers these attributes of a listing with so many photos.

    `cut`: the server ended it before the model did.
    """
    try:
        said = text.rpartition(THOUGHT_END)[2]
        if not said.strip():
            raise Unreadable("it said nothing")
        if style is Style.SINGLE:
            [attribute] = attributes
            return Reading({attribute.code: _line(said, attribute)})
        entries = _entries(_only_object(said), attributes)
    except Unreadable as error:
        reason = f"{error}; it was cut off: allow more tokens for an answer" if cut else str(error)
        return Reading(problems={attribute.code: reason for attribute in attributes})
    return _judged(entries, attributes, photos)


def _judged(entries: Mapping[str, list[object]], attributes: Sequence[AttributeSpec], photos: int) -> Reading:
    answers: dict[str, Proposed] = {}
    problems: dict[str, str] = {}
    for attribute in attributes:
        found = entries.get(attribute.code, [])
        try:
            if len(found) != 1:
                raise Unreadable("it is answered twice" if found else "it is not answered")
            values, state, evidence = _parts(found[0])
            answer = _allowed(attribute, values, state)
        except Unreadable as error:
            problems[attribute.code] = str(error)
            continue
        answers[attribute.code] = replace(answer, evidence=_photo(evidence, photos))
        if evidence is not None and answers[attribute.code].evidence is None:
            problems[attribute.code] = f"there is no photo {_quoted(evidence)}: the answer is kept without it"
    return Reading(answers, problems)


def _only_object(text: str) -> list[tuple[str, object]]:
    """The pairs of the one JSON object in the text, whatever words or fences stand around it."""
    found = list(_objects(text))
    if len(found) != 1:
        raise Unreadable("there are several JSON objects in it" if found else "there is no JSON object in it")
    return found[0]


def _objects(text: str) -> Iterator[list[tuple[str, object]]]:
    """The pairs of each JSON object that lies in no other one."""
    decoder = json.JSONDecoder(object_pairs_hook=_Pairs, parse_constant=_refuse)
    start = text.find("{")
    for _ in range(MOST_OBJECTS):
        if start < 0:
            return
        try:
            pairs, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"its JSON is broken ({str(error)[:SHOWN]})") from error
        yield pairs
        start = text.find("{", end)


class _Pairs(list[tuple[str, object]]):
    """A JSON object with every key that it names, also twice."""


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")


def _entries(
    pairs: Sequence[tuple[str, object]], attributes: Sequence[AttributeSpec]
) -> dict[str, list[object]]:
    """{attribute code: what is said about it}, by code or label; what is not asked is passed over."""
    by_name = {code_of(one.label): one.code for one in attributes}
    by_name |= {code_of(one.code): one.code for one in attributes}
    entries: dict[str, list[object]] = {}
    for key, value in pairs:
        if code := by_name.get(code_of(key)):
            entries.setdefault(code, []).append(value)
    return entries


def _parts(entry: object) -> tuple[list[str], str, object]:
    """The values, state and evidence of one attribute's entry."""
    if not isinstance(entry, _Pairs):
        raise Unreadable(f'{_quoted(entry)} is no object with "values" and "state"')
    fields = dict(entry)
    if len(fields) < len(entry):
        raise Unreadable("its object names something twice")
    values, state = fields.get("values"), fields.get("state")
    if not isinstance(values, list | None) or isinstance(values, _Pairs):
        raise Unreadable(f"its values are {_quoted(values)}, which is no list")
    if strange := [value for value in values or () if not isinstance(value, str)]:
        raise Unreadable(f"its values have {_quoted(strange[0])}, which is no text")
    if not isinstance(state, str | None):
        raise Unreadable(f"its state is {_quoted(state)}, which is no text")
    return list(values or ()), (state or "").strip(), fields.get("evidence")


def _line(text: str, attribute: AttributeSpec) -> Proposed:
    """The answer of the text's last answer line."""
    lines = _ANSWER_LINE.findall(text)
    if not lines:
        raise Unreadable(f'there is no line "{ANSWER_MARK} ..." in it')
    names = _names(attribute)
    said = _plain(lines[-1], names)
    if not said:
        raise Unreadable("its answer line is empty")
    if state := state_of(said):
        return Proposed((), state)
    if not attribute.multi or names.find(said):
        return _allowed(attribute, [said], "")
    parts = (_plain(part, names) for part in re.split(r"[,;|]", lines[-1]))
    return _allowed(attribute, [part for part in parts if part], "")


def _plain(said: str, names: "_Names") -> str:
    """The text without what may stand around it, unless that belongs to a name."""
    return said.strip() if names.find(said) else said.strip().strip(DECORATION).strip()


def _allowed(attribute: AttributeSpec, values: Sequence[str], state: str) -> Proposed:
    """The answer that these names give."""
    names = _names(attribute)
    spelled = state_of(state) if state else None
    if state and spelled is None:
        raise Unreadable(f"{_quoted(state)} is no state")
    codes = [names.code(value) for value in values]
    rules = Rules(attribute.code, attribute.multi, tuple(value.code for value in attribute.offered))
    try:
        chosen = rules.checked(where=attribute.code, values=codes, state=spelled or "")
    except LabelingError:
        raise Unreadable(_misfit(codes, state)) from None
    return Proposed(tuple(chosen), spelled or "")


def _misfit(codes: Sequence[str], state: str) -> str:
    if codes and state:
        return "it has both values and a state"
    return f"it takes one value, not {len(set(codes))}" if codes else "it has neither values nor a state"


@dataclass(frozen=True, slots=True)
class _Names:
    """What an attribute's values may be called."""

    exact: Mapping[str, str]
    """{label: code}, spelled as in the prompt"""
    folded: Mapping[str, frozenset[str]]
    """{label, code or synonym in small letters, or its code: the codes of the values that it may mean}"""

    def find(self, said: str) -> frozenset[str]:
        """The codes of the values that the text may mean."""
        written = unicodedata.normalize("NFC", said.strip())
        if code := self.exact.get(written):
            return frozenset([code])
        return self.folded.get(_fold(written)) or self.folded.get(code_of(written)) or frozenset()

    def code(self, said: str) -> str:
        """The code of the only value that the text can mean."""
        found = self.find(said)
        if not found:
            raise Unreadable(f"{_quoted(said)} is not an allowed value")
        if len(found) > 1:
            raise Unreadable(f"{_quoted(said)} may mean {' or '.join(sorted(found))}")
        return next(iter(found))


def _names(attribute: AttributeSpec) -> _Names:
    folded: dict[str, set[str]] = {}
    for value in attribute.offered:
        for name in (value.label, value.code, *value.synonyms):
            for key in (_fold(name), code_of(name)):
                folded.setdefault(key, set()).add(value.code)
    exact = {value.label: value.code for value in attribute.offered}
    return _Names(exact, {name: frozenset(codes) for name, codes in folded.items()})


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())


def _photo(evidence: object, photos: int) -> int | None:
    """The number, if the listing has such a photo."""
    if isinstance(evidence, int) and not isinstance(evidence, bool) and 1 <= evidence <= photos:
        return evidence
    return None


def _quoted(said: object) -> str:
    """What was said as a reason shows it, cut short."""
    text = repr(said if not isinstance(said, _Pairs) else dict(said))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"

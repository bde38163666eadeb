"""What the rows of a product say, cell by cell, before it is known what vertical it is of. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from catalog.importing.plan import Plan, Role
from catalog.importing.raw import Problem, shown
from catalog.importing.texts import (
    NO_TEXT,
    as_list,
    as_text,
    is_html,
    json_cell,
    pairs,
    plain_text,
    storable,
    tidy,
)

LONGEST_NAME = 1000
"""Characters of a photo's name or address."""
LONGEST_TEXT = 100_000
"""Characters of a title or description."""

NO_BYTES = ("it has characters that are no text", "save the file in UTF-8, or choose another encoding")


class Cell(NamedTuple):
    """A cell, and where it stands."""

    row: int
    column: str
    value: Any


class Said(NamedTuple):
    """What a cell says about an attribute."""

    attribute: str
    """code, or as the file calls it"""
    is_column: bool
    """a column of its own, which rows of verticals without the attribute have too"""
    cell: Cell


@dataclass(slots=True)
class Draft:
    """A product while its rows are read."""

    plan: Plan
    texts: dict[Role, Cell] = field(default_factory=dict)
    """tidy texts; of several rows the first counts"""
    metadata: dict[str, Any] = field(default_factory=dict)
    images: dict[str, tuple[int, str]] = field(default_factory=dict)
    """{name: row and column that brought it}, in order, each once"""
    image_names: list[str] = field(default_factory=list)
    """as the file lists them: evidence counts these"""
    answers: list[Said] = field(default_factory=list)
    evidence: list[Said] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    is_unreadable: bool = False
    """a row of it could not be read: nothing else can be said"""

    def refuse(self, cell: Cell, reason: str, remedy: str) -> None:
        """Note what is wrong."""
        column, value = shown(cell.column), shown(cell.value)
        self.problems.append(Problem(cell.row, "", column, value, reason, remedy))

    def note(self, name: str, value: Any) -> None:
        """Add to the metadata; rows of one product that differ make a list."""
        kept = self.metadata.setdefault(name, value)
        if kept is value or kept == value:
            return
        if not isinstance(kept, list):
            self.metadata[name] = [kept, value]
        elif value not in kept:
            self.metadata[name] = [*kept, value]


Reader = Callable[[Draft, Cell], None]


def read_name(draft: Draft, cell: Cell, role: Role) -> None:
    """An id, a group or what stands for the vertical: on one line."""
    text = as_text(cell.value)
    if text is None:
        draft.refuse(cell, "it is a list or an object", "give a text")
    elif not text.isprintable() and NO_TEXT.search(text):
        draft.refuse(cell, *NO_BYTES)
    elif name := " ".join(tidy(text).split()):
        draft.texts.setdefault(role, Cell(cell.row, cell.column, name))


def read_title(draft: Draft, cell: Cell) -> None:
    """A title: on one line."""
    if text := _text(draft, cell):
        draft.texts.setdefault(Role.TITLE, Cell(cell.row, cell.column, " ".join(text.split())))


def read_description(draft: Draft, cell: Cell) -> None:
    """A description, of several lines."""
    if text := _text(draft, cell):
        draft.texts.setdefault(Role.DESCRIPTION, Cell(cell.row, cell.column, text))


def read_images(draft: Draft, cell: Cell) -> None:
    """Names or addresses of photos."""
    names = as_list(cell.value, draft.plan.image_separators)
    if names is None:
        draft.refuse(cell, "it is no list of photos", "give names or addresses as texts")
        return
    for name in names:
        if not name.isprintable():
            draft.refuse(cell, "a photo's name has characters that are no text", "rename the file, in UTF-8")
        elif len(name) > LONGEST_NAME:
            draft.refuse(cell, f"a photo's name is longer than {LONGEST_NAME} characters", "shorten it")
        else:
            draft.images.setdefault(name, (cell.row, cell.column))
            draft.image_names.append(name)


def read_metadata(draft: Draft, cell: Cell) -> None:
    """One field of the metadata."""
    try:
        draft.note(cell.column, storable(cell.value))
    except ValueError as error:
        draft.refuse(cell, str(error), "mend the cell, or leave the column out")


def read_all_metadata(draft: Draft, cell: Cell) -> None:
    """An object of metadata."""
    for key, value in _object(draft, cell).items():
        try:
            draft.note(storable(key), storable(value))
        except ValueError as error:
            draft.refuse(cell, str(error), "mend the cell, or leave the column out")


def read_answer(attribute: str, draft: Draft, cell: Cell) -> None:
    """The answer in an attribute's own column."""
    draft.answers.append(Said(attribute, True, cell))


def read_answers(draft: Draft, cell: Cell) -> None:
    """An object of answers by attribute."""
    draft.answers += _by_attribute(draft, cell)


def read_evidence(draft: Draft, cell: Cell) -> None:
    """An object of photo numbers by attribute."""
    draft.evidence += _by_attribute(draft, cell)


def inner(column: str, key: str) -> str:
    """What a column is called that another one holds."""
    return f"{column}: {key}"


def expanded(value: Any) -> Mapping[str, Any]:
    """The columns in a cell that holds several: an object, one as JSON, or key=value."""
    if isinstance(value, str):
        listed = json_cell(value) if value.startswith("{") else None
        return listed if isinstance(listed, dict) else pairs(value)
    return value if isinstance(value, dict) else {}


READERS: Mapping[Role, Reader] = {
    Role.ID: lambda draft, cell: read_name(draft, cell, Role.ID),
    Role.VERTICAL: lambda draft, cell: read_name(draft, cell, Role.VERTICAL),
    Role.GROUP: lambda draft, cell: read_name(draft, cell, Role.GROUP),
    Role.TITLE: read_title,
    Role.DESCRIPTION: read_description,
    Role.IMAGES: read_images,
    Role.METADATA: read_metadata,
    Role.ALL_METADATA: read_all_metadata,
    Role.ATTRIBUTES: read_answers,
    Role.EVIDENCE: read_evidence,
}
"""How the cell of each role is read, but for those that are left out, expanded, or of one attribute."""


def _text(draft: Draft, cell: Cell) -> str:
    text = as_text(cell.value)
    if text is None:
        draft.refuse(cell, "it is a list or an object", "give a text")
        return ""
    if not text.isprintable() and NO_TEXT.search(text):
        draft.refuse(cell, *NO_BYTES)
        return ""
    if draft.plan.html and is_html(text):
        text = plain_text(text)
    if len(text) > LONGEST_TEXT:
        draft.refuse(cell, f"it is longer than {LONGEST_TEXT} characters", "shorten it")
        return ""
    return tidy(text)


def _object(draft: Draft, cell: Cell) -> Mapping[str, Any]:
    value = json_cell(cell.value) if isinstance(cell.value, str) else cell.value
    if not isinstance(value, dict):
        draft.refuse(cell, "it is no object", "give a JSON object, or leave the column out")
        return {}
    return value


def _by_attribute(draft: Draft, cell: Cell) -> list[Said]:
    return [
        Said(tidy(name), False, Cell(cell.row, f"{cell.column}.{name}", value))
        for name, value in _object(draft, cell).items()
        if value is not None and value != ""
    ]

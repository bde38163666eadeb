"""Read the rows of a schema's CSV (schema.csvfile) and name every fault by row and column. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from catalog.errors import CatalogError
from catalog.exporting.as_csv import unguarded
from catalog.schema.checks import MOST_WEIGHT, Fault, twins, vertical_faults
from catalog.schema.codes import code_of, free_code
from catalog.schema.csvfile import COLUMNS, column_name, read_table, synonyms_in
from catalog.schema.merge import FULL
from catalog.schema.parts import AttributeSpec, Schema, ValueSpec, VerticalSpec
from catalog.schema.spec import UNSTORABLE, clean_synonyms

NEEDED = ("vertical", "attribute", "value")
MOST_PROBLEMS = 20
"""A file with more is wrong in a way that these show."""

_FLAGS = {
    **dict.fromkeys(("yes", "y", "true", "1", "x"), True),
    **dict.fromkeys(("no", "n", "false", "0"), False),
}
_OF_ATTRIBUTE = ("description", "guideline", "multi", "required", "weight", "attribute_retired")


class SchemaFileError(CatalogError):
    """A schema file with faults, one a line: where, what is wrong, what to do."""

    def __init__(self, problems: Sequence[str]) -> None:
        more = len(problems) - MOST_PROBLEMS
        shown = [*problems[:MOST_PROBLEMS], *([f"and {more} more like these"] if more > 0 else [])]
        super().__init__("\n".join(shown))
        self.problems = tuple(shown)


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """What a file says about verticals; `said` names the fields that hold even where they are empty."""

    schema: Schema
    said: frozenset[str]


def read_csv(content: bytes, *, where: str) -> SchemaFile:
    """Read a schema's CSV.

    Raises:
        SchemaFileError: naming every fault by row (the header is row 1) and column, with the remedy.
    """
    try:
        table = read_table(content, where=where)
    except CatalogError as error:
        raise SchemaFileError([str(error)]) from error
    columns = [column_name(cell) for cell in table[0]] if table else []
    if missing := [column for column in NEEDED if column not in columns]:
        raise SchemaFileError(
            [f"{where}, row 1: there is no column {missing[0]!r}: the columns are {', '.join(COLUMNS)}"]
        )
    rows = _Rows(where, [_cells(columns, cells) for cells in table[1:]])
    schema = rows.schema()
    if not schema and not rows.problems:
        raise SchemaFileError([f"{where}: there are no rows below the header: add one for each value"])
    if rows.problems:
        raise SchemaFileError([problem for _, problem in sorted(rows.problems)])
    return SchemaFile(schema, frozenset(_said(columns)))


def _cells(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """{column: text} of a row, with every column."""
    raw = dict(zip(columns, cells, strict=False))
    return {column: unguarded(raw.get(column, "").strip()) for column in COLUMNS}


def _said(columns: Sequence[str]) -> Iterator[str]:
    yield from (FULL - {"examples", "code"}) & set(columns)
    if {"attribute_code", "value_code"} <= set(columns):
        yield "code"


@dataclass(slots=True)
class _Part:
    """A vertical or attribute as its rows bring it together."""

    code: str
    label: str
    row: int
    cells: dict[str, tuple[str, int]] = field(default_factory=dict)
    """{column: text, row} of what is said about it"""
    parts: dict[str, "_Part"] = field(default_factory=dict)
    """its attributes, by code"""
    values: list[tuple[ValueSpec, int]] = field(default_factory=list)
    """its values with their rows"""


class _Rows:
    """Collects rows into verticals, and what is wrong with them."""

    def __init__(self, where: str, rows: Sequence[Mapping[str, str]]) -> None:
        self.where = where
        self.problems: list[tuple[int, str]] = []
        """row and message"""
        self.verticals: dict[str, _Part] = {}
        self.vertical_codes: dict[str, str] = {}
        self.attribute_codes: dict[tuple[str, str], str] = {}
        for row in rows:
            self.learn_codes(row)
        for number, row in enumerate(rows, 2):
            if any(row.values()):
                self.add(number, row)

    def learn_codes(self, row: Mapping[str, str]) -> None:
        """Remember which codes go with which names, for rows that a person added without them."""
        vertical, attribute = code_of(row["vertical"]), code_of(row["attribute"])
        if row["vertical_code"]:
            self.vertical_codes.setdefault(vertical, row["vertical_code"])
        if row["attribute_code"]:
            self.attribute_codes.setdefault((vertical, attribute), row["attribute_code"])

    def add(self, number: int, row: Mapping[str, str]) -> None:
        """Take in one row."""
        for column, text in row.items():
            if found := UNSTORABLE.search(text):
                return self.fault(
                    number, column, f"it has the control character {found.group()!r}: remove it"
                )
        for column in ("vertical", *(("attribute",) if row["value"] else ())):
            if not row[column]:
                return self.fault(number, column, f"it is empty: name the {column} in every row")
        name = code_of(row["vertical"])
        code = row["vertical_code"] or self.vertical_codes.get(name) or name
        vertical = self.part(self.verticals, code, number, "vertical", row)
        if not row["attribute"]:
            return None
        code = row["attribute_code"] or self.attribute_codes.get((name, code_of(row["attribute"])), "")
        taken = {code for (of, _), code in self.attribute_codes.items() if of == name}
        code = code or free_code(row["attribute"], taken)
        attribute = self.part(vertical.parts, code, number, "attribute", row)
        for column in _OF_ATTRIBUTE:
            self.say(attribute, column, row[column], number)
        if row["value"]:
            attribute.values.append((self.value(number, row), number))
        return None

    def fault(self, number: int, column: str, message: str) -> None:
        """Note what is wrong with a cell."""
        self.problems.append((number, f"{self.where}, row {number}, column {column}: {message}"))

    def part(
        self, parts: dict[str, _Part], code: str, number: int, column: str, row: Mapping[str, str]
    ) -> _Part:
        """The vertical or attribute with this code."""
        label = _line(row[column])
        part = parts.setdefault(code, _Part(code, label, number))
        if part.label != label:
            self.fault(
                number,
                column,
                f"{label!r} is called {part.label!r} in row {part.row}: write the same name in both",
            )
        return part

    def say(self, attribute: _Part, column: str, text: str, number: int) -> None:
        """Keep what the row says about its attribute; the rows that say something must agree."""
        if not text:
            return
        said, row = attribute.cells.setdefault(column, (text, number))
        if said != text:
            self.fault(
                number, column, f"{text!r} is not what row {row} says about {attribute.label!r}: keep one"
            )

    def value(self, number: int, row: Mapping[str, str]) -> ValueSpec:
        """The value of a row; where it has no code, `attribute` gives it one."""
        label, code = _line(row["value"]), row["value_code"]
        synonyms = clean_synonyms(label, synonyms_in(row["synonyms"]))
        return ValueSpec(code, label, synonyms, self.flag(number, "retired", row["retired"], default=False))

    def flag(self, number: int, column: str, text: str, *, default: bool) -> bool:
        """Yes or no."""
        if text and text.lower() not in _FLAGS:
            self.fault(number, column, f"{text!r} is neither yes nor no: write one of them")
        return _FLAGS.get(text.lower(), default)

    def weight(self, number: int, text: str) -> float:
        """A weight, with a decimal point or comma."""
        try:
            weight = float(text.replace(",", ".")) if text else 1.0
        except ValueError:
            weight = -1.0
        if not 0 <= weight <= MOST_WEIGHT:
            self.fault(number, "weight", f"{text!r} is no weight: write a number from 0 to {MOST_WEIGHT:g}")
            return 1.0
        return weight

    def schema(self) -> Schema:
        """The verticals of all rows, in order; faults of the whole are noted."""
        schema = tuple(self.vertical(part) for part in self.verticals.values())
        for code, message in twins(schema):
            self.fault(self.verticals[code].row, "vertical", message)
        for vertical in schema:
            for fault in vertical_faults(vertical):
                self.fault(
                    self.row_of(self.verticals[vertical.code], fault), _column_of(fault), fault.message
                )
        return schema

    def vertical(self, part: _Part) -> VerticalSpec:
        """The vertical that its rows make."""
        return VerticalSpec(part.code, part.label, tuple(map(self.attribute, part.parts.values())))

    def attribute(self, part: _Part) -> AttributeSpec:
        """The attribute that its rows make."""
        said = {column: part.cells.get(column, ("", part.row)) for column in _OF_ATTRIBUTE}
        flags: dict[str, Any] = {
            name: self.flag(said[column][1], column, said[column][0], default=name == "required")
            for name, column in (
                ("multi", "multi"),
                ("required", "required"),
                ("retired", "attribute_retired"),
            )
        }
        taken = {value.code for value, _ in part.values}
        part.values = [
            (replace(value, code=value.code or free_code(value.label, taken)), row)
            for value, row in part.values
        ]
        return AttributeSpec(
            part.code,
            part.label,
            description=_lines(said["description"][0]),
            guideline=_lines(said["guideline"][0]),
            weight=self.weight(said["weight"][1], said["weight"][0]),
            values=tuple(value for value, _ in part.values),
            **flags,
        )

    def row_of(self, vertical: _Part, fault: Fault) -> int:
        """The row to blame."""
        attribute = vertical.parts.get(fault.attribute)
        if attribute is None:
            return vertical.row
        rows = [row for value, row in attribute.values if value.code == fault.value]
        return rows[-1] if rows else attribute.row


def _column_of(fault: Fault) -> str:
    if fault.value:
        return "synonyms" if fault.field == "synonyms" else "value"
    if fault.field == "weight":
        return "weight"
    if fault.field == "offered":
        return "value"
    return "attribute" if fault.attribute or fault.field == "attributes" else "vertical"


def _line(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()

"""A schema as one CSV that a team edits in a spreadsheet: written here, read back by schema.csvrows. Pure.

There is a row for each attribute, with what is said about it, and below it one for each of its values.
Example photos are not in it: they stay as they are when the file comes back.
"""

import csv
import io
from collections.abc import Iterator

from catalog.errors import CatalogError
from catalog.exporting.as_csv import guarded, joined, split
from catalog.importing.dialect import HEAD, MARK, decoded, find_encoding
from catalog.schema.parts import AttributeSpec, Schema, ValueSpec, VerticalSpec

COLUMNS = (
    *("vertical", "attribute", "value", "synonyms", "retired"),
    *("description", "guideline", "multi", "required", "weight", "attribute_retired"),
    *("vertical_code", "attribute_code", "value_code"),
)
DELIMITERS = ",;\t|"


def write_csv(schema: Schema) -> str:
    """The schema as CSV with a header; schema.csvrows.read_csv reads it back."""
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, COLUMNS, restval="")
    writer.writeheader()
    for vertical in schema:
        for cells in _vertical_rows(vertical):
            writer.writerow({column: guarded(cell) for column, cell in cells.items()})
    return target.getvalue()


def read_table(content: bytes, *, where: str) -> list[list[str]]:
    """The rows of a CSV in any encoding and with any usual delimiter, the header first; cells as they stand.

    Raises:
        CatalogError: for what is no text or no table; `where` begins the message.
    """
    encoding = find_encoding(content[:HEAD], io.BytesIO(content[HEAD:]), where=where)
    text = decoded(content, encoding)
    if text.lower().startswith("sep="):  # Excel's way to name the delimiter
        text = text.partition("\n")[2]
    if MARK in text or "\0" in text:
        raise CatalogError(f"{where}: it has bytes that are no text: save it as CSV in UTF-8")
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        raise CatalogError(
            f"{where}: it cannot be read as CSV ({error}): save it again from the spreadsheet"
        ) from error


def synonyms_in(cell: str) -> tuple[str, ...]:
    """The synonyms of a cell, each on one line, without empty ones."""
    return tuple(line for one in split(cell) if (line := " ".join(one.split())))


def _vertical_rows(vertical: VerticalSpec) -> Iterator[dict[str, str]]:
    names = {"vertical": vertical.label, "vertical_code": vertical.code}
    if not vertical.attributes:
        yield names
    for attribute in vertical.attributes:
        yield names | _attribute_cells(attribute)
        for value in attribute.values:
            yield names | {
                "attribute": attribute.label,
                "attribute_code": attribute.code,
                **_value_cells(value),
            }


def _attribute_cells(attribute: AttributeSpec) -> dict[str, str]:
    return {
        "attribute": attribute.label,
        "attribute_code": attribute.code,
        "description": attribute.description,
        "guideline": attribute.guideline,
        "multi": _flag(attribute.multi),
        "required": _flag(attribute.required),
        "weight": repr(attribute.weight).removesuffix(".0"),
        "attribute_retired": _flag(attribute.retired),
    }


def _value_cells(value: ValueSpec) -> dict[str, str]:
    return {
        "value": value.label,
        "value_code": value.code,
        "synonyms": joined(value.synonyms),
        "retired": _flag(value.retired),
    }


def _flag(flag: bool) -> str:
    return "yes" if flag else "no"


def _delimiter(text: str) -> str:
    """The delimiter that finds the most of the known columns in the header."""
    header = text.partition("\n")[0]
    return max(DELIMITERS, key=lambda one: sum(column_name(cell) in COLUMNS for cell in header.split(one)))


def column_name(cell: str) -> str:
    """A column's name as COLUMNS spells it: "Attribute code" is attribute_code."""
    return "_".join(cell.strip().strip('"').lower().replace("-", " ").replace("_", " ").split())

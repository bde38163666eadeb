"""How a file is probably read: a plan from what its columns are called and what stands in them. Pure.

The names are those of exports that teams bring: of Magento (sku, base_image, additional_attributes), Shopify
(Handle, Body (HTML), Option1 Value), WooCommerce, Google Merchant, and of data folders (docs/data-format.md).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from catalog.importing.dialect import Dialect
from catalog.importing.names import AttributeNames, Names
from catalog.importing.plan import IMAGE_SEPARATORS, VALUE_SEPARATORS, Column, Kind, Plan, Role
from catalog.importing.sample import ColumnSample, Sample
from catalog.importing.texts import SCHEME, as_list, as_text, is_html
from catalog.schema.spec import Schema
from catalog.states import state_of

KNOWN: Mapping[Role, tuple[str, ...]] = {
    Role.ID: (
        *("listing id", "external id", "handle", "sku", "product id", "item id", "id", "product code"),
        *("item number", "article number", "asin", "ean", "gtin", "code", "variant sku"),
    ),
    Role.TITLE: ("title", "name", "product name", "product title", "item name", "label"),
    Role.DESCRIPTION: ("description", "body html", "body", "product description", "long description", "text"),
    Role.GROUP: ("group", "group id", "group key", "item group id", "parent sku", "parent id", "parent"),
    Role.VERTICAL: (
        *("vertical", "categories", "category", "product category", "google product category", "type"),
        *("product type", "custom product type", "standard product type", "taxonomy", "department"),
    ),
}
"""Column names by role, the surest first, as `normal` spells them."""

IMAGES = re.compile(
    r"(?:(?:base|main|primary|additional|other|gallery|product|media|listing|large) )*"
    r"(?:image|photo|picture|pic)s?(?: (?:src|url|link|path|file|name)s?)?(?: ?\d+)?"
)
SMALLER = ("small image", "thumbnail image", "thumbnail", "swatch image", "variant image")
"""Photos that other columns have too."""
IMAGE_FILE = re.compile(
    r"\S.*\.(?:jpe?g|png|webp|gif|bmp|tiff?|avif|heic)(?:[?#]\S*)?", re.IGNORECASE | re.DOTALL
)
OPTION = re.compile(r"option(\d) value")
PREFIX = re.compile(r"(?:attributes?|attr) ")
FITS = 0.5
"""So many of the different texts in an attribute's column, at least, are answers to it."""
HOLDS = 0.8
"""In so many of its rows, at least, a column of columns is written as one."""


def guess_plan(sample: Sample, schema: Schema, *, kind: Kind, dialect: Dialect | None = None) -> Plan:
    """The plan that a person would most likely choose; what cannot be guessed is left open."""
    names = Names.of(schema)
    plan = Plan(kind=kind, dialect=dialect or Dialect(), columns=_Guess(sample, names).columns())
    if not plan.column_of(Role.VERTICAL) and len(names.by_code) == 1:
        plan = replace(plan, vertical=next(iter(names.by_code)))
    texts = [*_cells(sample, plan, Role.TITLE), *_cells(sample, plan, Role.DESCRIPTION)]
    return replace(
        plan,
        verticals=guess_verticals(sample, plan, names),
        image_separators=_separators(_cells(sample, plan, Role.IMAGES)),
        value_separators=VALUE_SEPARATORS,
        continuation=_goes_on(sample, plan),
        html=any(isinstance(text, str) and is_html(text) for text in texts),
    )


def guess_verticals(sample: Sample, plan: Plan, names: Names) -> dict[str, str]:
    """{what stands in the vertical column: code of the vertical that it names, or empty}."""
    column = sample.columns.get(plan.column_of(Role.VERTICAL))
    found = ((cell, names.vertical(cell)) for cell in (column.values if column else None) or ())
    return {cell: vertical.code if vertical else "" for cell, vertical in found}


def normal(name: str) -> str:
    """A column's name in small letters with single spaces: of "Body (HTML)" and "bodyHtml" the same."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[\W_]+", " ", spaced).lower().split())


@dataclass(slots=True)
class _Guess:
    """Roles, given one after the other: a column that has one gets no other."""

    sample: Sample
    names: Names
    roles: dict[str, Column] = field(default_factory=dict)

    def columns(self) -> tuple[Column, ...]:
        """Every column that is more than metadata, in the file's order."""
        for column in self._open():
            if role := self._object_role(column):
                self.roles[column.name] = Column(column.name, role)
        for role, known in KNOWN.items():
            if name := self._named(role, known):
                self.roles[name] = Column(name, role)
        for column in self._open(with_held=True):
            if code := self._attribute(column):
                self.roles[column.name] = Column(column.name, Role.ATTRIBUTE, code)
        for name in self._image_columns():
            self.roles[name] = Column(name, Role.IMAGES)
        return tuple(self.roles[name] for name in self.sample.columns if name in self.roles)

    def _open(self, *, with_held: bool = False) -> list[ColumnSample]:
        """Columns in which something stands and that have no role yet; with those that expanded ones hold."""
        expanded = {name for name, column in self.roles.items() if column.role is Role.EXPAND}
        return [
            column
            for column in self.sample.columns.values()
            if column.filled
            and column.name not in self.roles
            and (not column.holder or (with_held and column.holder in expanded))
        ]

    def _object_role(self, column: ColumnSample) -> Role | None:
        """What a column says in which others are written, as an object or as key=value."""
        if column.holds < HOLDS * column.filled:
            return None
        keys = [one.name.removeprefix(f"{column.name}: ") for one in self._held_by(column)]
        match normal(column.name):
            case "attributes" if all(self._attributes_named(key) for key in keys):
                return Role.ATTRIBUTES
            case "evidence" if all(self._attributes_named(key) for key in keys):
                return Role.EVIDENCE
            case "metadata":
                return Role.ALL_METADATA
        return Role.EXPAND

    def _held_by(self, holder: ColumnSample) -> Iterator[ColumnSample]:
        return (column for column in self.sample.columns.values() if column.holder == holder.name)

    def _named(self, role: Role, known: Sequence[str]) -> str:
        """The column with the surest name; a category counts only if it names what the schema has."""
        by_name = {normal(column.name): column for column in reversed(self._open())}
        found = [by_name[name] for name in known if name in by_name]
        if role is Role.VERTICAL:
            fitting = [one for one in found if any(map(self.names.vertical, one.values or ()))]
            found = fitting or [one for one in found if normal(one.name) == "vertical"]
        return found[0].name if found else ""

    def _attribute(self, column: ColumnSample) -> str:
        """The code of the attribute that the column answers, or an empty text."""
        attributes = self._attributes_named(self._subject(column))
        values = column.values or ()
        answers = sum(any(_answers(attribute, value) for attribute in attributes) for value in values)
        return attributes[0].code if attributes and values and answers >= FITS * len(values) else ""

    def _subject(self, column: ColumnSample) -> str:
        """What a column is about. That of "Option1 Value" stands beside it, in "Option1 Name"."""
        name = column.name.removeprefix(f"{column.holder}: ") if column.holder else column.name
        if option := OPTION.fullmatch(normal(name)):
            named = [
                one for one in self.sample.columns.values() if normal(one.name) == f"option{option[1]} name"
            ]
            return named[0].values[0] if named and named[0].values and len(named[0].values) == 1 else ""
        return PREFIX.sub("", normal(name)) if PREFIX.match(normal(name)) else name

    def _attributes_named(self, name: str) -> list[AttributeNames]:
        spellings = dict.fromkeys((name, normal(name)))
        found = (
            vertical.attribute(one) for vertical in self.names.by_code.values() for one in spellings if one
        )
        return [attribute for attribute in found if attribute]

    def _image_columns(self) -> list[str]:
        columns = [column for column in self._open() if normal(column.name) not in SMALLER]
        named = [column.name for column in columns if IMAGES.fullmatch(normal(column.name))]
        return named or [
            column.name for column in columns if all(IMAGE_FILE.fullmatch(one) for one in column.examples)
        ]


def _answers(attribute: AttributeNames, text: str) -> bool:
    names = [text] if not attribute.multi or attribute.value(text) else as_list(text, VALUE_SEPARATORS) or []
    return all(attribute.value(name) or state_of(name) for name in names)


def _cells(sample: Sample, plan: Plan, role: Role) -> list[Any]:
    columns = [column.name for column in plan.columns if column.role is role]
    return [row.cells[name] for row in sample.rows for name in columns if row.cells.get(name)]


def _separators(cells: Sequence[Any]) -> str:
    """What stands between photos in the sample; everything that could, where no cell has several."""
    texts = [cell for cell in cells if isinstance(cell, str) and not cell.startswith("[")]
    found = "".join(one for one in IMAGE_SEPARATORS if any(_is_between(one, text) for text in texts))
    return found or IMAGE_SEPARATORS


def _is_between(separator: str, text: str) -> bool:
    pieces = as_list(text, separator) or []
    return len(pieces) > 1 and all(IMAGE_FILE.fullmatch(one) or SCHEME.match(one) for one in pieces)


def _goes_on(sample: Sample, plan: Plan) -> bool:
    """Some rows have no id of their own, or that of the row above and no title of their own."""
    column, title = plan.column_of(Role.ID), plan.column_of(Role.TITLE)
    rows = [row.cells for row in sample.rows if row.cells]
    ids = [(as_text(cells.get(column)) or "").strip() for cells in rows]
    if not ids or not ids[0]:
        return False
    return any(
        not name or (name == before and not cells.get(title))
        for name, before, cells in zip(ids[1:], ids, rows[1:], strict=False)
    )

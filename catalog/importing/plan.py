"""How a file is read: what each column means and how its cells are written, as Import.plan keeps it. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from catalog.errors import CatalogError
from catalog.importing.dialect import DELIMITERS, ENCODINGS, QUOTES, Dialect

Json = dict[str, Any]

IMAGE_SEPARATORS = ",;|\n"
VALUE_SEPARATORS = "|;,"


class Kind(StrEnum):
    """What a file is."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


class Role(StrEnum):
    """What a column says about a listing."""

    ID = "id"
    VERTICAL = "vertical"
    TITLE = "title"
    DESCRIPTION = "description"
    GROUP = "group"
    IMAGES = "images"
    ATTRIBUTE = "attribute"
    ATTRIBUTES = "attributes"
    EVIDENCE = "evidence"
    METADATA = "metadata"
    ALL_METADATA = "all_metadata"
    EXPAND = "expand"
    IGNORED = "ignored"


ROLES = {
    Role.ID: "Listing id",
    Role.VERTICAL: "Vertical",
    Role.TITLE: "Title",
    Role.DESCRIPTION: "Description",
    Role.IMAGES: "Photos",
    Role.GROUP: "Group of near-duplicates",
    Role.METADATA: "Metadata",
    Role.IGNORED: "Leave out",
    Role.EXPAND: "Several columns in one",
    Role.ATTRIBUTES: "Answers of all attributes",
    Role.EVIDENCE: "Photo numbers by attribute",
    Role.ALL_METADATA: "All metadata",
}
"""In words for people. An attribute is shown by its own name."""

_REMEDY = "give a plan as manage.py catalog_import --show-plan prints it"

ONCE = (Role.ID, Role.VERTICAL, Role.TITLE, Role.DESCRIPTION, Role.GROUP)
"""Roles that one column may have."""


@dataclass(frozen=True, slots=True)
class Column:
    """What one column means. The columns that an expanded one holds are called `column: key`."""

    name: str
    role: Role
    attribute: str = ""
    """code, of the role attribute"""

    @property
    def meaning(self) -> str:
        """Role and attribute as one text: "title", "attribute:color"."""
        return f"{self.role}:{self.attribute}" if self.attribute else self.role.value

    @classmethod
    def meaning_of(cls, name: str, meaning: str) -> Self:
        """The column with this name that `meaning` describes.

        Raises:
            CatalogError: for a role that there is not.
        """
        role, _, attribute = meaning.partition(":")
        if role not in set(Role) or bool(attribute) != (role == Role.ATTRIBUTE):
            roles = ", ".join(one for one in Role if one is not Role.ATTRIBUTE)
            raise CatalogError(f"column {name!r}: {meaning!r} is no role: use {roles} or attribute:CODE")
        return cls(name, Role(role), attribute)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file is read."""

    kind: Kind = Kind.CSV
    dialect: Dialect = Dialect()
    columns: tuple[Column, ...] = ()
    rest: Role = Role.METADATA
    """of columns that are not named: metadata or ignored"""
    vertical: str = ""
    """code: the vertical of all rows. Empty: a column says it"""
    verticals: Mapping[str, str] = field(default_factory=dict)
    """{what stands in the vertical column: code}; other cells are known by code, label or category path"""
    image_separators: str = IMAGE_SEPARATORS
    value_separators: str = VALUE_SEPARATORS
    continuation: bool = False
    """rows without an id, or with the id of the row above, go on about the same listing"""
    html: bool = False
    """titles and descriptions are HTML, and become plain text"""
    id_prefix: str = ""
    gold: str = "0"
    """as splits.parse_quota reads it"""
    seed: str = "0"

    def to_json(self) -> Json:
        """As Import.plan keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: object, *, where: str = "plan") -> Self:
        """What `to_json` wrote, or a person in the same form: what is missing has its default.

        Raises:
            CatalogError: naming the field, its value and the remedy. `where` begins the message.
        """
        if not isinstance(kept, dict):
            raise CatalogError(f"{where}: expected an object, found {kept!r}: {_REMEDY}")
        known: set[str] = set(cls.__dataclass_fields__)
        if unknown := kept.keys() - known:
            fields = ", ".join(sorted(known))
            raise CatalogError(f"{where}: {min(unknown)!r} is no field of a plan: use {fields}")
        try:
            return cls(**{name: _READ[name](value) for name, value in kept.items()})
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise CatalogError(f"{where}: it cannot be read ({error}): {_REMEDY}") from error

    def column_of(self, role: Role) -> str:
        """The first column with this role; empty where there is none."""
        return next((column.name for column in self.columns if column.role is role), "")

    def with_column(self, column: Column) -> "Plan":
        """The plan with another meaning for this column."""
        others = tuple(one for one in self.columns if one.name != column.name)
        return replace(self, columns=(*others, column))


def plan_faults(plan: Plan) -> list[str]:
    """What is missing or twice in a plan, each with its remedy; none when it can be used."""
    faults = []
    for role in ONCE:
        names = [column.name for column in plan.columns if column.role is role]
        if len(names) > 1:
            faults.append(f"{ROLES[role]} is read from {' and '.join(map(repr, names))}: choose one column")
    if not plan.column_of(Role.ID):
        faults.append("No column is the listing id: choose the one that names each listing")
    if not plan.vertical and not plan.column_of(Role.VERTICAL):
        faults.append("No column is the vertical: choose one, or one vertical for all rows")
    if plan.vertical and plan.column_of(Role.VERTICAL):
        faults.append("All rows have one vertical, and a column says it too: choose one of the two")
    if plan.column_of(Role.EVIDENCE) and not plan.column_of(Role.IMAGES):
        faults.append("Photo numbers are read, but no photos: choose the columns that name the photos")
    return faults


def _dialect(kept: Mapping[str, Any]) -> Dialect:
    dialect = Dialect(**kept)
    for name, allowed in (("encoding", ENCODINGS), ("delimiter", DELIMITERS), ("quote", QUOTES)):
        if (value := getattr(dialect, name)) not in allowed:
            raise ValueError(f"{name} is {value!r}: use one of {', '.join(map(repr, allowed))}")
    if not isinstance(dialect.escape, str) or len(dialect.escape) > 1:
        raise ValueError(f"escape is {dialect.escape!r}: give one character or none")
    return dialect


def _column(kept: Mapping[str, Any]) -> Column:
    meaning = f"{kept['role']}:{kept['attribute']}" if kept.get("attribute") else str(kept["role"])
    return Column.meaning_of(_text(kept["name"]), meaning)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _rest(value: object) -> Role:
    if value == Role.METADATA:
        return Role.METADATA
    if value == Role.IGNORED:
        return Role.IGNORED
    raise ValueError(f"rest is {value!r}: use metadata or ignored")


_READ: Mapping[str, Any] = {
    "kind": Kind,
    "dialect": _dialect,
    "columns": lambda kept: tuple(_column(one) for one in kept),
    "rest": _rest,
    "verticals": lambda kept: {_text(cell): _text(code) for cell, code in kept.items()},
    **dict.fromkeys(("vertical", "image_separators", "value_separators", "id_prefix", "gold", "seed"), _text),
    **dict.fromkeys(("continuation", "html"), _flag),
}
"""How each field of the JSON is read."""

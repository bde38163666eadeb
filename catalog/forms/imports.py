"""What a person chooses on the pages of an import: the file, and what its columns mean."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django import forms
from django.http import QueryDict

from catalog.errors import CatalogError
from catalog.imaging.sources import STORAGE
from catalog.importing.dialect import DELIMITERS, ENCODINGS, QUOTES, Dialect
from catalog.importing.guess import guess_verticals
from catalog.importing.names import Names
from catalog.importing.plan import IMAGE_SEPARATORS, ROLES, VALUE_SEPARATORS, Column, Plan, Role, plan_faults
from catalog.importing.sample import ColumnSample, Sample
from catalog.splits import parse_quota

PHOTOS = {"none": "By address, or none", "zip": "In a zip archive", "storage": "In the media storage"}
LONGEST_PREFIX = 100
SEPARATORS = {",": "comma", ";": "semicolon", "|": "bar", "\n": "line end"}
"""In words."""

GROUPS: Mapping[str, tuple[Role, ...]] = {
    "Listing": (Role.ID, Role.VERTICAL, Role.TITLE, Role.DESCRIPTION, Role.IMAGES, Role.GROUP),
    "Other": (Role.METADATA, Role.IGNORED),
    "Objects": (Role.EXPAND, Role.ATTRIBUTES, Role.EVIDENCE, Role.ALL_METADATA),
}
"""Roles as they are offered; attributes come between the first two groups."""


class UploadForm(forms.Form):
    """A file of rows, and where its photos are."""

    rows = forms.FileField(max_length=200, error_messages={"required": "Choose a file."})
    photos = forms.ChoiceField(choices=list(PHOTOS.items()), initial="none")
    archive = forms.FileField(max_length=200, required=False)
    keys = forms.CharField(max_length=900, required=False)

    def clean(self) -> dict[str, object]:
        """Photos that lie somewhere need to have the place named."""
        data = super().clean() or {}
        if data.get("photos") == "zip" and not data.get("archive"):
            self.add_error("archive", "Choose the zip archive with the photos.")
        if data.get("photos") == "storage" and not data.get("keys"):
            self.add_error("keys", "Give the beginning that the keys of the photos share.")
        return data

    @property
    def place(self) -> str:
        """Where the photos are, unless they come along."""
        return f"{STORAGE}{self.cleaned_data['keys']}" if self.cleaned_data["photos"] == "storage" else ""


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column on the page."""

    number: int
    name: str
    holder: str
    filled: int
    """percent of the rows that were looked at"""
    examples: tuple[str, ...]
    meaning: str
    holds: bool
    """others can be found in it"""
    is_shown: bool
    """not only if the column that holds it is expanded"""


@dataclass(frozen=True, slots=True)
class PlanTyped:
    """The page of columns as it is typed."""

    plan: Plan
    sample: Sample
    names: Names

    @property
    def faults(self) -> list[str]:
        """What keeps the plan from being used."""
        return [*plan_faults(self.plan), *_quota_faults(self.plan)]

    @property
    def rows(self) -> list[ColumnRow]:
        """Columns in which something stands, in the file's order, each followed by those that it holds."""
        return [self._row(number, column) for number, column in enumerate(self._columns()) if column.filled]

    @property
    def empty(self) -> list[str]:
        """Names of columns in which nothing stands."""
        return [column.name for column in self._columns() if not column.filled]

    @property
    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Groups of meanings, each (value, label)."""
        attributes = [(f"attribute:{code}", label) for code, label in self.names.attribute_codes().items()]
        groups = [(group, [(role.value, ROLES[role]) for role in roles]) for group, roles in GROUPS.items()]
        return [groups[0], ("Attribute", attributes), *groups[1:]]

    @property
    def vertical_column(self) -> str:
        """The column that says the vertical."""
        return self.plan.column_of(Role.VERTICAL)

    @property
    def has_many_verticals(self) -> bool:
        """The column has more different texts than can be listed."""
        column = self.sample.columns.get(self.vertical_column)
        return column is not None and column.values is None

    def with_verticals(self, cells: Iterable[str]) -> "PlanTyped":
        """The page with more of what stands in the vertical column, not chosen for yet."""
        verticals = dict.fromkeys(cells, "") | dict(self.plan.verticals)
        return replace(self, plan=replace(self.plan, verticals=verticals))

    def _columns(self) -> list[ColumnSample]:
        outer = [column for column in self.sample.columns.values() if not column.holder]
        inner: dict[str, list[ColumnSample]] = {}
        for column in self.sample.columns.values():
            if column.holder:
                inner.setdefault(column.holder, []).append(column)
        return [one for column in outer for one in (column, *inner.get(column.name, ()))]

    def _row(self, number: int, column: ColumnSample) -> ColumnRow:
        meanings = {one.name: one.meaning for one in self.plan.columns}
        meaning = meanings.get(column.name, self.plan.rest.value)
        return ColumnRow(
            number=number,
            name=column.name.removeprefix(f"{column.holder}: ") if column.holder else column.name,
            holder=column.holder,
            filled=round(100 * column.filled / self.sample.seen),
            examples=tuple(column.examples),
            meaning=meaning,
            holds=bool(column.holds) or meaning in GROUPS["Objects"],
            is_shown=not column.holder or meanings.get(column.holder) == Role.EXPAND,
        )

    def typed(self, data: QueryDict) -> "PlanTyped":
        """The page with what a person chose."""
        plan = replace(
            self.plan,
            columns=tuple(self._typed_columns(data)),
            rest=Role.IGNORED if data.get("rest") == Role.IGNORED else Role.METADATA,
            vertical=data.get("vertical", ""),
            image_separators=_separators(data, "image_separator", IMAGE_SEPARATORS),
            value_separators=_separators(data, "value_separator", VALUE_SEPARATORS),
            continuation="continuation" in data,
            html="html" in data,
            id_prefix=data.get("id_prefix", "").strip()[:LONGEST_PREFIX],
            gold=data.get("gold", "").strip(),
            seed=data.get("seed", "").strip(),
        )
        typed = replace(self, plan=plan)
        return replace(typed, plan=replace(plan, verticals=dict(typed._typed_verticals(data))))

    def has_other_verticals(self, data: QueryDict) -> bool:
        """The page lists what stands in another column than the one that says the vertical now."""
        return data.get("vertical_column", "") != self.vertical_column

    def _typed_columns(self, data: QueryDict) -> Iterator[Column]:
        expanded = set()
        for number, column in enumerate(self._columns()):
            given = data.get(f"column-{number}", "")
            if not given or (column.holder and column.holder not in expanded):
                continue
            try:
                chosen = Column.meaning_of(column.name, given)
            except CatalogError:
                continue
            if chosen.role is Role.EXPAND:
                expanded.add(column.name)
            yield chosen

    def _typed_verticals(self, data: QueryDict) -> Iterator[tuple[str, str]]:
        """What cells stand for; where another column says the vertical now, what can be guessed of it."""
        if self.has_other_verticals(data):
            yield from guess_verticals(self.sample, self.plan, self.names).items()
            return
        for cell, code in zip(data.getlist("cell"), data.getlist("stands"), strict=False):
            yield cell, code if code in self.names.by_code else ""


def dialect_typed(data: QueryDict, before: Dialect) -> Dialect:
    """How a person says that the file is written; what there is not stays as it was."""
    return Dialect(
        encoding=_one_of(data.get("encoding"), ENCODINGS, before.encoding),
        delimiter=_one_of(data.get("delimiter"), DELIMITERS, before.delimiter),
        quote=_one_of(data.get("quote"), QUOTES, before.quote),
        escape=_one_of(data.get("escape"), ("", "\\"), before.escape),
    )


def _one_of(given: str | None, allowed: Container[str], otherwise: str) -> str:
    return given if given is not None and given in allowed else otherwise


def _separators(data: QueryDict, name: str, allowed: str) -> str:
    given = data.getlist(name)
    return "".join(one for one in allowed if SEPARATORS[one] in given)


def _quota_faults(plan: Plan) -> Iterator[str]:
    for quota in (plan.gold, plan.seed):
        try:
            parse_quota(quota)
        except CatalogError as error:
            yield str(error)

"""Reads of schemas that are being changed, and of the versions that they had."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery

from catalog.models import Attribute, Listing, Photo, SchemaDraft, SchemaVersion, Value, Vertical
from catalog.schema.changes import Change, changes_between
from catalog.schema.checks import checked_vertical
from catalog.schema.codes import code_of
from catalog.schema.csvrows import SchemaFile
from catalog.schema.merge import merged
from catalog.schema.parts import Schema, VerticalSpec
from catalog.selectors.schema import vertical_spec

KEPT_IN_MEMORY = 8
"""Versions. Reading one of 12,000 values takes longer than all else on its pages."""


@dataclass(frozen=True)
class Working:
    """A vertical as its editor shows it: the draft, or the schema as it is while there is none."""

    spec: VerticalSpec
    published: VerticalSpec | None
    """the schema as it is; None for a new vertical"""
    newest: int
    """number of the newest schema version; 0 where there is none"""
    base: int
    """number of the version that was changed; 0 for a new vertical"""
    edition: int = 0
    """of the draft; 0 where there is none"""
    note: str = ""
    log: tuple[dict[str, Any], ...] = ()
    """what each edition changed, as SchemaDraft.log, the newest first"""
    updated: datetime | None = None
    updated_by: str = ""

    @property
    def is_draft(self) -> bool:
        """Somebody has changed something that is not saved yet."""
        return self.edition > 0

    @property
    def is_outdated(self) -> bool:
        """A version was saved after the one that the draft changes."""
        return self.base != self.newest

    @cached_property
    def changes(self) -> list[Change]:
        """What saving the draft would change."""
        return changes_between(self.published, self.spec)

    @cached_property
    def published_codes(self) -> dict[str, set[str]]:
        """{attribute code: its value codes} of the schema as it is: those never change."""
        attributes = self.published.attributes if self.published else ()
        return {one.code: {value.code for value in one.values} for one in attributes}


@dataclass(frozen=True, slots=True)
class VerticalRow:
    """One vertical of the overview."""

    code: str
    label: str
    attributes: int
    values: int
    listings: int
    version: int | None
    """None: not saved yet"""
    saved: datetime | None
    saved_by: str
    draft: SchemaDraft | None


def working(code: str) -> Working | None:
    """The vertical for its editor; None where there is neither a vertical nor a draft with this code."""
    version = schema_versions_of(code).first()
    draft = SchemaDraft.objects.filter(code=code).select_related("updated_by").first()
    published = _content(version.pk, version.created) if version else vertical_spec(code)
    newest = version.number if version else 0
    if draft is None:
        return Working(published, published, newest, newest) if published else None
    return Working(
        spec=VerticalSpec.from_json(draft.content),
        published=published,
        newest=newest,
        base=draft.base_number,
        edition=draft.edition,
        note=draft.note,
        log=tuple(reversed(draft.log)),
        updated=draft.updated,
        updated_by=draft.updated_by.username if draft.updated_by else "",
    )


def schema_saved(*, codes: Sequence[str] = ()) -> Schema:
    """The schema of these verticals, or of all, in order, without drafts."""
    verticals = Vertical.objects.filter(code__in=codes) if codes else Vertical.objects.all()
    found = (working(code) for code in verticals.values_list("code", flat=True))
    return tuple(one.published for one in found if one and one.published)


def vertical_rows() -> list[VerticalRow]:
    """Every vertical in order, then those that are drafts only, with their counts."""
    every = SchemaDraft.objects.select_related("updated_by").defer("log", "content")
    drafts = {draft.code: draft for draft in every}
    newest = SchemaVersion.objects.filter(vertical=OuterRef("pk")).order_by("-number")
    verticals = Vertical.objects.annotate(
        version=Subquery(newest.values("number")[:1]),
        saved=Subquery(newest.values("created")[:1]),
        saved_by=Subquery(newest.values("created_by__username")[:1]),
    )
    attributes = _counts(Attribute.objects.filter(retired=False), "vertical")
    values = _counts(Value.objects.filter(retired=False, attribute__retired=False), "attribute__vertical")
    listings = _counts(Listing.objects.filter(retired=False), "vertical")
    rows = [
        VerticalRow(
            vertical.code,
            vertical.label,
            attributes.get(vertical.pk, 0),
            values.get(vertical.pk, 0),
            listings.get(vertical.pk, 0),
            vertical.version,
            vertical.saved,
            vertical.saved_by or "",
            drafts.pop(vertical.code, None),
        )
        for vertical in verticals
    ]
    return rows + [_new_row(draft) for draft in drafts.values()]


def names_taken() -> dict[str, str]:
    """{code: label} of every vertical and of every draft of a new one."""
    drafts = SchemaDraft.objects.values_list("code", "content__label")
    return dict(drafts) | dict(Vertical.objects.values_list("code", "label"))


def merged_file(
    file: SchemaFile, *, onto_drafts: bool
) -> list[tuple[VerticalSpec, Working | None, VerticalSpec]]:
    """(what the file says, what the vertical is, what it becomes) of each vertical of the file.

    Merged onto drafts, where there are any, or onto the schema as it is. Example photos that are not stored
    here are left out.

    Raises:
        CatalogError: for a vertical that cannot be used once it is merged.
    """
    taken = names_taken()
    return [(given, *_merged(given, file, taken, onto_drafts)) for given in file.schema]


def _merged(
    given: VerticalSpec, file: SchemaFile, taken: Mapping[str, str], onto_drafts: bool
) -> tuple[Working | None, VerticalSpec]:
    same_name = [code for code, label in taken.items() if code_of(label) == code_of(given.label)]
    code = same_name[0] if same_name and "code" not in file.said else given.code
    now = working(code)
    kept = None if now is None else now.spec if onto_drafts else now.published
    spec = replace(given, code=code) if kept is None else merged(kept, given, said=file.said)
    known = photos_known(example.photo for one in spec.attributes for example in one.examples)
    attributes = (
        replace(one, examples=tuple(example for example in one.examples if example.photo in known))
        for one in spec.attributes
    )
    spec = replace(spec, attributes=tuple(attributes))
    return now, checked_vertical(spec, where=spec.label)


def photos_known(hashes: Iterable[str]) -> set[str]:
    """Those of the content hashes that belong to a stored photo."""
    return set(Photo.objects.filter(sha256__in=set(hashes)).values_list("sha256", flat=True))


def schema_versions_of(code: str) -> QuerySet[SchemaVersion]:
    """The schema versions of a vertical, newest first, without their content."""
    versions = SchemaVersion.objects.filter(vertical__code=code).order_by("-number")
    return versions.select_related("created_by").defer("content")


def version_spec(code: str, number: int) -> VerticalSpec | None:
    """The vertical as it was saved in this version."""
    version = schema_versions_of(code).filter(number=number).first()
    return _content(version.pk, version.created) if version else None


@lru_cache(maxsize=KEPT_IN_MEMORY)
def _content(version_id: int, created: datetime) -> VerticalSpec:
    """What the version holds, which never changes; the time tells it from one of another database."""
    return VerticalSpec.from_json(SchemaVersion.objects.get(pk=version_id).content)


def _new_row(draft: SchemaDraft) -> VerticalRow:
    spec = VerticalSpec.from_json(draft.content)
    values = sum(len(attribute.offered) for attribute in spec.asked)
    return VerticalRow(spec.code, spec.label, len(spec.asked), values, 0, None, None, "", draft)


def _counts(rows: QuerySet[Any], vertical: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(vertical).annotate(Count("pk")))

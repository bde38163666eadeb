"""Writes to the schema: every change makes a schema version, and nothing that labels refer to is deleted."""

from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from catalog import selectors
from catalog.errors import CatalogError
from catalog.models import Attribute, SchemaVersion, Value, Vertical
from catalog.schema.csvrows import SchemaFile
from catalog.schema.merge import merged
from catalog.schema.spec import AttributeSpec, Schema, VerticalSpec, parse_schema
from catalog.selectors.drafts import merged_file


def schema_import(*, schema: Mapping[str, object], note: str = "", by: User | None = None) -> None:
    """Bring verticals, attributes and values to the schema, by code; values that it dropped are retired.

    Verticals and attributes that the schema does not name stay as they are.

    Raises:
        CatalogError: naming vertical, attribute and value; nothing is written then.
    """
    schema_merge(schema=parse_schema(schema, where="schema"), note=note, by=by)


@transaction.atomic
def schema_merge(*, schema: Schema, note: str = "", by: User | None = None) -> list[SchemaVersion]:
    """Merge each vertical into the one that is there; returns the schema versions that this made."""
    versions = []
    for spec in schema:
        kept = selectors.vertical_spec(spec.code)
        version = schema_save(spec=merged(kept, spec) if kept else spec, note=note, by=by)
        if version is not None:
            versions.append(version)
    return versions


@transaction.atomic
def schema_file_save(*, file: SchemaFile, note: str = "", by: User | None = None) -> list[SchemaVersion]:
    """Merge what a file says into the schema as it is; returns the schema versions that this made.

    Raises:
        CatalogError: for a vertical that cannot be used once it is merged; nothing is written then.
    """
    merged_specs = [spec for _, _, spec in merged_file(file, onto_drafts=False)]
    versions = (schema_save(spec=spec, note=note, by=by) for spec in merged_specs)
    return [version for version in versions if version is not None]


class SchemaOutdated(CatalogError):
    """The schema has a newer version than the one that was changed."""


@transaction.atomic
def schema_save(
    *, spec: VerticalSpec, note: str = "", by: User | None = None, base_number: int | None = None
) -> SchemaVersion | None:
    """Make this the schema of the vertical, which is created where there is none.

    Attributes and values that the spec leaves out are retired. Returns the new schema version, or None where
    nothing is different. The spec is taken as checked (schema.spec).

    Raises:
        SchemaOutdated: when a base number is given that is not the newest version's; nothing is written then.
    """
    vertical = _vertical_locked(spec)
    newest = vertical.schema_versions.aggregate(newest=Max("number"))["newest"] or 0
    if base_number is not None and base_number != newest:
        raise SchemaOutdated(
            f"vertical {spec.label!r}: version {newest} was saved after version {base_number}, which this "
            "draft changes: bring the draft up to date"
        )
    codes = [attribute.code for attribute in spec.attributes]
    vertical.attributes.exclude(code__in=codes).update(retired=True)
    for position, attribute in enumerate(spec.attributes, 1):
        _attribute_write(vertical, attribute, position=position)
    content = selectors.vertical_spec(spec.code)
    assert content is not None, "it was written above"
    last = vertical.schema_versions.first()
    if last is not None and last.content == content.to_json():
        return None
    number = last.number + 1 if last else 1
    event_record(
        Action.SCHEMA_PUBLISHED,
        kind=Kind.VERTICAL,
        key=vertical.code,
        name=vertical.label,
        by=by,
        before={"version": last.number} if last else None,
        after={"version": number},
        reason=note,
    )
    return SchemaVersion.objects.create(
        vertical=vertical, number=number, content=content.to_json(), note=note, created_by=by
    )


def _vertical_locked(spec: VerticalSpec) -> Vertical:
    """The vertical under its new label, held until the transaction ends: each version gets its own number."""
    position = (Vertical.objects.aggregate(last=Max("position"))["last"] or 0) + 1
    Vertical.objects.get_or_create(code=spec.code, defaults={"label": spec.label, "position": position})
    vertical = Vertical.objects.select_for_update().get(code=spec.code)
    if vertical.label != spec.label:
        vertical.label = spec.label
        vertical.save(update_fields=["label"])
    return vertical


def _attribute_write(vertical: Vertical, spec: AttributeSpec, *, position: int) -> None:
    attribute, _ = Attribute.objects.update_or_create(
        vertical=vertical,
        code=spec.code,
        defaults={
            "label": spec.label,
            "description": spec.description,
            "guideline": spec.guideline,
            "examples": [example.to_json() for example in spec.examples],
            "multi": spec.multi,
            "required": spec.required,
            "weight": spec.weight,
            "retired": spec.retired,
            "position": position,
        },
    )
    attribute.values.exclude(code__in=[value.code for value in spec.values]).update(retired=True)
    Value.objects.bulk_create(
        [
            Value(
                attribute=attribute,
                code=value.code,
                label=value.label,
                synonyms=list(value.synonyms),
                retired=value.retired,
                position=place,
            )
            for place, value in enumerate(spec.values, 1)
        ],
        update_conflicts=True,
        unique_fields=["attribute", "code"],
        update_fields=["label", "synonyms", "position", "retired"],
    )

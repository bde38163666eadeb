"""Reads of the schema."""

from django.db.models import Prefetch, QuerySet

from catalog.models import Attribute, SchemaVersion, Value, Vertical
from catalog.schema.spec import AttributeSpec, Example, Schema, ValueSpec, VerticalSpec


def attributes_with_values() -> QuerySet[Attribute]:
    """Every attribute that is asked, with its vertical and the values that are offered (`.values.all()`)."""
    offered = Value.objects.filter(retired=False)
    asked = Attribute.objects.filter(retired=False).select_related("vertical")
    return asked.prefetch_related(Prefetch("values", offered))


def attributes_of(vertical_id: int) -> QuerySet[Attribute]:
    """The vertical's attributes with all their values (`.values.all()`), in order, retired ones too."""
    return Attribute.objects.filter(vertical=vertical_id).prefetch_related("values")


def vertical_id_of(code: str) -> int | None:
    """The vertical with this code; None where there is none."""
    return Vertical.objects.filter(code=code).values_list("pk", flat=True).first()


def vertical_spec(code: str) -> VerticalSpec | None:
    """The schema of a vertical as it is now, with what is retired; None where there is no such vertical."""
    vertical = Vertical.objects.prefetch_related("attributes__values").filter(code=code).first()
    return _spec(vertical) if vertical else None


def schema_now() -> Schema:
    """The schema of every vertical as it is now, in order."""
    return tuple(_spec(vertical) for vertical in Vertical.objects.prefetch_related("attributes__values"))


def schema_versions_now() -> dict[int, SchemaVersion]:
    """{vertical id: its newest schema version}."""
    oldest_first = SchemaVersion.objects.order_by("number").select_related("vertical").defer("content")
    return {version.vertical_id: version for version in oldest_first}


def schema_version_now(vertical_id: int) -> SchemaVersion | None:
    """The newest schema version of the vertical; None as long as it has no schema."""
    return SchemaVersion.objects.filter(vertical=vertical_id).order_by("-number").defer("content").first()


def _spec(vertical: Vertical) -> VerticalSpec:
    attributes = tuple(
        AttributeSpec(
            code=attribute.code,
            label=attribute.label,
            description=attribute.description,
            guideline=attribute.guideline,
            examples=tuple(Example(**example) for example in attribute.examples),
            multi=attribute.multi,
            required=attribute.required,
            weight=attribute.weight,
            retired=attribute.retired,
            values=tuple(
                ValueSpec(value.code, value.label, tuple(value.synonyms), value.retired)
                for value in attribute.values.all()
            ),
        )
        for attribute in vertical.attributes.all()
    )
    return VerticalSpec(vertical.code, vertical.label, attributes)

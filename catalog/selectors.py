"""Reads of the catalogue."""

from django.db.models import Count, Prefetch, QuerySet
from django.shortcuts import get_object_or_404

from catalog.models import Attribute, Image, Listing, SchemaVersion, Value, Vertical
from catalog.schema.spec import AttributeSpec, Example, Schema, ValueSpec, VerticalSpec
from catalog.splits import Split


def attributes_with_values() -> QuerySet[Attribute]:
    """Every attribute that is asked, with its vertical and the values that are offered (`.values.all()`)."""
    offered = Value.objects.filter(retired=False)
    asked = Attribute.objects.filter(retired=False).select_related("vertical")
    return asked.prefetch_related(Prefetch("values", offered))


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


def listings_of(*, split: Split) -> QuerySet[Listing]:
    """The split's listings that rounds may use, by external id, with their vertical and images in order.

    Left out are retired ones, and those of an import whose near-duplicates and splits are still to be found.
    """
    usable = Listing.objects.filter(split=split, retired=False).exclude(first_import__settled=False)
    return usable.select_related("vertical").prefetch_related("images__photo")


def listing_counts() -> dict[tuple[str, Split], int]:
    """{(vertical code, split): listings}, without those that have none."""
    rows = Listing.objects.order_by().values_list("vertical__code", "split").annotate(Count("pk"))
    return {(vertical, Split(split)): count for vertical, split, count in rows}


def image_sha256(image_id: int) -> str | None:
    """The content hash of an image's file, or None where there is no such image."""
    return Image.objects.filter(pk=image_id).values_list("photo__sha256", flat=True).first()


def image_get(image_id: int) -> Image:
    """The image.

    Raises:
        Http404: where there is none.
    """
    return get_object_or_404(Image, pk=image_id)

"""Reads of the catalogue."""

from django.db.models import Count, Prefetch, QuerySet
from django.shortcuts import get_object_or_404

from catalog.models import Attribute, Image, Listing, Value
from catalog.splits import Split


def attributes_with_values() -> QuerySet[Attribute]:
    """Every attribute in order, with its vertical and the values that are not retired (`.values.all()`)."""
    offered = Value.objects.filter(retired=False)
    return Attribute.objects.select_related("vertical").prefetch_related(Prefetch("values", offered))


def listings_of(*, split: Split) -> QuerySet[Listing]:
    """The split's listings by external id, with their vertical and their images in order."""
    return Listing.objects.filter(split=split).select_related("vertical").prefetch_related("images")


def listing_counts() -> dict[tuple[str, Split], int]:
    """{(vertical code, split): listings}, without those that have none."""
    rows = Listing.objects.order_by().values_list("vertical__code", "split").annotate(Count("pk"))
    return {(vertical, Split(split)): count for vertical, split, count in rows}


def image_sha256(image_id: int) -> str | None:
    """The content hash of an image's file, or None where there is no such image."""
    return Image.objects.filter(pk=image_id).values_list("sha256", flat=True).first()


def image_get(image_id: int) -> Image:
    """The image.

    Raises:
        Http404: where there is none.
    """
    return get_object_or_404(Image, pk=image_id)

"""Reads of listings."""

from django.db.models import Count, QuerySet

from catalog.models import Listing
from catalog.splits import Split


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

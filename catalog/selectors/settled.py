"""Which listings have their group and split."""

from django.db.models import F, Q, QuerySet

from catalog.models import Import, Listing


def is_settled() -> Q:
    """The listing did not come by an import, or by one that has found its group and split."""
    return Q(first_import=None) | Q(first_import__settled=True) | Q(first_import__settled_to__gte=F("pk"))


def settled_listings(*, vertical_id: int, and_of: Import | None = None) -> QuerySet[Listing]:
    """The settled listings of a vertical, in no order, and all that this import has brought."""
    wanted = is_settled() if and_of is None else is_settled() | Q(first_import=and_of)
    return Listing.objects.filter(wanted, vertical=vertical_id).order_by()


def new_listings(import_: Import) -> QuerySet[Listing]:
    """What the import has brought since it was settled last, in no order.

    A listing that a round has learned from is not new, whatever became of an attempt to settle it.
    """
    listings = Listing.objects.filter(first_import=import_, pk__gt=import_.settled_to, trained_on=False)
    return listings.order_by()

"""Which listings have their group and split."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from catalog.models import Import, Listing


def is_settled() -> Q:
    """The listing did not come by an import, or by one that has found its group and split."""
    return Q(first_import=None) | Q(first_import__settled=True) | Q(first_import__settled_to__gte=F("pk"))


def settled_listings(*, vertical_id: int, and_of: Import | None = None) -> QuerySet[Listing]:
    """The settled listings of a vertical, in no order, and all that this import has brought."""
    listings = Listing.objects.filter(vertical=vertical_id).order_by()
    # Mostly there is none, and a condition less makes a scan of a million rows shorter.
    unsettled = Import.objects.filter(
        Exists(Listing.objects.filter(first_import=OuterRef("pk"))), settled=False
    )
    for import_ in unsettled.only("settled_to"):
        if import_ != and_of:
            listings = listings.exclude(first_import=import_, pk__gt=import_.settled_to)
    return listings


def new_listings(import_: Import) -> QuerySet[Listing]:
    """What the import has brought since it was settled last, in no order.

    A listing that a round has learned from is not new, whatever became of an attempt to settle it.
    """
    listings = Listing.objects.filter(first_import=import_, pk__gt=import_.settled_to, trained_on=False)
    return listings.order_by()

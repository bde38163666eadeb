"""Writes to splits: which listings are gold, seed and pool, and which have been learned from."""

from collections.abc import Sequence

from django.db import transaction

from catalog.errors import CatalogError
from catalog.models import Listing
from catalog.splits import Split

BATCH = 500


@transaction.atomic
def listings_train_on(*, external_ids: Sequence[str]) -> None:
    """Note that a round learns from these listings: their groups can never become gold.

    Raises:
        CatalogError: when one of them is gold by now; nothing is noted then.
    """
    for start in range(0, len(external_ids), BATCH):
        rows = Listing.objects.filter(external_id__in=external_ids[start : start + BATCH])
        if gold := rows.filter(split=Split.GOLD).values_list("external_id", flat=True).first():
            raise CatalogError(f"listing {gold!r} became gold just now: start the round again")
        rows.filter(trained_on=False).update(trained_on=True)

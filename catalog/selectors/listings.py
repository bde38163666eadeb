"""Reads of listings."""

from collections.abc import Sequence
from typing import TypedDict

from django.db.models import Count, Prefetch, Q, QuerySet
from django_stubs_ext import WithAnnotations

from catalog.models import Image, Import, Listing, Vertical
from catalog.selectors.scopes import verticals_seen
from catalog.selectors.settled import is_settled
from catalog.splits import Split

RECENT_IMPORTS = 50


class Asked(TypedDict):
    """What is counted about a vertical."""

    asked: int


def listings_of(*, split: Split) -> QuerySet[Listing]:
    """The split's listings that rounds may use, by external id, with their vertical and images in order.

    Left out are retired ones, and those of an import whose near-duplicates and splits are still to be found.
    """
    usable = Listing.objects.filter(is_settled(), split=split, retired=False)
    # Joined: Django 5.2 would prefetch them with an OR for each, of which SQLite takes 1,000.
    images = Prefetch("images", Image.objects.select_related("photo"))
    return usable.select_related("vertical").prefetch_related(images)


def external_ids_seen(external_ids: Sequence[str]) -> set[str]:
    """Those of these ids whose listings whoever asks may see."""
    rows = Listing.objects.filter(external_id__any_of=list(external_ids))
    return set(rows.values_list("external_id", flat=True))


def listing_counts() -> dict[tuple[str, Split], int]:
    """{(vertical code, split): listings}, without those that have none."""
    rows = Listing.objects.order_by().values_list("vertical__code", "split").annotate(Count("pk"))
    return {(vertical, Split(split)): count for vertical, split, count in rows}


def verticals_with_counts() -> "QuerySet[WithAnnotations[Vertical, Asked]]":
    """The verticals that may be seen, in order, with `asked`: how many attributes each asks about."""
    return verticals_seen().annotate(asked=Count("attributes", filter=Q(attributes__retired=False)))


def imports_recent(also: str = "") -> list[Import]:
    """The newest imports, and the one whose id the text gives, if there is one."""
    wanted = Q(pk__in=Import.objects.order_by("-pk").values("pk")[:RECENT_IMPORTS])
    if also.isdecimal():
        wanted |= Q(pk=also)
    return list(Import.objects.filter(wanted).order_by("-pk").only("name", "created"))

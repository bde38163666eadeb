"""Reads for the pages of splits: counts, leaks that are still open, groups with their photos."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Prefetch, QuerySet, Window
from django.db.models.functions import RowNumber
from django.shortcuts import get_object_or_404

from catalog.models import Image, Import, Listing, Photo, SplitReport, Vertical
from catalog.selectors.scopes import verticals_seen
from catalog.splits import Split

SHOWN = 8
"""Listings of a group that are shown at once."""
SHOWN_ALONE = 120
"""Listings of a group that is shown alone."""


@dataclass(frozen=True, slots=True)
class VerticalSplits:
    """How a vertical is split. Gold and seed are counted now; the rest was counted with the report."""

    vertical: Vertical
    report: SplitReport | None
    gold: int
    seed: int
    leaks: int
    """those that the report named and that are still open, and those that it only counted"""

    @property
    def pool(self) -> int:
        """The other listings in use."""
        return max(0, self.report.listings - self.gold - self.seed) if self.report else 0


@dataclass(frozen=True, slots=True)
class ShownListing:
    """A listing with its first photo."""

    listing: Listing
    photo: Photo | None


@dataclass(frozen=True, slots=True)
class OpenLeak:
    """A gold listing, and a listing like it that is learned from."""

    gold: ShownListing
    other: ShownListing
    same_group: bool


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group with some of its listings."""

    key: str
    size: int
    shown: list[ShownListing]

    @property
    def splits(self) -> list[str]:
        """The splits of what is shown: one, unless the group is divided."""
        return sorted({one.listing.split for one in self.shown})

    @property
    def trained_on(self) -> bool:
        """A round has learned from it."""
        return any(one.listing.trained_on for one in self.shown)

    @property
    def more(self) -> int:
        """Listings that are not shown."""
        return self.size - len(self.shown)


def verticals_with_reports() -> QuerySet[Vertical]:
    """The verticals that may be seen, in order, with the figures of their reports (`split_report`)."""
    unread = ("split_report__largest", "split_report__leaks")
    return verticals_seen().select_related("split_report").defer(*unread)


def vertical_with_report(code: str) -> Vertical:
    """The vertical with all of its report, if there is one.

    Raises:
        Http404: where there is no such vertical, or none that may be seen.
    """
    return get_object_or_404(verticals_seen().select_related("split_report"), code=code)


def splits_of(verticals: Sequence[Vertical]) -> list[VerticalSplits]:
    """How these verticals are split."""
    listings = Listing.objects.filter(
        vertical__in=verticals, split__in=[Split.GOLD, Split.SEED], retired=False
    )
    rows = listings.order_by().values_list("vertical", "split").annotate(count=Count("*"))
    counts = {(vertical, split): count for vertical, split, count in rows}
    leaking = list(SplitReport.objects.filter(vertical__in=verticals, leak_count__gt=0))
    named = open_leaks(leaking)
    leaks = {
        report.vertical_id: len(named[report.vertical_id]) + report.leak_count - len(report.leaks)
        for report in leaking
    }
    return [
        VerticalSplits(
            vertical=vertical,
            report=getattr(vertical, "split_report", None),
            gold=counts.get((vertical.pk, Split.GOLD), 0),
            seed=counts.get((vertical.pk, Split.SEED), 0),
            leaks=leaks.get(vertical.pk, 0),
        )
        for vertical in verticals
    ]


def open_leaks(reports: Sequence[SplitReport]) -> dict[int, list[OpenLeak]]:
    """{vertical id: the leaks that its report names and that nobody has closed since}."""
    ids = [leak[side] for report in reports for leak in report.leaks for side in ("gold", "other")]
    listings = _with_photos(Listing.objects.filter(external_id__any_of=ids))
    shown = {one.listing.external_id: one for one in listings}
    return {
        report.vertical_id: [
            OpenLeak(gold, other, leak["same_group"])
            for leak in report.leaks
            if (gold := shown.get(leak["gold"])) and (other := shown.get(leak["other"]))
            if _is_open(gold.listing, other.listing)
        ]
        for report in reports
    }


def groups_of(vertical: Vertical, keys: Sequence[str], *, most: int = SHOWN) -> list[ShownGroup]:
    """These groups of the vertical, in this order, each with its first listings."""
    listings = Listing.objects.filter(vertical=vertical, group_key__in=keys)
    sizes = dict(listings.order_by().values_list("group_key").annotate(Count("pk")))
    place = Window(RowNumber(), partition_by=F("group_key"), order_by=F("pk").asc())
    first = listings.annotate(place=place).filter(place__lte=most).order_by("pk")
    shown: dict[str, list[ShownListing]] = {}
    for one in _with_photos(first):
        shown.setdefault(one.listing.group_key, []).append(one)
    return [ShownGroup(key, sizes[key], shown[key]) for key in keys if key in shown]


def group_of_listing(vertical: Vertical, external_id: str) -> ShownGroup | None:
    """The group of a listing of the vertical, or None where there is no such listing."""
    listing = Listing.objects.filter(vertical=vertical, external_id=external_id).first()
    return groups_of(vertical, [listing.group_key], most=SHOWN_ALONE)[0] if listing else None


def unsettled_imports() -> QuerySet[Import]:
    """Imports whose new listings have no groups and splits yet, newest first."""
    return Import.objects.filter(settled=False, listings_created__gt=0)


def _is_open(gold: Listing, other: Listing) -> bool:
    in_gold = gold.split == Split.GOLD and not gold.retired
    return in_gold and (other.trained_on or (other.split != Split.GOLD and not other.retired))


def _with_photos(listings: QuerySet[Listing]) -> Iterable[ShownListing]:
    first = Image.objects.filter(position=1).select_related("photo")
    for listing in listings.prefetch_related(Prefetch("images", first)):
        images = listing.images.all()
        yield ShownListing(listing, images[0].photo if images else None)

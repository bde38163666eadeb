"""The listings page: what an address asks for, in which order, and what each app knows about every row."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Exists, F, FilteredRelation, Min, OuterRef, Q, QuerySet, Subquery

from catalog.errors import CatalogError
from catalog.models import Image, Listing, Photo
from catalog.paging import MOST_COUNTED, Cursor, Matches, Order, Page, look_through
from labeling.models import Label
from training.filters import PredictedListingFilter
from training.models import Prediction
from training.services.listings import Chosen

SIZES = (25, 50, 100, 200)
DEFAULT_SIZE = 50


class Sort(StrEnum):
    """The orders of the page."""

    NEWEST = "newest"
    ID = "id"
    AGREEMENT = "agreement"


class Layout(StrEnum):
    """How rows are shown."""

    TABLE = "table"
    GRID = "grid"


@dataclass(frozen=True, slots=True)
class Row:
    """A listing as the page shows it."""

    listing: Listing
    photo: Photo | None
    """the first one"""
    labelled: int
    asked: int
    """attributes that the listing has a label for, of those that its vertical asks about"""
    agreement: float | None
    """the lowest of the champion's predictions"""

    @property
    def agreement_percent(self) -> int | None:
        """The agreement in percent, without decimals."""
        return None if self.agreement is None else round(100 * self.agreement)


class Browser:
    """What a query asks for: unknown parameters are ignored, unknown settings are the default ones."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self.filters = PredictedListingFilter(query)
        self.layout = Layout.GRID if query.get("layout") == Layout.GRID else Layout.TABLE
        size = query.get("size", "")
        self.size = int(size) if size in map(str, SIZES) else DEFAULT_SIZE
        sort = query.get("sort", "")
        self.sort = Sort(sort) if sort in self.sorts else Sort.NEWEST
        self.cursor = Cursor.read(query.get("cursor", ""), self.order)

    @property
    def sorts(self) -> list[Sort]:
        """The orders that can be had: nothing agrees before something was predicted."""
        return [sort for sort in Sort if sort is not Sort.AGREEMENT or self.filters.champion is not None]

    @cached_property
    def order(self) -> Order:
        """The newest have the highest ids; between two dates, the latest times: each has its index."""
        if self.sort is Sort.ID:
            return Order({"external_id": str})
        if self.sort is Sort.AGREEMENT:
            return Order({"agreement": float, "pk": int})
        if self.filters.given("created_from") or self.filters.given("created_to"):
            return Order({"created": datetime, "pk": int}, descending=True)
        return Order({"pk": int}, descending=True)

    def query(self, *, without: Iterable[str] = (), **settings: str) -> str:
        """The query string of the filters that are set and of settings that are not the default ones."""
        left_out = {"table", "newest", str(DEFAULT_SIZE), ""}
        given = {"sort": str(self.sort), "layout": str(self.layout), "size": str(self.size)} | settings
        kept = {name: text for name, text in self.filters.fitting().items() if name not in without}
        return urlencode(kept | {name: text for name, text in given.items() if text not in left_out})

    def view_query(self) -> str:
        """The query string that a saved view keeps: filters, order and layout."""
        return self.query(size="")

    @cached_property
    def matches(self) -> Matches[Listing]:
        """The listings that the filters keep, and that have a place in the order."""
        return look_through(self._placed(self.filters.qs), order=self.order, prepared=self._prepared)

    def page(self) -> Page[Listing]:
        """The page at the cursor."""
        return self.matches.page(self.cursor, size=self.size)

    def rows(self, listings: Sequence[Listing]) -> list[Row]:
        """What the page shows of them, in a number of queries that does not depend on theirs."""
        ids = [listing.pk for listing in listings]
        photos = _first_photos(ids)
        labelled = _label_counts(ids)
        agreements = _lowest_agreements(ids, self.filters.champion)
        asked = {vertical.pk: vertical.asked for vertical in self.filters.verticals.values()}
        return [
            Row(
                listing,
                photos.get(listing.pk),
                labelled[listing.pk],
                asked[listing.vertical_id],
                agreements.get(listing.pk),
            )
            for listing in listings
        ]

    def neighbours(self, listing_id: int) -> tuple[Listing | None, Listing | None]:
        """The listings before and after this one, as the filters and the order have it."""
        row = self._prepared(self._placed(Listing.objects.filter(pk=listing_id)), few=True).first()
        return self.matches.neighbours(row) if row else (None, None)

    def _placed(self, listings: QuerySet[Listing]) -> QuerySet[Listing]:
        """Those that have a place in the order."""
        if self.sort is not Sort.AGREEMENT:
            return listings
        return listings.filter(Exists(_predictions(self.filters.champion)))

    def _prepared(self, listings: QuerySet[Listing], few: bool) -> QuerySet[Listing]:
        """With what order and row need: the agreement of few is looked up, along that of many one walks."""
        shown = listings.select_related("vertical", "last_import").defer("description", "metadata", "claims")
        if self.sort is not Sort.AGREEMENT:
            return shown
        if few:
            own = _predictions(self.filters.champion).order_by("agreement").values("agreement")
            return shown.annotate(agreement=Subquery(own[:1]))
        return _with_lowest_agreement(shown, self.filters.champion)


def listings_chosen(browser: Browser, ticked: Sequence[int] | None) -> list[Chosen]:
    """The ticked listings by their ids, or where nothing is said about these all that the filters keep.

    Raises:
        CatalogError: when a filter cannot be read, or keeps more than MOST_COUNTED.
    """
    if problems := browser.filters.problems():
        raise CatalogError(problems[0])
    rows = Listing.objects.filter(pk__any_of=list(ticked)) if ticked is not None else browser.filters.qs
    found = rows.order_by("pk").values_list("pk", "external_id")[: MOST_COUNTED + 1]
    if len(found) > MOST_COUNTED:
        raise CatalogError(f"more than {MOST_COUNTED:,} listings match: narrow the filters")
    return [Chosen(*one) for one in found]


def listings_matching(query: Mapping[str, str]) -> QuerySet[Listing]:
    """The listings that the page shows for this query.

    Raises:
        CatalogError: for a filter that there is not, or a value that it does not take.
    """
    filters = PredictedListingFilter(query)
    if unknown := [name for name in query if name not in filters.filters]:
        raise CatalogError(
            f"{unknown[0]!r} is no filter of listings: use one of {', '.join(filters.filters)}"
        )
    if problems := filters.problems():
        raise CatalogError(problems[0])
    kept: QuerySet[Listing] = filters.qs
    return kept


def _predictions(champion: int | None) -> QuerySet[Prediction]:
    """The champion's, of the listing around."""
    return Prediction.objects.filter(model_version=champion, listing=OuterRef("pk"))


def _with_lowest_agreement(listings: QuerySet[Listing], champion: int | None) -> QuerySet[Listing]:
    """Joined with the prediction that no other of theirs is below, so that an index has them in order."""
    of_champion = FilteredRelation("predictions", condition=Q(predictions__model_version=champion))
    voted = listings.alias(vote=of_champion).annotate(agreement=F("vote__agreement"), vote_id=F("vote__pk"))
    lower = Q(agreement__lt=OuterRef("agreement")) | Q(
        agreement=OuterRef("agreement"), pk__lt=OuterRef("vote_id")
    )
    return voted.filter(~Exists(_predictions(champion).filter(lower)), agreement__isnull=False)


def _first_photos(listing_ids: Sequence[int]) -> dict[int, Photo]:
    images = Image.objects.filter(listing__in=listing_ids, position=1).select_related("photo")
    return {image.listing_id: image.photo for image in images.order_by()}


def _label_counts(listing_ids: Sequence[int]) -> Counter[int]:
    labels = Label.objects.filter(listing__in=listing_ids, attribute__retired=False)
    return Counter(labels.order_by().values_list("listing_id", flat=True))


def _lowest_agreements(listing_ids: Sequence[int], champion: int | None) -> dict[int, float]:
    if champion is None:
        return {}
    predictions = Prediction.objects.filter(model_version=champion, listing__in=listing_ids)
    return dict(predictions.order_by().values_list("listing_id").annotate(Min("agreement")))

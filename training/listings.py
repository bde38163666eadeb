"""The listings page: what an address asks for, in which order, and what each app knows about every row."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from catalog.errors import CatalogError
from catalog.models import Image, Listing, Photo
from catalog.paging import MOST_COUNTED, Cursor, Matches, Order, Page, count_up_to, look_through
from labeling.models import Label
from training.agreement import PREDICTIONS, Agreement
from training.filters import PredictedListingFilter
from training.listing_gold import GoldLine, gold_lines
from training.services.listings import Chosen

SIZES = (25, 50, 100)
DEFAULT_SIZE = 50
SHOWN = ("external_id", "title", "split", "retired", "created", "vertical_id", "last_import__name")
"""Of a listing, on the page."""


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
    vertical: str
    photo: Photo | None
    """the first one"""
    labelled: int
    asked: int
    """attributes that the listing has a label for, of those that its vertical asks about"""
    agreement: float | None
    """of the predictions that the page is about: to the chosen attribute, or the lowest of all"""
    answers: Sequence[GoldLine] = ()
    """those on gold that the filters ask for"""

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
        """The orders that can be had: nothing agrees before something was predicted, and gold is not."""
        has_votes = self.filters.voter is not None and self.filters.answering is None
        return [sort for sort in Sort if sort is not Sort.AGREEMENT or has_votes]

    @property
    def agreement(self) -> Agreement:
        """That of the chosen attribute, where one is chosen; the lowest of all otherwise."""
        chosen = self.filters.chosen
        return Agreement(self.filters.voter, None if chosen is None else chosen.pk)

    @cached_property
    def order(self) -> Order:
        """The newest have the highest ids; between two dates, the latest times: each has its index."""
        if self.sort is Sort.ID:
            return Order({"external_id": str})
        if self.sort is Sort.AGREEMENT:
            return Order({"agreement": float, "place": int}, is_stored=False)
        if self._of_days:
            return Order({"created": datetime, "pk": int}, descending=True)
        return Order({"pk": int}, descending=True)

    @property
    def _of_days(self) -> bool:
        return bool(self.filters.given("created_from") or self.filters.given("created_to"))

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
        return look_through(
            self._walked(), order=self.order, unordered=self._unordered(), looked_up=self._looked_up()
        )

    def page(self) -> Page[Listing]:
        """The page at the cursor."""
        return self.matches.page(self.cursor, size=self.size)

    def count(self) -> int:
        """How many listings there are; MOST_COUNTED + 1 where there are more than that."""
        return count_up_to(self._unordered(), MOST_COUNTED)

    def answer_count(self) -> int | None:
        """How many gold answers stand behind the listings, where the filters ask for any and keep few."""
        answers, few = self.filters.gold_answers(), self.matches.few
        return None if answers is None or few is None else answers.filter(listing__in=few).count()

    def rows(self, listings: Sequence[Listing]) -> list[Row]:
        """What the page shows of them, in a number of queries that does not depend on theirs."""
        ids = [listing.pk for listing in listings]
        photos = _first_photos(ids)
        labelled = _label_counts(ids)
        answers = self._gold_lines(ids)
        agreements = {} if answers else self.agreement.of(ids)
        verticals = {vertical.pk: vertical for vertical in self.filters.verticals.values()}
        return [
            Row(
                listing,
                verticals[listing.vertical_id].label,
                photos.get(listing.pk),
                labelled[listing.pk],
                verticals[listing.vertical_id].asked,
                agreements.get(listing.pk),
                answers.get(listing.pk, ()),
            )
            for listing in listings
        ]

    def _gold_lines(self, listing_ids: Sequence[int]) -> dict[int, list[GoldLine]]:
        """{listing: the gold answers that the filters ask for}"""
        answers = self.filters.gold_answers()
        return {} if answers is None else gold_lines(answers, listing_ids, self.filters.method_asked)

    def neighbours(self, listing_id: int) -> tuple[Listing | None, Listing | None]:
        """The listings before and after this one, as the filters and the order have it."""
        row = self._looked_up().filter(pk=listing_id).first()
        known = row is not None and None not in self.order.key_of(row)
        return self.matches.neighbours(row) if row and known else (None, None)

    def _walked(self) -> QuerySet[Listing]:
        if self.sort is not Sort.AGREEMENT:
            return _shown(self.filters.qs)
        if self.filters.chosen is None:
            return self.agreement.walked(_shown(self.filters.qs), Q())
        # The prediction that is asked for is the one whose agreement counts.
        return self.agreement.walked(_shown(self.filters.unpredicted), self.filters.prediction(PREDICTIONS))

    def _unordered(self) -> QuerySet[Listing]:
        """Where listings of one time lie together, an order makes PostgreSQL go there by its index."""
        kept = self.filters.unordered.order_by()
        if self.filters.given("last_import"):
            kept = kept.order_by("last_import_id", "pk")
        elif self._of_days:
            kept = kept.order_by("created", "pk")
        return self.agreement.known(kept) if self.sort is Sort.AGREEMENT else kept

    def _looked_up(self) -> QuerySet[Listing]:
        every = _shown(Listing.objects.all())
        return self.agreement.looked_up(every) if self.sort is Sort.AGREEMENT else every


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


def _shown(listings: QuerySet[Listing]) -> QuerySet[Listing]:
    return listings.select_related("last_import").only(*SHOWN)


def _first_photos(listing_ids: Sequence[int]) -> dict[int, Photo]:
    images = Image.objects.filter(listing__in=listing_ids, position=1).select_related("photo")
    shown = images.only("listing_id", "photo__sha256", "photo__width", "photo__height")
    return {image.listing_id: image.photo for image in shown.order_by()}


def _label_counts(listing_ids: Sequence[int]) -> Counter[int]:
    labels = Label.objects.filter(listing__in=listing_ids, attribute__retired=False)
    return Counter(labels.order_by().values_list("listing_id", flat=True))

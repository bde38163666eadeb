import pytest
from django.http import QueryDict
from pytest_django import DjangoAssertNumQueries

from catalog import paging
from catalog.errors import CatalogError
from catalog.models import Attribute, Listing, Status
from tests.factories import AttributeFactory, ImageFactory, LabelFactory, ListingFactory, VerticalFactory
from tests.training.rounds import champion_of, prediction, round_in, version_of
from training.listings import Browser, listings_chosen, listings_matching
from training.models import Alias

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def listings() -> None:
    """Bags b0 to b4, of which b0 is retired and b1 to b3 are predicted, b1 is labelled and b2 has a photo."""
    bag = VerticalFactory.create(code="bag")
    color = AttributeFactory.create(vertical=bag, code="color", position=1)
    shape = AttributeFactory.create(vertical=bag, code="shape", position=2)
    AttributeFactory.create(vertical=bag, code="old", retired=True, position=3)
    rows = [
        ListingFactory.create(vertical=bag, external_id=f"b{n}", title=f"Bag {n}", retired=n == 0)
        for n in range(5)
    ]
    LabelFactory.create(listing=rows[1], attribute=color)
    ImageFactory.create(listing=rows[2])
    champion = champion_of(round_in(Status.DONE))
    for row, first, second in ((rows[1], 1.0, 0.5), (rows[2], 0.25, 0.75), (rows[3], 0.5, 0.5)):
        prediction(champion, row, color, "red", agreement=first)
        prediction(champion, row, shape, "red", agreement=second)
    prediction(version_of(round_in(Status.DONE)), rows[1], color, "red", agreement=0.125)


def shown(query: str) -> list[str]:
    return [listing.external_id for listing in Browser(QueryDict(query)).page().rows]


@pytest.fixture(params=["few", "many"], autouse=True)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways in which a page is found: among counted rows, and along an index."""
    if request.param == "many":
        monkeypatch.setattr(paging, "FEW", 1)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["b4", "b3", "b2", "b1"]),
        ("sort=newest", ["b4", "b3", "b2", "b1"]),
        ("sort=id", ["b1", "b2", "b3", "b4"]),
        ("sort=agreement", ["b2", "b1", "b3"]),
        ("sort=agreement&q=bag&vertical=bag&labels=none", ["b2", "b3"]),
        ("sort=agreement&agreement_from=75", ["b2", "b1"]),
        ("created_from=2000-01-01", ["b4", "b3", "b2", "b1"]),
        ("retired=only", ["b0"]),
        ("sort=size", ["b4", "b3", "b2", "b1"]),
    ],
)
def test_listings_come_in_the_order_that_is_asked_for(query: str, ids: list[str]) -> None:
    assert shown(query) == ids


@pytest.mark.parametrize("sort", ["newest", "id", "agreement"])
def test_pages_follow_each_other_in_every_order(sort: str) -> None:
    whole, browser = shown(f"sort={sort}"), Browser(QueryDict(f"sort={sort}"))
    browser.size = 1
    seen, page = [], browser.page()
    while page.next:
        seen += page.rows
        browser.cursor = paging.Cursor.read(page.next, browser.order)
        page = browser.page()
    assert [listing.external_id for listing in [*seen, *page.rows]] == whole


def test_without_a_champion_there_is_no_order_by_agreement() -> None:
    Alias.objects.all().delete()
    assert shown("sort=agreement") == ["b4", "b3", "b2", "b1"]
    assert Browser(QueryDict("sort=agreement")).query() == ""


def test_a_row_says_what_every_app_knows() -> None:
    browser = Browser(QueryDict("sort=id"))
    rows = browser.rows(browser.page().rows)
    assert [(row.labelled, row.asked, row.agreement, row.photo is not None) for row in rows] == [
        (1, 2, 0.5, False),
        (0, 2, 0.25, True),
        (0, 2, 0.5, False),
        (0, 2, None, False),
    ]


def test_labels_of_retired_attributes_do_not_count() -> None:
    old = Attribute.objects.get(code="old")
    LabelFactory.create(listing=Listing.objects.get(external_id="b1"), attribute=old)
    browser = Browser(QueryDict("sort=id"))
    assert browser.rows(browser.page().rows)[0].labelled == 1


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ""),
        ("q=&vertical=&sort=newest&layout=table&size=50&apply=1", ""),
        ("sort=id&layout=grid&size=100&q=+red+", "q=red&sort=id&layout=grid&size=100"),
        ("size=7&layout=wall&sort=x&unknown=1", ""),
        ("vertical=bag&attribute=color&value=%3Aunknown", "vertical=bag&attribute=color&value=%3Aunknown"),
        ("vertical=hat&q=ü%26", "q=%C3%BC%26"),
    ],
)
def test_addresses_have_only_what_is_set(query: str, kept: str) -> None:
    assert Browser(QueryDict(query)).query() == kept


def test_a_saved_view_keeps_neither_place_nor_size() -> None:
    cursor = str(paging.Cursor((5,), False, 50))
    assert Browser(QueryDict(f"q=red&sort=id&size=100&cursor={cursor}")).view_query() == "q=red&sort=id"


def test_neighbours_are_those_of_the_list() -> None:
    ids = dict(Listing.objects.values_list("external_id", "pk"))

    def beside(query: str, external_id: str) -> list[str | None]:
        both = Browser(QueryDict(query)).neighbours(ids[external_id])
        return [one.external_id if one else None for one in both]

    assert beside("", "b3") == ["b4", "b2"]
    assert beside("sort=id", "b1") == [None, "b2"]
    assert beside("sort=agreement", "b1") == ["b2", "b3"]
    assert beside("sort=agreement", "b4") == [None, None]
    assert beside("vertical=bag&labels=none", "b1") == ["b2", None]
    assert beside("split=gold", "b1") == [None, None]


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize("query", ["", "sort=agreement&labels=some", "sort=id&disagrees=yes"])
def test_a_page_takes_as_many_queries_whatever_its_size(
    django_assert_max_num_queries: DjangoAssertNumQueries, size: int, query: str
) -> None:
    # verticals, imports, champion; ids, those of the page, rows; photos, labels, agreements; and four that
    # give PostgreSQL a time for the rows
    with django_assert_max_num_queries(13):
        browser = Browser(QueryDict(query))
        browser.size = size
        browser.rows(browser.page().rows)


def test_ticked_listings_are_chosen_by_their_ids() -> None:
    retired = Listing.objects.get(external_id="b0").pk
    chosen = listings_chosen(Browser(QueryDict("q=nothing")), [retired, 10**15])
    assert [one.external_id for one in chosen] == ["b0"]


def test_everything_that_matches_is_chosen() -> None:
    chosen = listings_chosen(Browser(QueryDict("labels=none")), None)
    assert [one.external_id for one in chosen] == ["b2", "b3", "b4"]


def test_a_filter_that_cannot_be_read_chooses_nothing() -> None:
    with pytest.raises(CatalogError, match="Vertical: 'hat'"):
        listings_chosen(Browser(QueryDict("vertical=hat")), None)


def test_what_matches_a_query_is_what_the_page_shows() -> None:
    rows = listings_matching({"labels": "none", "vertical": "bag"})
    assert sorted(rows.values_list("external_id", flat=True)) == ["b2", "b3", "b4"]
    with pytest.raises(CatalogError, match="'colour' is no filter of listings: use one of q, vertical"):
        listings_matching({"colour": "red"})
    with pytest.raises(CatalogError, match="Split: 'silver'"):
        listings_matching({"split": "silver"})

from datetime import UTC, datetime

import pytest
from django.http import QueryDict
from pytest_django import DjangoAssertNumQueries

from catalog.filters import ListingFilter
from catalog.models import Import, Listing, Status
from tests.factories import ImageFactory, ListingFactory, VerticalFactory

pytestmark = pytest.mark.django_db


def kept(query: str) -> list[str]:
    shown = ListingFilter(QueryDict(query))
    assert shown.problems() == []
    return sorted(shown.qs.values_list("external_id", flat=True))


def import_done(name: str) -> Import:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    times = {"started": now, "heartbeat": now, "finished": now}
    return Import.objects.create(status=Status.DONE, name=name, path=name, **times)


@pytest.fixture(autouse=True)
def listings() -> None:
    bag, hat = VerticalFactory.create(code="bag", label="Bags"), VerticalFactory.create(code="hat")
    autumn = import_done("autumn.csv")
    ListingFactory.create(vertical=bag, external_id="b1", title="Red bag", split="gold")
    ListingFactory.create(vertical=bag, external_id="b2", title="Blue bag", last_import=autumn)
    ListingFactory.create(vertical=hat, external_id="h1", title="Red hat", split="seed")
    ListingFactory.create(vertical=hat, external_id="h2", retired=True)
    for number, listing in enumerate(Listing.objects.order_by("external_id"), 1):
        Listing.objects.filter(pk=listing.pk).update(created=datetime(2026, 11, number, 23, 59, tzinfo=UTC))
    ImageFactory.create(listing=Listing.objects.get(external_id="b1"))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["b1", "b2", "h1"]),
        ("q=red", ["b1", "h1"]),
        ("vertical=bag", ["b1", "b2"]),
        ("split=gold", ["b1"]),
        ("vertical=bag&split=pool", ["b2"]),
        ("created_from=2026-11-02", ["b2", "h1"]),
        ("created_to=2026-11-02", ["b1", "b2"]),
        ("created_from=2026-11-02&created_to=2026-11-02", ["b2"]),
        ("photos=with", ["b1"]),
        ("photos=without", ["b2", "h1"]),
        ("retired=only", ["h2"]),
        ("retired=all", ["b1", "b2", "h1", "h2"]),
        ("q=red&vertical=hat&split=gold", []),
        ("q=&vertical=&split=", ["b1", "b2", "h1"]),
        ("page=7&unknown=1", ["b1", "b2", "h1"]),
    ],
)
def test_a_filter_keeps_its_listings(query: str, ids: list[str]) -> None:
    assert kept(query) == ids


def test_listings_of_an_import_are_those_it_brought_last() -> None:
    assert kept(f"last_import={Import.objects.get().pk}") == ["b2"]


def test_an_old_import_stays_a_choice_while_it_is_chosen() -> None:
    old = Import.objects.get()
    for number in range(51):
        import_done(f"import {number}.csv")
    assert kept(f"last_import={old.pk}") == ["b2"]
    assert (old.pk, "autumn.csv, 25 Nov 2026") not in offered("last_import", "")


def offered(name: str, query: str) -> list[tuple[object, str]]:
    return list(ListingFilter(QueryDict(query)).form.fields[name].choices)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("vertical=shoe", "Vertical: 'shoe':"),
        ("split=silver", "Split: 'silver':"),
        ("last_import=x", "Import: 'x':"),
        ("last_import=" + "9" * 40, "Import: '999"),
        ("created_from=yesterday", "Added from: 'yesterday': Enter a valid date."),
        ("photos=some", "Photos: 'some':"),
        ("retired=maybe", "Use: 'maybe':"),
        ("q=" + "x" * 201, "Search: 'xxx"),
        ("q=a%00b", "Search: 'a\\x00b': Null characters are not allowed."),
        ("vertical=%00", "Vertical: '\\x00':"),
    ],
)
def test_a_filter_that_cannot_be_read_is_named_and_keeps_nothing(query: str, problem: str) -> None:
    shown = ListingFilter(QueryDict(query + "&q=red" if not query.startswith("q=") else query))
    assert not shown.qs.exists()
    assert [text.startswith(problem) for text in shown.problems()] == [True]


def test_set_filters_are_told_in_words() -> None:
    query = "q=red+bag&vertical=bag&split=gold&created_from=2026-11-02&retired=only"
    brought_by = Import.objects.get()
    active = ListingFilter(QueryDict(f"{query}&last_import={brought_by.pk}")).active()
    assert [(one.label, one.text) for one in active] == [
        ("Search", "red bag"),
        ("Vertical", "Bags"),
        ("Split", "Gold"),
        ("Import", f"autumn.csv, {brought_by.created:%-d %b %Y}"),
        ("Added from", "2 Nov 2026"),
        ("Use", "Retired"),
    ]


def test_a_sent_form_stands_for_what_fits() -> None:
    sent = ListingFilter(QueryDict("q=+red+&vertical=&split=silver&photos=with&retired=&apply=1"))
    assert sent.fitting() == {"q": "red", "photos": "with"}


def test_filters_take_few_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    # verticals, imports, listings
    with django_assert_num_queries(3):
        list(ListingFilter(QueryDict("vertical=bag&split=gold&photos=with&q=red")).qs)

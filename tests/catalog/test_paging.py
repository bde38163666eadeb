import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import QuerySet

from catalog import paging
from catalog.models import Listing
from catalog.paging import Cursor, Matches, Order, Page, count_up_to, look_through
from tests.factories import ListingFactory, VerticalFactory

pytestmark = pytest.mark.django_db

NEWEST = Order({"pk": int}, descending=True)
BY_ID = Order({"external_id": str})
BY_DATE = Order({"created": datetime, "pk": int}, descending=True)


@pytest.fixture(params=["few", "many"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways in which a page is found: among counted rows, and along an index."""
    if request.param == "many":
        monkeypatch.setattr(paging, "FEW", 3)
    return str(request.param)


def some(count: int, prefix: str = "l") -> None:
    vertical = VerticalFactory.create(code=prefix)
    for number in range(count):
        ListingFactory.create(vertical=vertical, external_id=f"{prefix}{number:02}")


def matches(order: Order = NEWEST, rows: QuerySet[Listing] | None = None) -> Matches[Listing]:
    return look_through(Listing.objects.all() if rows is None else rows, order=order)


def page(text: str = "", order: Order = NEWEST, size: int = 3) -> Page[Listing]:
    return matches(order).page(Cursor.read(text, order), size=size)


def ids(shown: Page[Listing]) -> list[str]:
    return [listing.external_id for listing in shown.rows]


def pages(order: Order, size: int = 3) -> Iterator[Page[Listing]]:
    """Every page, by the links to the next."""
    shown = page(order=order, size=size)
    yield shown
    while shown.next:
        shown = page(shown.next, order, size)
        yield shown


@pytest.mark.parametrize("order", [NEWEST, BY_ID, BY_DATE])
def test_the_pages_together_are_the_list(kind: str, order: Order) -> None:
    some(8)
    expected = sorted((f"l{number:02}" for number in range(8)), reverse=order.descending)
    shown = list(pages(order))
    assert [listing for one in shown for listing in ids(one)] == expected
    assert [(one.start, one.end) for one in shown] == [(1, 3), (4, 6), (7, 8)]
    assert shown[0].previous == "" and shown[-1].next == ""


@pytest.mark.parametrize("order", [NEWEST, BY_ID, BY_DATE])
def test_a_walk_that_takes_too_long_gives_way_to_sorting(
    monkeypatch: pytest.MonkeyPatch, order: Order
) -> None:
    monkeypatch.setattr(paging, "FEW", 3)
    monkeypatch.setattr(paging, "LONGEST_WALK", 0)
    test_the_pages_together_are_the_list("many", order)


@pytest.mark.parametrize("order", [NEWEST, BY_ID, BY_DATE])
def test_the_way_back_shows_the_same_pages(kind: str, order: Order) -> None:
    some(8)
    first, second, third = pages(order)
    back = page(third.previous, order)
    assert (ids(back), back.start) == (ids(second), 4)
    assert ids(page(back.previous, order)) == ids(first)


def test_rows_that_tie_are_neither_shown_twice_nor_left_out(kind: str) -> None:
    some(7)
    Listing.objects.update(created=datetime(2026, 11, 25, tzinfo=UTC))
    shown = [listing for one in pages(BY_DATE, size=2) for listing in ids(one)]
    assert shown == [f"l{number:02}" for number in reversed(range(7))]


def test_rows_that_come_while_somebody_pages_change_no_page(kind: str) -> None:
    some(6)
    first = page()
    some(4, "new")
    second = page(first.next)
    assert ids(second) == ["l02", "l01", "l00"]
    assert ids(page(second.previous)) == ids(first)


def test_rows_that_go_while_somebody_pages_leave_no_gap(kind: str) -> None:
    some(8)
    first = page()
    Listing.objects.filter(external_id__in=["l05", "l04"]).delete()
    assert ids(page(first.next)) == ["l03", "l02", "l01"]


def test_a_page_before_which_too_little_is_left_is_the_first(kind: str) -> None:
    some(6)
    back = page(page().next).previous
    Listing.objects.filter(external_id="l05").delete()
    shown = page(back)
    assert (ids(shown), shown.start, shown.previous) == (["l04", "l03", "l02"], 1, "")


def test_a_page_of_which_nothing_is_left_is_the_first(kind: str) -> None:
    some(6)
    after = page().next
    Listing.objects.filter(external_id__lt="l03").delete()
    shown = page(after)
    assert (ids(shown), shown.start) == (["l05", "l04", "l03"], 1)


def test_totals_are_exact_where_rows_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "FEW", 5)
    assert (page().total, page().start, page().end) == (0, 0, 0)
    some(5)
    assert (page().total, page().is_counted) == (5, True)
    some(1, "more")
    assert (page().total, page().is_counted) == (5, False)


def test_rows_are_counted_up_to_a_number() -> None:
    some(4)
    assert [count_up_to(Listing.objects.all(), most) for most in (3, 4, 5)] == [4, 4, 4]
    assert count_up_to(Listing.objects.all(), 2) == 3


def test_only_what_the_filters_keep_is_shown(kind: str) -> None:
    some(5)
    some(5, "m")
    kept = Listing.objects.filter(external_id__startswith="m")
    found = matches(rows=kept)
    assert ids(found.page(None, size=9)) == ["m04", "m03", "m02", "m01", "m00"]


def test_neighbours_are_those_in_the_list(kind: str) -> None:
    some(5)
    second = Listing.objects.get(external_id="l03")
    before, after = matches().neighbours(second)
    assert (before and before.external_id, after and after.external_id) == ("l04", "l02")
    newest = Listing.objects.get(external_id="l04")
    assert matches().neighbours(newest)[0] is None
    outside = matches(rows=Listing.objects.exclude(pk=second.pk)).neighbours(second)
    assert [one and one.external_id for one in outside] == ["l04", "l02"]


def test_a_cursor_is_read_as_it_was_written() -> None:
    moment = datetime(2026, 11, 25, 21, 9, tzinfo=UTC) + timedelta(microseconds=7)
    cursor = Cursor((moment, 12), True, 51)
    assert Cursor.read(str(cursor), BY_DATE) == cursor
    odd = Cursor(("a/b?ü 🧥",), False, 0)
    assert Cursor.read(str(odd), BY_ID) == odd


@pytest.mark.parametrize(
    "raw",
    [
        [],
        {},
        "text",
        [1],
        [1, 0],
        [True, 0, 1],
        ["1", 0, 1],
        [1, 0, 1, 1],
        [2**70, 0, 1],
        [1, 0, "first"],
        [None, 0, 1],
    ],
)
def test_a_foreign_cursor_means_the_first_page(raw: object) -> None:
    text = base64.urlsafe_b64encode(json.dumps(raw).encode()).decode()
    assert Cursor.read(text, NEWEST) is None


@pytest.mark.parametrize("part", ["\0", "\ud800", "", 5])
def test_a_cursor_that_no_database_takes_means_the_first_page(part: object) -> None:
    text = base64.urlsafe_b64encode(json.dumps([part, 0, 1]).encode()).decode()
    assert Cursor.read(text, BY_ID) is None


@pytest.mark.parametrize("moment", ["2026-11-25", "soon", "0001-01-01T00:00:00+14:00", 5, None])
def test_a_cursor_with_no_moment_means_the_first_page(moment: object) -> None:
    text = base64.urlsafe_b64encode(json.dumps([moment, 1, 0, 1]).encode()).decode()
    assert Cursor.read(text, BY_DATE) is None


@pytest.mark.parametrize("text", ["", "!", "WzFd", "é", "=" * 5, "A" * 10_000])
def test_what_is_no_cursor_at_all_means_the_first_page(text: str) -> None:
    assert Cursor.read(text, NEWEST) is None

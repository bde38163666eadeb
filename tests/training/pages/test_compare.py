"""Any two versions, or the best of two rounds, side by side."""

from typing import Any

import pytest

from attrx_web.roles import Role
from catalog.services.scopes import scopes_set
from tests.factories import user_with
from tests.scoped import request_of
from tests.training.registry import round_over, version_with
from training.drilldown import Gold, listings_address
from training.models import Alias, AliasName, ModelVersion
from training.pages.compare import ComparePage, compare_page
from training.selectors.golds import gold_answers

pytestmark = pytest.mark.django_db


@pytest.fixture
def two() -> tuple[ModelVersion, ModelVersion]:
    """Two versions: the first knows all of the bags and half of the caps, the second the other way round."""
    sizes = {"bag": 12, "cap": 12}
    older = version_with(round_over(sizes), {"bag": 6, "cap": 12})
    newer = version_with(round_over(sizes), {"bag": 12, "cap": 6})
    return newer, older


NOTHING = {"show": "", "vertical": "", "attribute": "", "number": ""}


def page_of(first: str = "", second: str = "", **asked: Any) -> ComparePage:
    return compare_page(first=first, second=second, **NOTHING | asked)


def key(version: ModelVersion) -> str:
    return f"version-{version.pk}"


def test_each_vertical_has_both_accuracies_their_difference_and_a_test(
    two: tuple[ModelVersion, ModelVersion],
) -> None:
    page = page_of(*map(key, two))
    shown = [
        (line.slice.label, line.first_percent, line.second_percent, line.points_text, line.tone, line.p_cell)
        for vertical in page.verticals
        for line in (vertical.whole, *vertical.attributes)
    ]
    assert shown == [
        ("bag", "100.0", "50.0", "+50.0", "better", "0.031"),
        ("colour", "100.0", "50.0", "+50.0", "better", "0.031"),
        ("cap", "50.0", "100.0", "−50.0", "worse", "0.031"),
        ("colour", "50.0", "100.0", "−50.0", "worse", "0.031"),
    ]
    assert page.whole is not None
    assert (page.whole.points_text, page.whole.tone, page.whole.p_text) == ("0.0", "", "= 1.000")


def test_listings_are_those_on_which_one_alone_is_right(two: tuple[ModelVersion, ModelVersion]) -> None:
    page = page_of(*map(key, two))
    assert page.page is not None and page.page.paginator.count == 12
    assert [won.card.external_id for won in page.listings][:2] == ["bag-10", "bag-11"]
    assert len(page_of(*map(key, two), number="2").listings) == 2


@pytest.mark.parametrize(("show", "vertical", "count"), [("wins", "", 6), ("losses", "", 6), ("", "cap", 6)])
def test_listings_can_be_narrowed(
    two: tuple[ModelVersion, ModelVersion], show: str, vertical: str, count: int
) -> None:
    page = page_of(*map(key, two), show=show, vertical=vertical)
    assert page.page is not None and page.page.paginator.count == count
    assert not (show == "wins" and any(not one.first_right for won in page.listings for one in won.questions))


def test_an_attribute_narrows_the_listings_of_its_vertical(two: tuple[ModelVersion, ModelVersion]) -> None:
    found = page_of(*map(key, two), vertical="cap", attribute="colour").page
    none = page_of(*map(key, two), vertical="cap", attribute="shape").page
    assert found is not None and none is not None
    assert (found.paginator.count, none.paginator.count) == (6, 0)


def test_accuracies_lead_to_what_each_was_asked(two: tuple[ModelVersion, ModelVersion]) -> None:
    newer, older = two
    page = page_of(key(newer), key(older))
    line = page.verticals[1].attributes[0]
    assert line.first_address == listings_address(Gold(newer.round_id, 0), vertical="cap", attribute="colour")
    assert line.second_address == listings_address(
        Gold(older.round_id, 0), vertical="cap", attribute="colour"
    )
    assert line.place == "vertical=cap&attribute=colour"
    assert page.whole is not None and page.whole.first_address == listings_address(Gold(newer.round_id, 0))


def test_an_accuracy_on_some_of_what_was_asked_leads_nowhere(two: tuple[ModelVersion, ModelVersion]) -> None:
    smaller = version_with(round_over({"bag": 6}), {"bag": 6})
    page = page_of(key(two[0]), key(smaller))
    assert page.whole is not None and page.whole.first_address == ""
    assert page.whole.second_address == listings_address(Gold(smaller.round_id, 0))


def test_a_round_stands_for_its_best_version(two: tuple[ModelVersion, ModelVersion]) -> None:
    newer, older = two
    best = version_with(older.round, {"bag": 12, "cap": 12}, 1)
    page = page_of(f"round-{older.round_id}", key(newer))
    assert page.first is not None and page.first.version_id == best.pk


def test_without_a_choice_the_newest_is_compared_with_one_of_another_round(
    two: tuple[ModelVersion, ModelVersion],
) -> None:
    page = page_of("version-999", "nonsense")
    assert [one and one.version_id for one in (page.first, page.second)] == [one.pk for one in two]


def test_choices_name_round_iteration_accuracy_and_alias(two: tuple[ModelVersion, ModelVersion]) -> None:
    newer, _ = two
    Alias.objects.create(name=AliasName.CHAMPION, version=newer)
    assert page_of().choices[0].label == f"Round {newer.round_id}, SFT: 75.0 %, champion"


def test_versions_of_different_gold_sets_say_what_to_do() -> None:
    first = version_with(round_over({"bag": 2}), {"bag": 1})
    second = version_with(round_over({"cap": 2}), {"cap": 1})
    page = page_of(key(first), key(second))
    assert page.problem.startswith("The two have no gold question in common: start a round")
    assert page.whole is None


def test_answers_that_were_not_kept_say_what_to_do(two: tuple[ModelVersion, ModelVersion]) -> None:
    newer, older = two
    gold_answers(version_id=older.pk).delete()
    assert "its answers on gold are not kept" in page_of(key(newer), key(older)).problem


def test_one_version_alone_cannot_be_compared() -> None:
    version_with(round_over({"bag": 2}), {"bag": 1})
    page = page_of()
    assert page.first is not None and page.second is None


def test_figures_are_whole_and_listings_those_of_the_persons_verticals(
    two: tuple[ModelVersion, ModelVersion],
) -> None:
    person = user_with(Role.REVIEWER)
    scopes_set(person=person, verticals=["cap"])
    with request_of(person):
        page = page_of(*map(key, two))
    assert [vertical.whole.slice.label for vertical in page.verticals] == ["bag", "cap"]
    assert page.page is not None and page.page.paginator.count == 6
    assert {won.card.external_id.partition("-")[0] for won in page.listings} == {"cap"}

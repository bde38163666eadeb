"""The pages of reviewers, looked at: what their verdicts became, wrong consensus, reliability, settings."""

import pytest
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from catalog.models import Status
from labeling.models import Purpose, PurposeRule
from labeling.services.tasks import tasks_open
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.factories import user_with
from tests.training.reviews import pool, verdict, vote
from tests.training.rounds import round_in, small_catalogue, version_of
from training.models import VerdictUse

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reviewed(db: None) -> None:
    """Two rounds: reviewers judged what the first one voted, and the second learned from most of it."""
    small_catalogue()
    user_with(Role.REVIEWER)
    first, second = round_in(Status.DONE), round_in(Status.DONE)
    before, after = version_of(first), version_of(second)
    mine = []
    for place, listing in enumerate([*pool(), *pool("lamp")]):
        for attribute in ("color", "shape"):
            vote(before, listing, attribute, red=8 - place, blue=place)
            vote(after, listing, attribute, red=place, blue=8 - place)
            mine.append(verdict(listing, attribute, by="reviewer"))
            value = "red" if place == 3 and attribute == "shape" else "blue"
            verdict(listing, attribute, value, by="rob", settles=False)
    uses = [VerdictUse(round=second, verdict=one, weight=0.9) for one in mine[:6]]
    VerdictUse.objects.bulk_create(uses)
    tasks_open(listing_ids=[listing.pk for listing in pool()], purpose=Purpose.REVIEW)
    PurposeRule.objects.update_or_create(purpose=Purpose.REVIEW, defaults={"second_opinion": 20})


def test_a_reviewer_follows_their_verdicts_into_the_round(
    page: Page, sign_in: SignIn, reviewed: None
) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/review/")
    expect(page.get_by_role("link", name="Begin Review")).to_have_attribute(
        "href", "/label/work/?purpose=review"
    )
    expect(page.get_by_text("Your 6 verdicts are in round")).to_be_visible()
    look_at(page, "review")
    page.get_by_role("link", name="Wrong consensus").click()
    expect(page.get_by_role("heading", name="Wrong consensus")).to_be_visible()
    page.get_by_label("Version that voted").select_option(index=1)
    page.get_by_label("Agreement, at least").select_option("60")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("people rejected 8.")).to_be_visible()
    look_at(page, "consensus")


def test_an_admin_sees_how_reliable_everybody_is_and_sets_second_opinions(
    page: Page, sign_in: SignIn, reviewed: None
) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/label/agreement/")
    table = page.get_by_role("region", name="Reliability of reviewers")
    expect(table.get_by_role("rowheader")).to_have_text(["reviewer", "rob", "Everybody"])
    look_at(page, "reliability")
    page.goto("/label/settings/")
    expect(page.get_by_label("Second opinion, % of listings")).to_have_value("20")
    page.get_by_label("Second opinion, % of listings").fill("25")
    page.get_by_role("button", name="Save Review").click()
    expect(page.get_by_label("Second opinion, % of listings")).to_have_value("25")
    look_at(page, "second-opinion")

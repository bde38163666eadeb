"""What comes back to people: disputes for a reviewer, and listings that a reviewer sent back."""

import pytest
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from labeling.models import Label, Provenance, Purpose, Turn
from labeling.services.turns import turn_send_back
from tests.browser.conftest import SignIn
from tests.browser.labelling import (
    begin,
    finishes,
    kurta,
    open_tasks,
    press,
    rule,
    saved,
    shows,
    ten_questions,
)
from tests.browser.looking import look_at
from tests.labeling.workspace import reviewer

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reviewer_decides_between_two_people(page: Page, sign_in: SignIn) -> None:
    rule(Purpose.SEED, overlap=2, agree=2)
    (listing,) = open_tasks(1, kurta(*ten_questions()[:3]))
    finishes("anna", "red", "solid", "round")
    finishes("bela", "blue", "solid", "round")
    sign_in(page, Role.REVIEWER)
    page.goto("/label/work/?purpose=adjudication")
    shows(page, listing)
    expect(page.get_by_text("0 of 1 answered")).to_be_visible()
    said = page.get_by_role("list", name="What others said").get_by_role("listitem")
    expect(said).to_have_text(["annared", "belablue"])
    look_at(page, "label-dispute")
    press(page, "2")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    saved(page)
    label = Label.objects.get(listing=listing, attribute__code="colour")
    assert (label.values, label.provenance) == (["blue"], Provenance.ADJUDICATION)


def test_a_listing_that_was_sent_back_says_why(page: Page, sign_in: SignIn) -> None:
    first, second = open_tasks(2, kurta(*ten_questions()[:3]))
    finishes("annotator", "red", "solid", "round")
    turn = Turn.objects.get(task__listing=first)
    turn_send_back(turn_id=turn.pk, by=reviewer(), text="Look at the second photo.")
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    expect(page.get_by_text("rita sent this back: @annotator Look at the second photo.")).to_be_visible()
    page.get_by_text("1 remark").click()
    expect(page.get_by_role("list", name="Remarks")).to_contain_text("Look at the second photo.")
    look_at(page, "label-returned")
    press(page, "4")
    saved(page)
    press(page, "ArrowDown", "ArrowDown", "Enter")
    shows(page, second)
    saved(page)
    turn.refresh_from_db()
    assert turn.returned is None
    assert Label.objects.get(listing=first, attribute__code="colour").values == ["yellow"]

"""The pages around the work: board, people, settings, adjudication, agreement, flags, mentions, seeds."""

import io
import re
from collections.abc import Iterator, Sequence

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from catalog.demo.generate import render_listing
from catalog.models import Listing, Photo, Vertical
from catalog.schema.spec import VerticalSpec
from catalog.services.photos import photos_intake
from catalog.services.schema import schema_save
from labeling.models import Comment, Label, LabelRevision, Provenance, Purpose, Task, VerticalAssignment
from labeling.services import label_record
from labeling.services.rules import rule_set
from labeling.services.talk import comment_add
from labeling.services.tasks import tasks_open
from tests.browser.conftest import SignIn
from tests.browser.labelling import QUESTIONS, kurta, open_tasks, question, ten_questions
from tests.browser.looking import look_at
from tests.factories import ImageFactory, ListingFactory, user_with
from tests.labeling.workspace import answer, claim, message, send, statuses
from tests.queues import memory_queue

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tasks that are sent wait in memory."""
    with memory_queue(monkeypatch, "default"):
        yield


@pytest.fixture
def shop(db: None) -> list[Listing]:
    """Twelve kurtas that two people each answer as gold, six seeds of watches, and people who began."""
    for role in Role:
        user_with(role)
    anna, ben = user_with(Role.ANNOTATOR, "anna"), user_with(Role.ANNOTATOR, "ben")
    rule_set(purpose=Purpose.GOLD, overlap=2, agree=2, suggestions=False, by=anna)
    listings = open_tasks(12, kurta(*ten_questions()), purpose=Purpose.GOLD, photos=1)
    schema_save(spec=VerticalSpec("watch", "Watch", (question("Strap", ("leather", "steel", "rubber")),)))
    watch = Vertical.objects.get(code="watch")
    watches = [ListingFactory.create(vertical=watch, external_id=f"watch/{place}") for place in range(6)]
    tasks_open(listing_ids=[one.pk for one in watches], purpose=Purpose.SEED)
    VerticalAssignment.objects.create(person=ben, vertical=listings[0].vertical)
    finish(anna, 10, [0] * 10, seconds=31)
    finish(ben, 8, [0] * 10, seconds=24)
    finish(ben, 2, [1, 0, 2, 0, 0, 0, 0, 0, 0, 1], seconds=19)
    text = "Is a mandarin collar a shirt collar? @admin and @annotator"
    comment_add(listing=listings[0], attribute="neckline", author=ben, text=text, flag=True)
    comment_add(listing=listings[1], attribute="", author=anna, text="Two kurtas in one photo.", flag=True)
    return listings


def finish(person: User, count: int, places: Sequence[int], *, seconds: float) -> None:
    """Have the person answer so many listings by the places of values in QUESTIONS."""
    leases = [lease for _ in range(count) for lease in claim(person)]
    values = [values[place] for values, place in zip(QUESTIONS.values(), places, strict=True)]
    for lease in leases:
        replies = send(
            person,
            *(
                answer(lease, code(label), code(value))
                for label, value in zip(QUESTIONS, values, strict=True)
            ),
            message("finish", lease, seconds=seconds),
        )
        assert set(statuses(replies)) == {"done"}, replies


def code(label: str) -> str:
    return label.lower().replace(" ", "_").replace("-", "_")


def test_an_annotator_sees_what_waits_and_begins(page: Page, sign_in: SignIn, shop: list[Listing]) -> None:
    me = sign_in(page, Role.ANNOTATOR)
    finish(me, 1, [0] * 10, seconds=12)
    page.goto("/label/")
    expect(page.get_by_role("heading", name="Waits for you")).to_be_visible()
    expect(page.get_by_role("link", name="Mentions 1 new")).to_be_visible()
    expect(page.get_by_role("link", name="People")).to_have_count(0)
    look_at(page, "board-annotator")
    page.get_by_role("link", name="6 of Watch, begin with seed").click()
    expect(page).to_have_url(re.compile(r"/label/work/\?purpose=seed&vertical="))


def test_a_manager_sees_everybody_and_assigns_a_vertical(
    page: Page, sign_in: SignIn, shop: list[Listing]
) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/label/")
    look_at(page, "board-admin")
    page.get_by_role("main").get_by_role("link", name="People").click()
    row = page.get_by_role("row", name="ben")
    expect(row.first).to_contain_text("Kurta")
    look_at(page, "people")
    page.get_by_role("link", name="anna").click()
    expect(page.get_by_role("heading", name="anna", level=1)).to_be_visible()
    look_at(page, "people-person")
    page.get_by_label("Watch").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Works on 1 vertical from now on.")
    expect(page.get_by_label("Watch")).to_be_checked()
    assert VerticalAssignment.objects.filter(person__username="anna", vertical__code="watch").exists()


def test_settings_are_changed_for_a_purpose(page: Page, sign_in: SignIn, shop: list[Listing]) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/label/settings/")
    look_at(page, "settings")
    gold = page.get_by_role("region", name="Gold")
    gold.get_by_label("People for each listing").fill("3")
    gold.get_by_role("button", name="Save Gold").click()
    expect(page.get_by_role("alert")).to_contain_text("Gold is worked on so from now on.")
    expect(gold.get_by_label("People for each listing")).to_have_value("3")
    gold.get_by_label("Must agree").fill("4")
    gold.get_by_role("button", name="Save Gold").click()
    expect(page.get_by_role("alert")).to_contain_text("4 of 3 cannot agree")


def test_a_reviewer_decides_what_is_disputed_and_sends_back(
    page: Page, sign_in: SignIn, shop: list[Listing]
) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/label/adjudication/")
    expect(page.get_by_text("2 listings on which people said different things")).to_be_visible()
    dispute = page.get_by_role("article").nth(1)
    expect(dispute.get_by_role("row", name="Colour")).to_contain_text("redblue")
    dispute.get_by_text("Send back to ben").click()
    look_at(page, "adjudication")
    dispute.get_by_label("What is ben to look at again?").fill("The colour.")
    dispute.get_by_role("button", name="Send back").click()
    expect(page.get_by_role("alert")).to_contain_text("Sent back, with your comment.")
    expect(page.get_by_role("article").nth(1).get_by_text("sent back")).to_be_visible()
    title = page.get_by_role("article").nth(1).get_by_role("heading").inner_text()
    page.get_by_role("article").nth(1).get_by_role("link", name="Decide").click()
    expect(page.get_by_text(title).first).to_be_visible()


def test_a_reviewer_looks_at_agreement(page: Page, sign_in: SignIn, shop: list[Listing]) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/label/agreement/")
    look_at(page, "agreement")
    page.get_by_role("link", name="Kurta").click()
    expect(page.get_by_role("link", name="Colour")).to_be_visible()
    look_at(page, "agreement-vertical")
    page.get_by_role("link", name="Colour").click()
    expect(page.get_by_role("row", name="red 8 86 % blue 2")).to_be_visible()
    look_at(page, "agreement-attribute")


def test_flags_are_dealt_with_and_mentions_are_read(page: Page, sign_in: SignIn, shop: list[Listing]) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/label/flags/")
    first = page.get_by_role("listitem").filter(has_text="mandarin collar")
    first.get_by_text("Deal with it").click()
    look_at(page, "flags")
    first.get_by_role("textbox").fill("Yes. @ben")
    first.get_by_role("button", name="It is dealt with").click()
    expect(page.get_by_role("alert")).to_contain_text("The flag is dealt with.")
    assert Comment.objects.filter(text="Yes. @ben", mentions__person__username="ben").exists()
    page.get_by_role("link", name="Mentions 1 new").click()
    expect(page.get_by_role("button", name="I have seen these")).to_be_visible()
    look_at(page, "mentions")
    page.get_by_role("button", name="I have seen these").click()
    expect(page.get_by_role("link", name="Mentions", exact=True)).to_be_visible()


def test_an_admin_lets_seeds_be_proposed_and_asks_for_them(page: Page, sign_in: SignIn, db: None) -> None:
    vertical = kurta(*ten_questions())
    for number in range(24):
        offer(vertical, number)
    sign_in(page, Role.ADMIN)
    page.goto("/label/seeds/")
    look_at(page, "seeds")
    page.get_by_role("link", name="Kurta", exact=True).click()
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_role("heading", name="10 listings proposed")).to_be_visible()
    look_at(page, "seeds-proposed")
    page.get_by_role("link", name="Leave out").first.click()
    page.get_by_role("link", name="Add").first.click()
    page.get_by_role("button", name="Put into the seed set, and ask people to label 10").click()
    expect(page.get_by_role("alert").first).to_contain_text("People are asked to label 10 listings.")
    assert Task.objects.filter(purpose=Purpose.SEED).count() == 10
    look_at(page, "seeds-there")
    page.get_by_label("At random").check()
    page.get_by_label("Size of the seed set").fill("12")
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_role("heading", name="2 listings proposed")).to_be_visible()


def offer(vertical: Vertical, number: int) -> None:
    """A listing of the demo's kurtas, with its title."""
    drawn = render_listing(vertical="kurta", index=number, look="studio", seed=5, size=160)
    file = io.BytesIO()
    drawn.photos[0].save(file, "JPEG", quality=90)
    photo = photos_intake(names=["photo"], read=lambda _: file.getvalue())["photo"]
    assert isinstance(photo, Photo)
    title = f"{drawn.attributes['color']} kurta no. {number}"
    listing = ListingFactory.create(vertical=vertical, external_id=f"kurta/{number:03}", title=title)
    ImageFactory.create(listing=listing, photo=photo)


def test_a_reviewer_restores_what_a_label_said(page: Page, sign_in: SignIn, db: None) -> None:
    [listing] = open_tasks(1, kurta(*ten_questions()), photos=1)
    colour = listing.vertical.attributes.get(code="colour")
    for value in ("red", "blue"):
        label_record(listing=listing, attribute=colour, provenance=Provenance.ANNOTATION, values=[value])
    sign_in(page, Role.REVIEWER)
    page.goto("/listings/kurta%2F000/")
    look_at(page, "listing-history")
    page.get_by_role("button", name="Restore Colour: red").click()
    expect(page.get_by_role("alert")).to_contain_text("Colour says again what it said.")
    assert Label.objects.get().values == ["red"]
    assert LabelRevision.objects.count() == 3

"""The review screen: the vote, its reasoning, and the keys of a reviewer."""

import pytest
from django.conf import settings
from playwright.sync_api import Page, Response, expect

from attrx_web.roles import Role
from catalog.models import Listing
from labeling.chains import Chain
from labeling.models import Annotation, Comment, Label, Provenance, Purpose, Turn
from labeling.services import label_record
from labeling.services.tasks import tasks_open
from tests.browser.conftest import WIDE, SignIn
from tests.browser.labelling import (
    code,
    finishes,
    kurta,
    open_tasks,
    press,
    rule,
    saved,
    shows,
    ten_questions,
)
from tests.browser.looking import look_at, picture
from tests.labeling.reviews import chains, voted

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/label/work/?purpose=review"


def reviews(
    number: int, questions: int = 1, purpose: Purpose = Purpose.REVIEW, **fields: object
) -> list[Listing]:
    """So many listings to review, with a vote on each of so many questions: three of eight say otherwise."""
    rule(Purpose.REVIEW, suggestions=True)
    asked = ten_questions()[:questions]
    listings = open_tasks(number, kurta(*asked), purpose=purpose)
    for listing in listings:
        for attribute in asked:
            first, second, *_ = attribute.values
            vote = {first.label: 0.625, second.label: 0.375}
            voted(listing, attribute.code, vote, chains=chains(vote))
    return listings


def begin(page: Page, listing: Listing) -> None:
    page.goto(PAGE)
    shows(page, listing)


def test_twenty_questions_take_twenty_keys(page: Page, sign_in: SignIn) -> None:
    listings = reviews(10, questions=2)
    sign_in(page, Role.REVIEWER)
    begin(page, listings[0])
    presses = 0
    for listing in listings:
        shows(page, listing)
        presses += press(page, "Enter", "Enter")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    saved(page)
    assert presses == 20
    labels = Label.objects.values_list("attribute__code", "values", "provenance")
    assert sorted(map(str, labels)) == sorted(
        str((name, [value], "verdict")) for name, value in (("colour", "red"), ("pattern", "solid")) * 10
    )
    assert not Turn.objects.filter(finished=None).exists()
    assert Annotation.objects.filter(suggestion=None).count() == 0


def test_the_vote_is_a_bar_and_its_chains_are_read(page: Page, sign_in: SignIn) -> None:
    rule(Purpose.SEED, overlap=2, agree=2)
    rule(Purpose.REVIEW, suggestions=True)
    listings = open_tasks(2, kurta(*ten_questions()[:3]))
    finishes("anna", "blue", "solid", "round")
    finishes("bela", "red", "solid", "round")
    finishes("carl", "blue", "solid", "round")
    first, second = listings
    alike(second)
    tasks_open(listing_ids=[first.pk], purpose=Purpose.REVIEW, asks=["colour", "neckline"])
    vote = {"red": 0.5, "blue": 0.25, "pink": 0.125}
    voted(first, "colour", vote, source="kurta v3", chains=written())
    voted(first, "neckline", {"round": 0.5, "V-neck": 0.5})
    sign_in(page, Role.REVIEWER)
    begin(page, first)
    bar = page.get_by_role("group", name="kurta v3, 8 chains")
    expect(bar.get_by_role("button")).to_have_text(["red4", "blue2", "pink1", "No answer1"])
    expect(page.get_by_role("group", name="People, 2")).to_contain_text("blue · anna, carl")
    expect(page.get_by_role("radio", name="red")).to_contain_text("majority4 of 8")
    best = page.locator(".chain").first
    expect(best).to_contain_text("deep crimson")
    expect(best.locator("mark")).to_have_text(["deep crimson,", "red"])
    expect(page.get_by_role("list", name="Similar confirmed listings").get_by_role("img")).to_have_count(1)
    look_at(page, "review")
    page.set_viewport_size({"width": 1024, "height": 768})
    picture(page, "review-1024-light")
    expect(page.get_by_role("region", name="Reasoning", exact=True)).to_be_in_viewport()
    page.set_viewport_size(WIDE)
    press(page, " ")
    expect(page.get_by_role("button", name="blue 2 of 8", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.locator(".chain").first.locator("mark")).to_have_text(["shadow on navy,", "blue"])
    bar.get_by_role("button", name="pink").focus()
    press(page, "Enter")
    expect(bar.get_by_role("button", name="pink")).to_be_focused()
    expect(page.locator(".chain").first).to_contain_text("faded rose")
    bar.get_by_role("button", name="No answer").click()
    expect(page.locator(".chain").first).to_contain_text("I cannot tell, the photo is too dark.")
    look_at(page, "review-none")


def alike(listing: Listing) -> None:
    """People confirmed that this listing is blue."""
    label_record(
        listing=listing,
        attribute=listing.vertical.attributes.get(code="colour"),
        provenance=Provenance.ANNOTATION,
        values=["blue"],
    )


def written() -> list[Chain]:
    """Eight chains, the surest not the first."""
    text = (
        "Photo 1 shows the kurta from the front. The cloth of the body is {}, and so are the sleeves.\n"
        "Answer: {}"
    )
    said: list[tuple[str, str, float | None]] = [
        ("red", "a warm brick", -1.5),
        ("red", "deep crimson", -0.2),
        ("red", "scarlet", -0.9),
    ]
    said += [("red", "red", None), ("blue", "shadow on navy", -0.7), ("blue", "dark blue", -1.1)]
    said += [("pink", "faded rose", -2.0)]
    known = [Chain(text.format(seen, answer), answer, sure) for answer, seen, sure in said]
    return [*known, Chain("I cannot tell, the photo is too dark.")]


def test_wrong_reasoning_is_noted_with_the_right_value(page: Page, sign_in: SignIn) -> None:
    first, second = reviews(2, questions=2)
    sign_in(page, Role.REVIEWER)
    begin(page, first)
    press(page, "w")
    expect(page.get_by_role("button", name="Colour")).to_contain_text("wrong reasoning")
    press(page, "2")
    shows(page, second)
    press(page, "z", "ArrowUp", "w")
    expect(page.get_by_role("heading", name="Colour")).to_be_visible()
    saved(page)
    said = Annotation.objects.filter(withdrawn=None, listing=first)
    assert list(said.values_list("attribute__code", "values", "reasoning_wrong")) == [
        ("colour", ["red"], False)
    ]
    press(page, "w", "ArrowDown", "Enter")
    shows(page, second)
    saved(page)
    kept = Annotation.objects.filter(withdrawn=None, listing=first).order_by("attribute")
    assert list(kept.values_list("values", "reasoning_wrong")) == [(["red"], True), (["solid"], False)]


def test_an_unclear_guideline_is_flagged_beside_its_text(page: Page, sign_in: SignIn) -> None:
    (first,) = reviews(1, questions=2)
    sign_in(page, Role.REVIEWER)
    begin(page, first)
    press(page, "g")
    dialog = page.get_by_role("dialog", name="Guideline: Colour")
    expect(dialog).to_contain_text("The colour of the largest part.")
    page.keyboard.type("What of checks?")
    look_at(page, "review-unclear")
    press(page, "Control+Enter")
    expect(page.get_by_text("Flagged.")).to_be_visible()
    press(page, "g", "Escape")
    expect(dialog).to_be_hidden()
    saved(page)
    flag = Comment.objects.get()
    assert flag.attribute is not None and flag.attribute.code == "colour"
    assert (flag.text, flag.is_flag) == ("Guideline unclear: What of checks?", True)


def test_a_review_is_skipped_and_undone(page: Page, sign_in: SignIn) -> None:
    first, second, third = reviews(3)
    sign_in(page, Role.REVIEWER)
    begin(page, first)
    press(page, "s")
    expect(page.get_by_role("dialog", name="Skip this listing")).to_be_visible()
    press(page, "Enter")
    shows(page, second)
    press(page, "Enter")
    shows(page, third)
    press(page, "z")
    shows(page, second)
    expect(page.get_by_text("0 of 1 answered")).to_be_visible()
    press(page, "n")
    shows(page, third)
    saved(page)
    label = Label.objects.get()
    assert (label.listing, label.values, label.state) == (second, [], "not_visible")


def test_a_question_whose_majority_is_not_offered_any_more_is_answered_by_hand(
    page: Page, sign_in: SignIn
) -> None:
    (first,) = reviews(1)
    voted(first, "colour", {"mauve": 0.75, code("red"): 0.25})
    sign_in(page, Role.REVIEWER)
    begin(page, first)
    press(page, "Enter")
    expect(page.get_by_text("Choose a value, or say why there is none.")).to_be_visible()
    press(page, "1")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    saved(page)
    assert Label.objects.get().values == ["red"]


def test_an_audit_shows_nothing_of_the_model(page: Page, sign_in: SignIn) -> None:
    rule(Purpose.AUDIT, suggestions=True)
    (listing,) = open_tasks(1, kurta(*ten_questions()[:1]), purpose=Purpose.AUDIT)
    vote = {"red": 0.625, "Quetzal": 0.375}
    said = [Chain("Xylophone", "red", -0.5), Chain("Ocelot", "Quetzal", -0.25)]
    voted(listing, "colour", vote, source="Zanzibar v7", chains=said)
    came: list[str] = []
    page.on("response", lambda answer: came.append(f"{answer.url} {answer.headers} {body(answer)}"))
    sign_in(page, Role.REVIEWER)
    page.goto("/label/work/?purpose=audit")
    shows(page, listing)
    expect(page.get_by_text("What the model answered is not shown.")).to_be_visible()
    look_at(page, "audit")
    seen = [page.content()]
    press(page, "w", " ")
    expect(page.get_by_text("There is no reasoning behind this answer.")).to_be_visible()
    press(page, "Enter")
    expect(page.get_by_text("Choose a value, or say why there is none.")).to_be_visible()
    expect(page.get_by_role("region", name="Reasoning")).to_be_hidden()
    press(page, "1")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    press(page, "[")
    expect(page.get_by_text("You finished this at")).to_be_visible()
    saved(page)
    seen.append(page.content())
    for word in ("Zanzibar", "Quetzal", "Xylophone", "Ocelot", "majority\n"):
        assert not any(word in text for text in (*seen, *came)), word
    assert any("/label/api/" in one for one in came) and any(
        "/media/" in one or "/web" in one for one in came
    )


def body(answer: Response) -> str:
    """What came, where it is text."""
    kind = answer.headers.get("content-type", "")
    return answer.text() if answer.status == 200 and ("json" in kind or "html" in kind) else ""


DIFFER = """async ([address, one, other]) => {
  const { differing } = await import(address);
  return differing(one, other).map(({ text, differs }) => (differs ? `[${text}]` : text));
}"""


@pytest.mark.parametrize(
    ("one", "other", "pieces"),
    [
        ("It is red.", "It is red.", ["It is red."]),
        ("It is deep red.", "It is blue.", ["It is ", "[deep red.]"]),
        ("It IS red!", "it is: red", ["It IS red!"]),
        ("a b c d", "b d", ["[a]", " b ", "[c]", " d"]),
        ("red cloth\n\nand seams  ", "cloth and seams", ["[red]", " cloth\n\nand seams  "]),
        ("", "red", []),
        ("red", "", ["[red]"]),
        ("–", "red", ["–"]),
    ],
)
def test_texts_differ_by_words(page: Page, sign_in: SignIn, one: str, other: str, pieces: list[str]) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/label/")
    address = f"{settings.STATIC_URL}js/label/diff.js"
    found = page.evaluate(DIFFER, [address, one, other])
    assert found == pieces
    assert "".join(piece.strip("[]") for piece in found) == one

"""The labelling screen with the keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from labeling.models import Annotation, Comment, Label, SetAside, Turn
from labeling.services import suggestion_add
from tests.browser.conftest import SignIn
from tests.browser.labelling import (
    QUESTIONS,
    begin,
    code,
    kurta,
    open_tasks,
    press,
    question,
    saved,
    show_suggestions,
    shows,
    ten_questions,
)
from tests.browser.looking import look_at
from tests.factories import user_with

pytestmark = pytest.mark.django_db(transaction=True)


def test_ten_questions_take_ten_keys(page: Page, sign_in: SignIn) -> None:
    first, second = open_tasks(2, kurta(*ten_questions()))
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    look_at(page, "label-first")
    presses = press(page, *"11111")
    expect(page.get_by_text("5 of 10 answered")).to_be_visible()
    look_at(page, "label-half")
    presses += press(page, *"22222")
    assert presses <= 12
    shows(page, second)
    saved(page)
    said = dict(Label.objects.filter(listing=first).values_list("attribute__label", "values"))
    first_five = [values[0] for values in QUESTIONS.values()][:5]
    expected = first_five + [values[1] for values in QUESTIONS.values()][5:]
    assert [said[label] for label in QUESTIONS] == [[code(value)] for value in expected]
    assert Turn.objects.filter(task__listing=first, finished__isnull=False, seconds__gt=0).count() == 1


def test_every_key_is_a_button(page: Page, sign_in: SignIn) -> None:
    open_tasks(1, kurta(*ten_questions()))
    sign_in(page, Role.ANNOTATOR)
    begin(page)
    for name in ("Undo", "Skip", "Postpone", "Flag", "Comment", "Guideline", "Earlier", "Later", "Keys"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    for name in ("Full screen", "Zoom in", "Zoom out", "Next photo", "This photo shows it"):
        expect(page.get_by_role("button", name=name)).to_be_visible()
    page.get_by_role("radio", name="blue").click()
    page.get_by_role("button", name="Not visible").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Pattern")).to_be_visible()
    page.get_by_role("button", name="Colour").click()
    expect(page.get_by_role("radio", name="blue")).to_be_checked()
    saved(page)
    assert Annotation.objects.filter(withdrawn=None).get().values == ["blue"]


def test_states_are_answers(page: Page, sign_in: SignIn) -> None:
    open_tasks(1, kurta(*ten_questions()))
    sign_in(page, Role.ANNOTATOR)
    begin(page)
    press(page, "n", "a", "u")
    expect(page.get_by_text("3 of 10 answered")).to_be_visible()
    saved(page)
    states = Annotation.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["not_visible", "not_applicable", "unknown"]


def test_several_values_are_confirmed_by_enter(page: Page, sign_in: SignIn) -> None:
    many = question("Motif", [f"motif {letter}" for letter in "abcdefghijkl"], multi=True)
    optional = question("Trim", ["lace", "piping"], required=False)
    first, second = open_tasks(2, kurta(many, optional))
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    press(page, "Enter")
    expect(page.get_by_text("Choose a value, or say why there is none.")).to_be_visible()
    press(page, "1", "0", "b", "2", "1")
    for name, checked in (("motif a", False), ("motif b", True), ("motif j", True), ("motif k", True)):
        expect(page.get_by_role("checkbox", name=name)).to_be_checked(checked=checked)
    look_at(page, "label-multi")
    press(page, "Enter", "Enter")
    shows(page, second)
    saved(page)
    assert [one.values for one in Annotation.objects.all()] == [["motif_b", "motif_j", "motif_k"]]


def test_three_hundred_values_are_found_by_typing(page: Page, sign_in: SignIn) -> None:
    names = [f"{tone} {colour}" for tone in TONES for colour in COLOURS]
    assert len(names) == 300
    open_tasks(
        1, kurta(question("Shade", names), question("Shades", names, multi=True), question("Fit", ["slim"]))
    )
    sign_in(page, Role.ANNOTATOR)
    begin(page)
    page.keyboard.type("teal")
    expect(page.get_by_role("option")).to_have_count(12)
    look_at(page, "label-long")
    page.keyboard.type("x")
    expect(page.get_by_text("No value is called “tealx”.")).to_be_visible()
    press(page, "Backspace", "Backspace", "Backspace", "Backspace", "Backspace")
    page.keyboard.type("NAVY TEA".lower())
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Shades")).to_be_visible()
    page.keyboard.type("warm tea")
    press(page, "Enter")
    page.keyboard.type("teal")
    press(page, "2")
    press(page, "Shift+E", "Enter")
    expect(page.get_by_role("heading", name="Fit")).to_be_visible()
    saved(page)
    one, several = Annotation.objects.order_by("pk")
    assert one.values == ["navy_teal"]
    assert len(several.values) == 2 and "warm_teal" in several.values
    assert several.evidence_position == 1


TONES = ("pale", "light", "bright", "deep", "dark", "navy", "warm", "cold", "dusty", "neon", "soft", "milky")
COLOURS = (
    *("red", "blue", "green", "teal", "pink", "brown", "grey", "white", "black", "gold", "lilac", "ochre"),
    *("olive", "coral", "beige", "amber", "plum", "rust", "sand", "mint", "peach", "rose", "lemon"),
    *("ivory", "cyan"),
)


def test_suggestions_are_marked_and_confirmed(page: Page, sign_in: SignIn) -> None:
    vertical = kurta(*ten_questions()[:3])
    first, second = open_tasks(2, vertical)
    show_suggestions()
    shares = {"colour": {"blue": 0.92, "green": 0.05}, "pattern": {"not visible": 0.6, "floral": 0.4}}
    for name, votes in shares.items():
        attribute = vertical.attributes.get(code=name)
        suggestion_add(listing=first, attribute=attribute, source="teacher qwen", shares=votes)
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    expect(page.get_by_text("teacher qwen suggests blue, 92 %")).to_be_visible()
    expect(page.get_by_role("button", name="Confirm blue")).to_be_visible()
    look_at(page, "label-suggested")
    press(page, "Enter", "5", "1")
    shows(page, second)
    saved(page)
    said = {one.attribute.code: one for one in Annotation.objects.select_related("attribute", "suggestion")}
    assert said["colour"].values == ["blue"]
    assert said["pattern"].values == ["floral"]
    confirmed = {name for name, one in said.items() if one.suggestion}
    assert confirmed == {"colour", "pattern"}


def test_a_photo_is_marked_as_evidence(page: Page, sign_in: SignIn) -> None:
    open_tasks(1, kurta(*ten_questions()))
    sign_in(page, Role.ANNOTATOR)
    begin(page)
    press(page, "ArrowRight", "e", "3")
    press(page, "ArrowUp")
    expect(page.get_by_role("button", name="Photo 2 shows it")).to_be_visible()
    expect(page.get_by_role("button", name="Photo 2, evidence")).to_be_visible()
    press(page, "ArrowRight", "e", "ArrowDown")
    expect(page.get_by_role("button", name="Colour green photo 3")).to_be_visible()
    saved(page)
    assert Annotation.objects.get(withdrawn=None).evidence_position == 3


def test_ten_answers_are_undone_across_listings(page: Page, sign_in: SignIn) -> None:
    first, second, third = open_tasks(3, kurta(*ten_questions()[:4]))
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    press(page, *"1111", *"2222", *"33")
    shows(page, third)
    press(page, *"zz")
    expect(page.get_by_text("0 of 4 answered")).to_be_visible()
    press(page, "z")
    shows(page, second)
    expect(page.get_by_role("heading", name="Sleeve length")).to_be_visible()
    press(page, *"zzz", *"zzzz")
    shows(page, first)
    expect(page.get_by_text("0 of 4 answered")).to_be_visible()
    press(page, "z")
    expect(page.get_by_text("There is nothing to undo.")).to_be_visible()
    press(page, *"3333")
    shows(page, second)
    saved(page)
    labels = Label.objects.filter(listing=first).values_list("values", flat=True)
    assert len(labels) == 4 and ["red"] not in labels


def test_finished_listings_are_looked_at_and_changed(page: Page, sign_in: SignIn) -> None:
    first, second, third = open_tasks(3, kurta(*ten_questions()[:3]))
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    press(page, *"111", *"222", "3")
    saved(page)
    press(page, "[", "[")
    shows(page, first)
    expect(page.get_by_text("You finished this at")).to_be_visible()
    look_at(page, "label-past")
    press(page, "4", "Escape")
    shows(page, third)
    expect(page.get_by_text("1 of 3 answered")).to_be_visible()
    saved(page)
    assert Label.objects.get(listing=first, attribute__code="colour").values == ["yellow"]
    page.reload()
    shows(page, third)
    press(page, "PageUp")
    shows(page, second)
    press(page, "PageUp", "ArrowDown", "4", "]", "]")
    shows(page, third)
    saved(page)
    assert Label.objects.get(listing=first, attribute__code="pattern").values == ["dotted"]
    assert not Turn.objects.filter(task__listing=first, finished=None).exists()


def test_listings_are_set_aside(page: Page, sign_in: SignIn) -> None:
    first, second, third = open_tasks(3, kurta(*ten_questions()[:3]))
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    press(page, "s")
    expect(page.get_by_role("dialog", name="Skip this listing")).to_be_visible()
    look_at(page, "label-skip")
    press(page, "2", "Enter")
    shows(page, second)
    press(page, "p")
    expect(page.get_by_role("dialog", name="Postpone this listing")).to_be_visible()
    press(page, "Enter")
    shows(page, third)
    press(page, "s")
    expect(page.get_by_role("dialog")).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    press(page, "s")
    expect(page.get_by_role("dialog")).to_be_visible()
    press(page, "4")
    page.keyboard.type("a duplicate")
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Nothing for you at the moment")).to_be_visible()
    expect(page.get_by_text("You set 3 listings aside.")).to_be_visible()
    look_at(page, "label-nothing")
    saved(page)
    rows = SetAside.objects.order_by("pk").values_list("task__listing__external_id", "reason", "until")
    assert [(listing, reason, until is None) for listing, reason, until in rows] == [
        (first.external_id, "The photos are missing or unusable", True),
        (second.external_id, "", False),
        (third.external_id, "a duplicate", True),
    ]


def test_comments_name_people_and_flags_wait(page: Page, sign_in: SignIn) -> None:
    (first,) = open_tasks(1, kurta(*ten_questions()))
    user_with(Role.REVIEWER, "rita")
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    press(page, "c")
    page.keyboard.type("Is this @ri")
    look_at(page, "label-comment")
    page.get_by_role("button", name="@rita").click()
    page.keyboard.type("red or rust?")
    press(page, "Control+Enter")
    expect(page.get_by_text("The comment is kept.")).to_be_visible()
    press(page, "f")
    page.get_by_label("About the listing").check()
    page.get_by_label("What is there to say?").fill("The photos are of two products.")
    press(page, "Control+Enter")
    expect(page.get_by_text("Flagged.")).to_be_visible()
    saved(page)
    comment, flag = Comment.objects.order_by("pk")
    assert (comment.text, comment.is_flag) == ("Is this @rita red or rust?", False)
    assert comment.attribute is not None and comment.attribute.code == "colour"
    assert list(comment.mentions.values_list("person__username", flat=True)) == ["rita"]
    assert (flag.attribute, flag.is_flag) == (None, True)

"""The grid of reviews: what can be confirmed together, whose it is, and that a form counts once."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from catalog.models import Attribute
from labeling.models import Annotation, Label, Purpose, PurposeRule, Suggestion, Task, TaskStatus, Turn
from labeling.selectors.grid import groups_of
from labeling.services.tasks import tasks_open
from tests.labeling.reviews import voted
from tests.labeling.workspace import annotator, claim, listings, reviewer, rule

pytestmark = pytest.mark.django_db

GRID = reverse("labeling:grid")


def colours(number: int, leading: str = "Red") -> list[Task]:
    """So many reviews of the colour alone, on which the model says so."""
    made = listings(number)
    other = "Blue" if leading == "Red" else "Red"
    for listing in made:
        voted(listing, "colour", {leading: 0.625, other: 0.375})
    tasks_open(listing_ids=[one.pk for one in made], purpose=Purpose.REVIEW, asks=["colour"])
    return list(Task.objects.filter(listing__in=made, purpose=Purpose.REVIEW).order_by("pk"))


def address(answer: str = "Red") -> str:
    return f"{GRID}?{urlencode({'attribute': Attribute.objects.get(code='colour').pk, 'answer': answer})}"


def shown(client: Client, where: str) -> dict[str, Any]:
    """The form of the page, with all that is ticked."""
    html = client.get(where).content.decode()
    return {
        "key": found[0] if (found := re.findall(r'name="key" value="([^"]+)"', html)) else "",
        "turn": re.findall(r'name="turn" value="([^"]+)"', html),
        "right": re.findall(r'name="right" value="(\d+)" checked', html),
        "seconds": "12",
    }


def test_reviewers_choose_from_answers_by_their_number(client: Client) -> None:
    colours(3)
    colours(2, "Blue")
    colours(1)[0].listing.suggestions.update(leading="Mauve", shares={"Mauve": 1.0})
    client.force_login(annotator())
    assert client.get(GRID).status_code == 403
    rita = reviewer()
    assert [(one.answer, one.count) for one in groups_of(rita)] == [("Red", 3), ("Blue", 2)]
    client.force_login(rita)
    assertContains(client.get(GRID), address("Blue").removeprefix(GRID).replace("&", "&amp;"))


def test_only_first_reviews_of_one_question_are_in_a_grid() -> None:
    alone, _, blind, wide = colours(4)
    Task.objects.filter(pk=alone.pk).update(singly=True)
    Turn.objects.filter(task=blind).update(number=2)
    Task.objects.filter(pk=wide.pk).update(asks=["colour", "closing"])
    assert groups_of(reviewer()) == []


def test_the_newest_suggestion_counts() -> None:
    for task in colours(3)[:2]:
        voted(task.listing, "colour", {"Blue": 0.75})
    assert [(one.answer, one.count) for one in groups_of(reviewer())] == [("Blue", 2)]


def test_without_suggestions_there_is_no_grid(client: Client) -> None:
    colours(3)
    PurposeRule.objects.filter(purpose=Purpose.REVIEW).update(suggestions=False)
    client.force_login(reviewer())
    assertContains(client.get(GRID), "No two open reviews")
    assertRedirects(client.get(address()), GRID)


def test_what_is_ticked_is_confirmed_and_the_rest_is_looked_at_alone(client: Client) -> None:
    first, second, third = colours(3)
    rita = reviewer()
    client.force_login(rita)
    form = shown(client, address())
    assert len(form["turn"]) == len(form["right"]) == 3
    assert Turn.objects.filter(person=rita, token__isnull=False).count() == 3
    left = Turn.objects.get(task=second)
    answer = client.post(address(), form | {"right": [one for one in form["right"] if one != str(left.pk)]})
    assertRedirects(answer, address(), fetch_redirect_response=False)
    labels = Label.objects.order_by("listing").values_list("listing", "values", "provenance")
    assert list(labels) == [(task.listing_id, ["red"], "verdict") for task in (first, third)]
    said = Annotation.objects.get(listing=first.listing)
    assert said.suggestion == Suggestion.objects.get(listing=first.listing)
    assert list(Turn.objects.exclude(finished=None).values_list("seconds", flat=True)) == [6.0, 6.0]
    left.refresh_from_db()
    second.refresh_from_db()
    assert (left.person, left.finished, second.singly, second.status) == (None, None, True, TaskStatus.OPEN)
    assertRedirects(client.get(address()), GRID)
    assert [lease.task_id for lease in claim(rita, 3, purpose=Purpose.REVIEW)] == [second.pk]


def test_a_form_sent_twice_counts_once(client: Client) -> None:
    colours(2)
    client.force_login(reviewer())
    form = shown(client, address())
    assert [client.post(address(), form).status_code for _ in range(2)] == [302, 302]
    assert Annotation.objects.count() == 2


def test_two_people_have_different_listings_and_reloading_shows_the_same(client: Client) -> None:
    colours(3)
    other = claim(reviewer("sam"), purpose=Purpose.REVIEW)[0]
    client.force_login(reviewer())
    turns = [[one.split(":")[0] for one in shown(client, address())["turn"]] for _ in range(2)]
    assert turns[0] == turns[1] and len(turns[0]) == 2
    assert str(other.turn_id) not in turns[0]


def test_whoever_works_on_other_verticals_gets_none_of_it(client: Client) -> None:
    colours(2)
    rita = reviewer()
    other = listings(1, vertical=None)[0].vertical
    rita.assignments.create(vertical=type(other).objects.create(code="hat", label="Hat"))
    assert groups_of(rita) == []
    client.force_login(rita)
    assertRedirects(client.get(address()), GRID)


def test_work_of_who_lost_the_listings_is_kept_beside(client: Client) -> None:
    colours(2)
    client.force_login(reviewer())
    form = shown(client, address())
    Turn.objects.update(token=None, expires=None, person=None)
    sam = Client()
    sam.force_login(reviewer("sam"))
    sam.post(address(), shown(sam, address()))
    answer = client.post(address(), form, follow=True)
    assertContains(answer, "2 confirmed as Red")
    assertNotContains(answer, "says otherwise")
    assert Annotation.objects.count() == 4


@pytest.mark.parametrize("query", ["?attribute=x&answer=Red", "?attribute=9&answer=Red", "?attribute=1"])
def test_what_is_no_group_leads_back_to_the_choice(client: Client, query: str) -> None:
    client.force_login(reviewer())
    rule(Purpose.REVIEW, suggestions=True)
    assertRedirects(client.get(GRID + query), GRID)


def test_a_form_that_makes_no_sense_does_nothing(client: Client) -> None:
    colours(2)
    client.force_login(reviewer())
    form = {"key": "k", "turn": ["1:2", "x:y:z", f"{10**30}:a:1", "999999:nonsense:5"], "right": ["999999"]}
    assertContains(client.post(address(), form, follow=True), "token is")
    assert not Annotation.objects.exists()

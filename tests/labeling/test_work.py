"""The page of the labelling screen: who gets it, what its script gets, and the form without one."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from attrx_web.roles import Role
from labeling.models import Annotation, Purpose, Turn
from tests.factories import UserFactory, user_with
from tests.labeling.reviews import voted
from tests.labeling.workspace import annotator, answers, claim, label_all, reviewer, send, tasks

pytestmark = pytest.mark.django_db

PAGE = reverse("labeling:work")


def test_only_people_who_label_get_the_screen(client: Client) -> None:
    assertRedirects(client.get(PAGE), f"{reverse('account_login')}?next={PAGE}")
    client.force_login(UserFactory.create())
    assert client.get(PAGE).status_code == 403
    client.force_login(annotator())
    assert client.get(PAGE).status_code == 200


def test_a_purpose_is_for_those_who_may_work_on_it(client: Client) -> None:
    client.force_login(annotator())
    assert client.get(PAGE, {"purpose": "seed"}).status_code == 200
    assert client.get(PAGE, {"purpose": "review"}).status_code == 403
    assert client.get(PAGE, {"purpose": "nonsense"}).status_code == 403
    client.force_login(reviewer())
    assert client.get(PAGE, {"purpose": "review"}).status_code == 200


def test_the_page_comes_with_its_first_listing(client: Client) -> None:
    (task, _) = tasks(2, purpose=Purpose.SEED)
    person = annotator()
    page = opened(client, person, purpose="seed")
    assert page["item"]["listing"] == task.listing.external_id
    assert page["wanted"] == {"purposes": ["seed"], "vertical": None}
    assert page["person"] == {"id": person.pk, "name": "anna"}
    assert page["people"] == ["anna"]
    assert Turn.objects.get(person=person).token is not None


def test_without_work_the_page_says_who_has_it(client: Client) -> None:
    tasks(1, purpose=Purpose.SEED)
    claim(annotator("bela"), purpose=Purpose.SEED)
    client.force_login(annotator())
    assertContains(client.get(PAGE), "1 with other people")


def test_a_sent_form_labels_the_listing_and_shows_the_next(client: Client) -> None:
    first, second = tasks(2, purpose=Purpose.SEED)
    page = opened(client, annotator())
    form = head(page) | {"answer-colour": "value:red", "answer-closing": ["value:zip"]}
    answer = client.post(PAGE, form, follow=True)
    assertContains(answer, second.listing.external_id)
    assert Annotation.objects.filter(task=first, withdrawn=None).count() == 2
    assert Turn.objects.get(task=first).finished is not None


def test_a_review_is_a_form_with_the_vote_and_its_chains(client: Client) -> None:
    (task,) = tasks(1, purpose=Purpose.REVIEW, asks=["colour"])
    shown = voted(task.listing)
    client.force_login(reviewer())
    html = client.get(PAGE, {"purpose": "review"})
    assertContains(html, "<summary>Red, 62 %</summary><p>The body looks red in photo 1.<br>Answer: Red</p>")
    page = script_of(html)
    form = head(page) | {"answer-colour": "value:red", "suggestion-colour": shown.pk, "wrong-colour": "1"}
    assert client.post(PAGE, form).status_code == 302
    said = Annotation.objects.get()
    assert (said.values, said.reasoning_wrong, said.suggestion) == (["red"], True, shown)


def test_a_form_sent_twice_counts_once(client: Client) -> None:
    tasks(1, purpose=Purpose.SEED)
    page = opened(client, annotator())
    form = head(page) | {"answer-colour": "value:red", "answer-closing": ["value:zip"]}
    assert [client.post(PAGE, form).status_code for _ in range(2)] == [302, 302]
    assert Annotation.objects.count() == 2


def test_a_refused_form_keeps_what_was_typed(client: Client) -> None:
    tasks(1, purpose=Purpose.SEED)
    page = opened(client, annotator())
    answer = client.post(PAGE, head(page) | {"answer-colour": "value:blue", "answer-closing": ""})
    assertContains(answer, "not answered yet: Closing", status_code=422)
    assertContains(answer, '"value:blue" checked', status_code=422)
    assert not Turn.objects.exclude(finished=None).exists()


def test_a_finished_listing_is_shown_to_whoever_finished_it(client: Client) -> None:
    tasks(1)
    anna, bela = annotator(), annotator("bela")
    (lease,) = label_all(anna)
    address = reverse("labeling:work_finished", args=[lease.turn_id])
    client.force_login(bela)
    assert client.get(address).status_code == 404
    client.force_login(anna)
    item = client.get(address).json()
    assert item["answers"]["colour"]["values"] == ["red"]
    assert item["token"] == str(lease.token)
    assert item["finished"]


def test_whoever_lost_the_turn_sees_what_they_finished(client: Client) -> None:
    tasks(1)
    anna, bela = annotator(), annotator("bela")
    (lost,) = claim(anna)
    Turn.objects.update(token=None, expires=None, person=None)
    label_all(bela)
    send(anna, *answers(lost, colour="blue"))
    client.force_login(anna)
    item = client.get(reverse("labeling:work_finished", args=[lost.turn_id])).json()
    assert item["answers"]["colour"]["values"] == ["blue"]


def test_the_session_says_who_is_signed_in(client: Client) -> None:
    address = reverse("labeling:work_session")
    assert client.get(address).json() == {"person": None}
    user = user_with(Role.ANNOTATOR)
    client.force_login(user)
    session = client.get(address).json()
    assert (session["person"], session["name"]) == (user.pk, "annotator")
    assert session["csrf"]


def opened(client: Client, person: User, **query: str) -> dict[str, Any]:
    """What the script of the page gets, and the form's key."""
    client.force_login(person)
    return script_of(client.get(PAGE, query))


def script_of(answer: Any) -> dict[str, Any]:
    """What the script of this page gets, and the form's key."""
    html = answer.content.decode()
    found = re.search(r'<script id="work-page" type="application/json">(.*?)</script>', html)
    assert found
    page: dict[str, Any] = json.loads(found[1])
    key = re.search(r'name="key" value="([^"]+)"', html)
    return page | {"key": key[1] if key else ""}


def head(page: dict[str, Any]) -> dict[str, Any]:
    """The hidden fields of the form."""
    item = page["item"]
    return {"do": "finish", "key": page["key"], "turn": item["turn"], "token": item["token"]}

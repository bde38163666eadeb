"""What is seen at a turn beside its listing: at an audit and a second opinion nothing of model or others."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from labeling.chains import Chain
from labeling.items import items_of
from labeling.models import Annotation, Purpose, Suggestion, Task, Turn
from labeling.services.talk import comment_add
from labeling.services.tasks import tasks_open
from labeling.sight import Json
from tests.factories import PhotoFactory
from tests.labeling.reviews import chains, voted
from tests.labeling.workspace import (
    annotator,
    answer,
    claim,
    label_all,
    listings,
    message,
    reviewer,
    rule,
    send,
    statuses,
)

pytestmark = pytest.mark.django_db

PLANTED = ("Zanzibar", "Quetzal", "Xylophone", "Ocelot", "Nimbus", "Vortex")
"""In a source, an answer, a reasoning, what the teacher says, and remarks of an annotator and a reviewer."""


def task_of(purpose: Purpose, **fields: Any) -> Task:
    """An open task about a listing with a vote of a model, a teacher's suggestion, and people's remarks."""
    (listing,) = listings(1)
    voted(
        listing, "colour", {"Blue": 1.0}, source="teacher: Ocelot", chains=[Chain("Ocelot says so", "Blue")]
    )
    voted(
        listing,
        "colour",
        {"Red": 0.5, "Quetzal": 0.5},
        source="Zanzibar v7",
        chains=[Chain("Xylophone red", "Red", -0.75), Chain("Xylophone", "Quetzal", -0.25)],
    )
    comment_add(listing=listing, attribute="colour", author=annotator(), text="Nimbus: I think it is blue")
    comment_add(listing=listing, attribute="colour", author=reviewer("vera"), text="Vortex: wrong, I think")
    for one in (Purpose.SEED, Purpose.REVIEW, Purpose.AUDIT):
        rule(one, suggestions=True)
    tasks_open(listing_ids=[listing.pk], purpose=Purpose.SEED)
    label_all(annotator(), purpose=Purpose.SEED, colour="blue")
    tasks_open(listing_ids=[listing.pk], purpose=purpose, asks=["colour"], **fields)
    return Task.objects.get(listing=listing, purpose=purpose)


def second_opinion() -> Task:
    """A review whose first turn somebody finished."""
    task = task_of(Purpose.REVIEW)
    first = claim(reviewer("vera"), purpose=Purpose.REVIEW)[0]
    assert statuses(send(reviewer("vera"), answer(first, "colour", "blue"), message("finish", first))) == [
        "done",
        "done",
    ]
    Task.objects.filter(pk=task.pk).update(status="open")
    Turn.objects.create(task=task, number=2, purpose=task.purpose, vertical=task.listing.vertical)
    return task


def item_of(person: User, purpose: Purpose) -> Json:
    (item,) = items_of(person=person, leases=claim(person, purpose=purpose))
    return item


def test_a_review_shows_the_newest_vote_its_chains_surest_first_and_people() -> None:
    task_of(Purpose.REVIEW)
    item = item_of(reviewer(), Purpose.REVIEW)
    assert item["blind"] is False
    assert item["suggestions"]["colour"] == {
        "id": Suggestion.objects.get(source="Zanzibar v7").pk,
        "source": "Zanzibar v7",
        "shares": {"Red": 0.5, "Quetzal": 0.5},
        "leading": "Red",
        "chains": [
            {"text": "Xylophone", "answer": "Quetzal", "logprob": -0.25},
            {"text": "Xylophone red", "answer": "Red", "logprob": -0.75},
        ],
    }
    assert [(one["by"], one["values"]) for one in item["said"]["colour"]] == [("anna", ["blue"])]
    assert [one["author"] for one in item["remarks"]] == ["anna", "vera"]


def test_chains_of_unknown_probability_come_last_in_their_order() -> None:
    (listing,) = listings(1)
    known = chains({"Red": 0.25})
    voted(listing, chains=[Chain("first", "Red"), Chain("second", "Red"), *reversed(known)])
    tasks_open(listing_ids=[listing.pk], purpose=Purpose.REVIEW)
    shown = item_of(reviewer(), Purpose.REVIEW)["suggestions"]["colour"]["chains"]
    assert [one["text"] for one in shown] == [*(one.text for one in known), "first", "second"]


def test_only_the_attributes_in_question_come_with_a_vote() -> None:
    (listing,) = listings(1)
    voted(listing, "colour")
    voted(listing, "closing", {"Zip": 1.0})
    tasks_open(listing_ids=[listing.pk], purpose=Purpose.REVIEW, asks=["closing"])
    assert list(item_of(reviewer(), Purpose.REVIEW)["suggestions"]) == ["closing"]


def test_labelling_shows_shares_without_chains() -> None:
    (listing,) = listings(1)
    voted(listing, "colour")
    rule(Purpose.SEED, suggestions=True)
    tasks_open(listing_ids=[listing.pk], purpose=Purpose.SEED)
    assert "chains" not in item_of(annotator(), Purpose.SEED)["suggestions"]["colour"]


def test_what_one_said_at_the_same_task_is_not_what_others_said() -> None:
    rule(Purpose.REVIEW, overlap=2, agree=2)
    task_of(Purpose.REVIEW)
    rita, sam = reviewer(), reviewer("sam")
    (first,) = claim(rita, purpose=Purpose.REVIEW)
    (second,) = claim(sam, purpose=Purpose.REVIEW)
    send(sam, answer(second, "colour", "red"), message("finish", second))
    (item,) = items_of(person=rita, leases=[first])
    assert [one["by"] for one in item["said"]["colour"]] == ["anna"]


def test_remarks_that_name_a_person_are_shown_to_them_even_at_a_blind_turn() -> None:
    task = second_opinion()
    reviewer()
    comment_add(listing=task.listing, attribute="", author=reviewer("kim"), text="@rita look at photo 2")
    item = item_of(reviewer(), Purpose.REVIEW)
    assert [(one["author"], one["text"]) for one in item["remarks"]] == [("kim", "@rita look at photo 2")]


@pytest.mark.parametrize("make", [lambda: task_of(Purpose.AUDIT), second_opinion], ids=["audit", "second"])
class TestBlind:
    """Whatever is planted in suggestions, chains, remarks and answers of others is nowhere to be found."""

    def test_page_api_and_photos_leak_nothing(self, client: Client, make: Any) -> None:
        task = make()
        client.force_login(reviewer())
        page = client.get(reverse("labeling:work"), {"purpose": task.purpose})
        assert_nothing_leaks(page)
        found = re.search(rb'<script id="work-page" type="application/json">(.*?)</script>', page.content)
        assert found
        item = json.loads(found[1])["item"]
        assert (item["suggestions"], item["said"], item["remarks"]) == ({}, {}, [])
        assert item["blind"] is True
        again = reverse("labeling:api_item", args=[item["turn"]]) + f"?token={item['token']}"
        similar = reverse("labeling:api_similar", args=[item["turn"]])
        schema = reverse("labeling:api_schema", args=[item["schema"]])
        photo = reverse("catalog:photo", args=[item["photos"][0]["sha256"], "original"])
        for address in (again, similar, schema, photo):
            answer_ = client.get(address)
            assert answer_.status_code == 200, address
            assert_nothing_leaks(answer_)
        assert client.get(similar).json() == {"similar": {}}
        assert len(item["photos"]) == 1 and PhotoFactory.create().sha256 == item["photos"][0]["sha256"]

    def test_leasing_finishing_and_history_leak_nothing(self, client: Client, make: Any) -> None:
        task = make()
        client.force_login(reviewer())
        leased = post(client, "lease", {"purposes": [task.purpose]})
        assert_nothing_leaks(leased)
        (item,) = leased.json()["items"]
        head = {"turn": item["turn"], "token": item["token"]}
        said = {"kind": "answer", "key": "a", "attribute": "colour", "values": ["red"]}
        answers = post(client, "outbox", {"messages": [head | said, head | {"kind": "finish", "key": "f"}]})
        assert statuses(answers.json()["replies"]) == ["done", "done"]
        reopened = post(client, "outbox", {"messages": [head | {"kind": "reopen", "key": "r"}]})
        assert reopened.json()["replies"][0]["item"]["suggestions"] == {}
        finished = client.get(reverse("labeling:work_finished", args=[item["turn"]]))
        history = client.get(reverse("labeling:api_history"))
        assert finished.json()["answers"]["colour"]["values"] == ["red"]
        assert len(history.json()["items"]) == 1
        for one in (answers, reopened, finished, history):
            assert_nothing_leaks(one)

    def test_an_answer_that_names_a_suggestion_is_refused(self, make: Any) -> None:
        task = make()
        rita = reviewer()
        (lease,) = claim(rita, purpose=Purpose(task.purpose))
        shown = Suggestion.objects.order_by("-pk").values_list("pk", flat=True)[0]
        (reply,) = send(rita, answer(lease, "colour", "red", suggestion=shown))
        assert "it is answered without suggestions" in reply["error"]
        assert not Annotation.objects.filter(annotator=rita).exists()


def post(client: Client, name: str, content: object) -> Any:
    return client.post(reverse(f"labeling:api_{name}"), content, content_type="application/json")


def assert_nothing_leaks(response: Any) -> None:
    """Nothing planted is in the content or the headers."""
    content = b"".join(response) if response.streaming else response.content
    for word in PLANTED:
        assert word.lower().encode() not in content.lower(), word
        assert word.lower() not in str(response.headers).lower(), word

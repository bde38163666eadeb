from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from labeling.leases import Lease
from labeling.models import Label
from labeling.selectors import work
from tests.factories import UserFactory
from tests.labeling.workspace import annotator, answers, label_all, tasks

pytestmark = pytest.mark.django_db


def test_a_person_leases_answers_and_finishes_over_http(client: Client) -> None:
    tasks(5)
    client.force_login(annotator())
    got = post(client, "lease", purposes=["gold"], count=3)
    assert len(got["items"]) == 3 and got["more"]
    item = got["items"][0]
    lease = Lease(item["turn"], 0, UUID(item["token"]))
    replies = post(client, "outbox", messages=answers(lease))["replies"]
    assert [one["status"] for one in replies] == ["done"] * 3
    assert Label.objects.count() == 2
    assert post(client, "heartbeat", tokens=[one["token"] for one in got["items"]])["alive"] == [
        one["token"] for one in got["items"][1:]
    ]
    assert (
        client.post("/label/api/release", {"tokens": [one["token"] for one in got["items"]]}).status_code
        == 204
    )
    history = client.get("/label/api/history").json()
    assert [one["turn"] for one in history["items"]] == [item["turn"]]
    got = post(client, "lease", purposes=["gold"], count=10)
    assert (len(got["items"]), got["more"]) == (4, False)


def post(client: Client, name: str, **body: Any) -> Any:
    answer = client.post(f"/label/api/{name}", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_whoever_is_not_signed_in_is_told_so_and_led_nowhere(client: Client) -> None:
    answer = client.post("/label/api/outbox", {"messages": []}, content_type="application/json")
    assert (answer.status_code, answer.json()) == (
        401,
        {"error": "you are not signed in (any more): sign in again"},
    )


def test_whoever_has_no_role_is_turned_away(client: Client) -> None:
    client.force_login(UserFactory.create())
    answer = client.post("/label/api/lease", {"purposes": ["gold"]}, content_type="application/json")
    assert (answer.status_code, set(answer.json())) == (403, {"error"})


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{", "the request is not JSON"),
        ("[" * 100_000, "the request is not JSON"),
        ("[]", "request: expected an object, found []: send {name: value}"),
        ('{"purposes": ["review"]}', "purposes are review: give one or more of seed, gold"),
        ('{"purposes": ["gold"], "count": 11}', "request: count is 11: give a number from 1 to 10"),
        ('{"purposes": ["gold"], "vertical": "bag"}', "request: vertical is 'bag': give a whole number"),
    ],
)
def test_a_request_that_cannot_be_read_is_refused_with_the_reason(
    client: Client, body: str, problem: str
) -> None:
    client.force_login(annotator())
    answer = client.post("/label/api/lease", body, content_type="application/json")
    assert answer.status_code == 400
    assert problem in answer.json()["error"]


def test_an_interface_that_is_posted_to_answers_nothing_else(client: Client) -> None:
    client.force_login(annotator())
    assert client.get("/label/api/lease").status_code == 405
    assert client.post("/label/api/history").status_code == 405


def test_an_item_is_read_again_only_under_its_lease(client: Client) -> None:
    tasks(2)
    client.force_login(annotator())
    one, two = post(client, "lease", purposes=["gold"], count=2)["items"]
    again = client.get(f"/label/api/item/{one['turn']}", {"token": one["token"]})
    assert again.json() == one
    for token in (two["token"], "nonsense", ""):
        assert client.get(f"/label/api/item/{one['turn']}", {"token": token}).status_code == 404
    client.force_login(annotator("bo"))
    assert client.get(f"/label/api/item/{one['turn']}", {"token": one["token"]}).status_code == 404


def test_a_schema_version_comes_without_what_is_retired_and_is_kept_for_good(client: Client) -> None:
    tasks(1)
    client.force_login(annotator())
    [item] = post(client, "lease", purposes=["gold"])["items"]
    answer = client.get(f"/label/api/schema/{item['schema']}")
    assert [one["code"] for one in answer.json()["attributes"]] == ["colour", "closing", "note"]
    assert "immutable" in answer["Cache-Control"]
    assert client.get("/label/api/schema/77").status_code == 404


def test_history_goes_on_where_the_page_before_ended(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "HISTORY_PAGE", 2)
    tasks(3)
    turns = [lease.turn_id for lease in label_all(annotator(), 3)]
    client.force_login(annotator())
    newest = client.get("/label/api/history").json()["items"]
    assert [one["turn"] for one in newest] == [turns[2], turns[1]]
    rest = client.get("/label/api/history", {"before": turns[1]}).json()["items"]
    assert [one["turn"] for one in rest] == [turns[0]]
    assert client.get("/label/api/history", {"before": "x"}).status_code == 400

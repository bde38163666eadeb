from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from labeling.leases import Lease
from labeling.models import Label
from tests.labeling.workspace import annotator, answers, tasks

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
    print(got["items"][0], history, client.get(f"/label/api/schema/{item['schema']}").json())
    got = post(client, "lease", purposes=["gold"], count=10)
    assert (len(got["items"]), got["more"]) == (4, False)


def post(client: Client, name: str, **body: Any) -> Any:
    answer = client.post(f"/label/api/{name}", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()

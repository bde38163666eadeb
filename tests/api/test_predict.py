"""POST /api/v1/predict, as programs call it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from attrx_web.roles import Role
from catalog.imaging import verify
from catalog.rest.scopes import Scope
from tests.api.calling import Api, assert_problem, errors_of
from tests.factories import photo_bytes, user_with
from tests.training.predicting.working import askable, working
from tests.training.routed import World
from training.serializers import predictions

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return askable(World(pool=2, gold=2))


@pytest.fixture
def worker(redis: Any, world: World) -> Iterator[None]:
    with working(redis):
        yield


@pytest.fixture
def api() -> Api:
    return Api(user_with(Role.REVIEWER), [Scope.PREDICT])


def photo(content: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile("a.png", content or photo_bytes())


@pytest.mark.usefixtures("worker")
def test_files_are_answered_at_once(world: World, api: Api) -> None:
    answer = api.upload("predict", None, vertical="kurta", photos=[photo(), photo()], attributes=["color"])
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert (found["version"], found["vertical"], found["chains"]) == (world.version.pk, "kurta", 8)
    [color] = found["answers"]
    assert color["attribute"] == "color" and color["values"] == [color["said"]]
    assert color["confidence"] is color["accepted"] is None and color["why"]
    assert "chains" not in color


@pytest.mark.usefixtures("worker")
def test_reasoning_is_told_only_when_asked_for(api: Api) -> None:
    answer = api.post("predict", {"listing": "pool-000", "chains": 3, "reasoning": True})
    assert answer.status_code == 200, answer.content
    for one in answer.json()["answers"]:
        assert [chain["answer"] for chain in one["chains"]] and len(one["chains"]) == 3
        assert all("Answer: " in chain["text"] for chain in one["chains"])


@pytest.mark.usefixtures("redis", "world")
def test_without_a_worker_it_is_503_with_the_remedy_and_when_to_ask_again(api: Api) -> None:
    answer = api.post("predict", {"listing": "pool-000"})
    assert_problem(answer, 503, "unavailable", "manage.py serve_model")
    assert int(answer["Retry-After"]) > 0


@pytest.mark.usefixtures("redis")
def test_without_a_champion_it_is_409(api: Api) -> None:
    assert_problem(api.post("predict", {"vertical": "kurta"}), 409, "conflict", "no champion yet")


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "vertical"),
        ({"listing": "pool-000", "vertical": "kurta"}, "vertical"),
        ({"listing": "pool-000", "title": "A title"}, "title"),
        ({"vertical": "kurta", "chains": 33}, "chains"),
        ({"vertical": "kurta", "urls": ["nothing"]}, "urls"),
        ({"vertical": "kurta"}, "photos"),
        ({"listing": "nowhere"}, "listing"),
    ],
)
def test_what_cannot_be_used_is_named(api: Api, body: Any, field: str) -> None:
    answer = api.post("predict", body)
    assert_problem(answer, 400, "invalid")
    assert field in errors_of(answer)


@pytest.mark.usefixtures("worker")
def test_files_that_are_too_large_are_not_read(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "BYTES_MOST", 10)
    answer = api.upload("predict", None, vertical="kurta", photos=[photo()])
    assert answer.status_code == 400 and "save it smaller" in errors_of(answer)["photos"]
    assert verify.BYTES_MOST > 10


@pytest.mark.usefixtures("worker")
def test_a_token_needs_the_scope(world: World) -> None:
    person = user_with(Role.REVIEWER)
    for scope in (Scope.READ, Scope.MANAGE, Scope.LABEL):
        answer = Api(person, [scope]).post("predict", {"listing": "pool-000"})
        assert_problem(answer, 403, "permission_denied", "scope 'predict'")
    annotator = Api(user_with(Role.ANNOTATOR), [Scope.PREDICT])
    assert annotator.post("predict", {"listing": "pool-000"}).status_code == 403


def test_the_document_says_that_it_reads(api: Api) -> None:
    found = api.get("openapi.json").json()["paths"]["/api/v1/predict"]["post"]
    assert {"200", "400", "401", "403", "406", "409", "415", "429", "503"} == set(found["responses"])
    assert "Retry-After" in found["responses"]["503"]["headers"]
    assert "Idempotency-Key" not in [one["name"] for one in found.get("parameters", ())]
    assert found["requestBody"]["content"]["application/json"]["examples"]

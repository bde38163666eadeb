"""The page on which people try a model, without a browser."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from attrx_web.roles import Role
from tests.factories import photo_bytes, user_with
from tests.training.predicting.working import askable, working
from tests.training.routed import World
from training import predict_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return askable(World(pool=2, gold=2))


@pytest.fixture
def worker(redis: Any, world: World) -> Iterator[None]:
    with working(redis):
        yield


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(user_with(Role.REVIEWER))
    return client


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("a.png", photo_bytes())


@pytest.mark.usefixtures("worker")
def test_photos_are_answered_as_cards(reviewer: Client) -> None:
    answer = reviewer.post("/predict/", {"vertical": "kurta", "photos": [photo(), photo()]})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.count("try-card") == 2 and text.count("data:image/jpeg;base64,") == 2
    assert "No routing of this version counts" in text


@pytest.mark.usefixtures("worker")
def test_a_listing_is_answered_beside_its_own_photos(reviewer: Client) -> None:
    answer = reviewer.post("/predict/", {"listing": "pool-000", "chains": "3"})
    text = answer.content.decode()
    assert answer.status_code == 200 and "/listings/pool-000/" in text
    assert "by 3 chains each" in text and "data:image" not in text


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Choose the vertical"),
        ({"vertical": "kurta"}, "Give 1 to 8 photos"),
        ({"listing": "nowhere"}, "There is no listing"),
        ({"listing": "pool-000", "urls": "http://a/b.jpg"}, "has its own photos"),
        ({"vertical": "kurta", "urls": "nothing"}, "Number 1 is no http or https address"),
        ({"vertical": "lamp"}, "Select a valid choice"),
        ({"listing": "pool-000", "chains": "99"}, "less than or equal to 32"),
    ],
)
def test_what_cannot_be_used_is_said(reviewer: Client, sent: Any, said: str) -> None:
    answer = reviewer.post("/predict/", sent)
    assert answer.status_code == 400 and said in answer.content.decode()


@pytest.mark.usefixtures("worker")
def test_a_file_that_is_too_large_is_not_read(reviewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predict_form, "BYTES_MOST", 10)
    answer = reviewer.post("/predict/", {"vertical": "kurta", "photos": [photo()]})
    assert answer.status_code == 400 and "save it smaller" in answer.content.decode()


@pytest.mark.usefixtures("world", "redis")
def test_without_a_worker_the_page_says_so_before_and_after(reviewer: Client) -> None:
    assert "manage.py serve_model" in reviewer.get("/predict/").content.decode()
    answer = reviewer.post("/predict/", {"listing": "pool-000"})
    assert answer.status_code == 503 and int(answer["Retry-After"]) > 0


@pytest.mark.usefixtures("redis")
def test_without_a_champion_the_page_says_so(reviewer: Client) -> None:
    assert "There is no champion yet" in reviewer.get("/predict/").content.decode()
    assert reviewer.post("/predict/", {"listing": "pool-000"}).status_code == 409


@pytest.mark.usefixtures("world")
def test_without_a_queue_the_page_says_so(reviewer: Client, settings: Any) -> None:
    settings.ATTRX_REDIS_URL = "unix:///nowhere/redis.sock"
    assert "start Redis" in reviewer.get("/predict/").content.decode()

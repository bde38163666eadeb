"""How often a program may call, and what it is told when that was too often."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from attrx_web.roles import Role
from catalog.models import Import
from tests.api.calling import Api, assert_problem
from tests.factories import ImportFactory, user_with

pytestmark = pytest.mark.django_db


def test_a_person_who_calls_too_often_is_told_how_long_to_wait(settings: Settings) -> None:
    settings.ATTRX_API_RATE = 2
    api = Api(user_with(Role.VIEWER))
    assert [api.get("verticals").status_code for _ in range(2)] == [200, 200]
    answer = api.get("verticals")
    assert_problem(answer, 429, "throttled", "Expected available in")
    assert 0 < int(answer["Retry-After"]) <= 60


def test_all_tokens_of_a_person_count_together_and_people_do_not(settings: Settings) -> None:
    settings.ATTRX_API_RATE = 1
    person = user_with(Role.VIEWER)
    assert Api(person).get("verticals").status_code == 200
    assert Api(person).get("verticals").status_code == 429
    assert Api(user_with(Role.REVIEWER)).get("verticals").status_code == 200


def test_what_is_refused_for_its_number_changes_nothing(settings: Settings) -> None:
    settings.ATTRX_API_RATE = 1
    api, row = Api(user_with(Role.ADMIN)), ImportFactory.create()
    api.get("verticals")
    assert api.post(f"imports/{row.pk}/cancel").status_code == 429
    assert Import.objects.get().status == row.status


@pytest.mark.parametrize("token", ["", "attrx_" + "0" * 64])
def test_refused_sign_ins_are_counted_by_address(settings: Settings, token: str) -> None:
    settings.ATTRX_API_RATE_ANONYMOUS = 2
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    codes = [Client().get("/api/v1/imports", headers=headers).status_code for _ in range(3)]
    assert codes == [401, 401, 429]
    assert Client(REMOTE_ADDR="10.0.0.7").get("/api/v1/imports", headers=headers).status_code == 401


def test_a_forged_address_is_not_another_one(settings: Settings) -> None:
    settings.ATTRX_API_RATE_ANONYMOUS = 1
    codes = [
        Client().get("/api/v1/imports", headers={"X-Forwarded-For": f"10.0.0.{number}"}).status_code
        for number in range(2)
    ]
    assert codes == [401, 429]


def test_the_document_says_it_of_every_operation(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert operations
    for operation in operations:
        assert "Retry-After" in operation["responses"]["429"]["headers"]

"""Idempotency keys: a write that is asked for twice is done once, even where nobody heard the answer."""

from concurrent.futures import ThreadPoolExecutor
from copy import copy
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from attrx_web.roles import Role
from catalog.models import GivenAnswer, Import
from catalog.services import idempotency
from catalog.services.idempotency import Reply, answer_once, answers_forget
from tests.api.calling import Api, assert_problem, errors_of
from tests.factories import ImportFactory, VerticalFactory, user_with

pytestmark = pytest.mark.django_db

KEY = {"Idempotency-Key": "7c1d"}
ROWS = b"id,vertical,title\n1,kurta,One\n2,kurta,Two\n"


@pytest.fixture
def admin() -> Api:
    return Api(user_with(Role.ADMIN))


def rows(content: bytes = ROWS, name: str = "rows.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_write_sent_twice_is_done_once_and_answered_the_same(admin: Api) -> None:
    VerticalFactory.create(code="kurta")
    first = admin.upload("imports", KEY, rows=rows())
    again = admin.upload("imports", KEY, rows=rows())
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json() and first["Location"] == again["Location"]
    assert "Idempotency-Replayed" not in first and again["Idempotency-Replayed"] == "true"
    assert Import.objects.count() == 1


def test_without_a_key_it_is_done_as_often_as_it_is_sent(admin: Api) -> None:
    VerticalFactory.create(code="kurta")
    for _ in range(2):
        assert admin.upload("imports", rows=rows()).status_code == 201
    assert Import.objects.count() == 2


@pytest.mark.parametrize("other", [{"rows": b"id,vertical\n9,kurta\n"}, {"load": "true"}])
def test_a_key_stands_for_one_request_only(admin: Api, other: dict[str, Any]) -> None:
    VerticalFactory.create(code="kurta")
    admin.upload("imports", KEY, rows=rows())
    form = {"rows": rows(other.pop("rows", ROWS)), **other}
    assert_problem(admin.upload("imports", KEY, **form), 422, "key_reused", "a key of its own")
    assert Import.objects.count() == 1


def test_a_key_at_another_address_is_another_request(admin: Api) -> None:
    one, two = (ImportFactory.create() for _ in range(2))
    assert admin.post(f"imports/{one.pk}/cancel", headers=KEY).status_code == 200
    assert_problem(admin.post(f"imports/{two.pk}/cancel", headers=KEY), 422, "key_reused")


def test_keys_are_each_persons_own(admin: Api) -> None:
    one, two = (ImportFactory.create() for _ in range(2))
    other = Api(user_with(Role.ADMIN, "another"))
    assert admin.post(f"imports/{one.pk}/cancel", headers=KEY).status_code == 200
    assert other.post(f"imports/{two.pk}/cancel", headers=KEY).status_code == 200


def test_what_was_refused_may_be_tried_again_under_its_key(admin: Api) -> None:
    row = ImportFactory.create()
    assert_problem(admin.post(f"imports/{row.pk}/resume", headers=KEY), 409, "conflict")
    assert not GivenAnswer.objects.exists()
    Import.objects.filter(pk=row.pk).delete()
    assert_problem(admin.post(f"imports/{row.pk}/resume", headers=KEY), 404, "not_found")


@pytest.mark.parametrize("key", ["", "x" * 101, "tab\there", "ключ"])
def test_a_text_that_is_no_key_is_refused_by_name(admin: Api, key: str) -> None:
    row = ImportFactory.create()
    answer = admin.post(f"imports/{row.pk}/cancel", headers={"Idempotency-Key": key})
    assert_problem(answer, 400, "invalid")
    assert list(errors_of(answer)) == ["Idempotency-Key"]


def test_an_old_answer_is_forgotten(admin: Api) -> None:
    person = user_with(Role.REVIEWER)
    for body in ("first", "second"):
        given = Reply(200, body)
        assert answer_once(person=person, key="k", request="r", do=partial(copy, given)) == given
        GivenAnswer.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert answers_forget() == 1 and not GivenAnswer.objects.exists()


def test_a_process_that_dies_before_the_answer_has_written_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    person = user_with(Role.ADMIN)

    def die(*args: object, **kwargs: object) -> None:
        raise SystemExit

    def do() -> Reply:
        ImportFactory.create()
        return Reply(201, {})

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(GivenAnswer, "save", die_after_creation(die))
        answer_once(person=person, key="k", request="r", do=do)
    assert not Import.objects.exists() and not GivenAnswer.objects.exists()
    assert answer_once(person=person, key="k", request="r", do=do).code == 201
    assert answer_once(person=person, key="k", request="r", do=do).again
    assert Import.objects.count() == 1


def die_after_creation(die: Any) -> Any:
    """Saves rows as ever when they are made, and dies when the answer is to be written into one."""
    save = GivenAnswer.save

    def saved(row: GivenAnswer, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("update_fields"):
            die()
        save(row, *args, **kwargs)

    return saved


def test_where_a_request_part_ends_counts() -> None:
    assert idempotency.fingerprint(b"ab", b"c") != idempotency.fingerprint(b"a", b"bc")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_does_it_and_the_other_waits() -> None:
    person = user_with(Role.ADMIN)
    together = Barrier(4)

    def do() -> Reply:
        return Reply(201, ImportFactory.create().pk)

    def ask(_: int) -> Reply:
        together.wait(timeout=30)
        try:
            return answer_once(person=person, key="k", request="r", do=do)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        replies = list(threads.map(ask, range(4)))
    assert Import.objects.count() == 1
    assert sorted(reply.again for reply in replies) == [False, True, True, True]
    assert {(reply.code, reply.body) for reply in replies} == {(201, Import.objects.get().pk)}

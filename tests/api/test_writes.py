"""What programs may do: imports, work, rounds and versions, through the services of the pages."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from attrx_web.roles import Role
from catalog.models import Import, Status
from labeling.models import Label, Purpose
from tests.api.calling import Api, assert_problem, errors_of
from tests.api.world import World, world
from tests.factories import PASSWORD, VerticalFactory, user_with
from tests.labeling.workspace import tasks
from tests.training.registry import round_over, version_with
from tests.training.rounds import model_folder, round_in, small_catalogue
from training.models import Alias, AliasChange, GateCheck, Round
from training.services.versions import version_offer

pytestmark = pytest.mark.django_db

ROWS = b"sku;family;name\n1;kurta;One\n"


@pytest.fixture
def admin() -> Api:
    return Api(user_with(Role.ADMIN))


@pytest.fixture
def there() -> World:
    return world()


def file(content: bytes = ROWS) -> SimpleUploadedFile:
    return SimpleUploadedFile("rows.csv", content)


def test_an_upload_is_an_import_that_waits_for_a_look(admin: Api) -> None:
    VerticalFactory.create(code="kurta")
    answer = admin.upload("imports", rows=file())
    made = answer.json()
    assert (answer.status_code, made["stage"], made["status"]) == (201, "plan", "done")
    assert made["created_by"] == "admin" and made["plan"]["dialect"]["delimiter"] == ";"
    assert admin.get(answer["Location"]).json() == made


def test_an_upload_may_say_how_it_is_read_and_load_at_once(admin: Api) -> None:
    VerticalFactory.create(code="kurta")
    plan = """{"columns": [{"name": "sku", "role": "id"}, {"name": "name", "role": "title"}],
        "vertical": "kurta", "dialect": {"delimiter": ";"}}"""
    made = admin.upload("imports", rows=file(), plan=plan, load="true").json()
    assert (made["stage"], made["status"], made["plan"]["vertical"]) == ("load", "queued", "kurta")


@pytest.mark.parametrize(
    ("form", "field", "said"),
    [
        ({}, "rows", "No file"),
        ({"rows": b""}, "rows", "empty"),
        ({"rows": b"sku;family\n"}, "", "at least one listing"),
        ({"rows": ROWS, "plan": "[]"}, "plan", "expected an object"),
        ({"rows": ROWS, "plan": "{"}, "plan", "valid JSON"),
        ({"rows": ROWS, "plan": '{"vertical": "nowhere", "columns": []}'}, "", "listing id"),
        ({"rows": ROWS, "photos": b"PK", "keys": "shop/"}, "keys", "leave one of them out"),
    ],
)
def test_an_upload_that_cannot_be_used_is_refused_and_not_kept(
    admin: Api, settings: Any, form: dict[str, Any], field: str, said: str
) -> None:
    files = {name: file(value) if isinstance(value, bytes) else value for name, value in form.items()}
    answer = admin.upload("imports", **files)
    assert_problem(answer, 400, "invalid", said)
    assert list(errors_of(answer)) == [field]
    assert not Import.objects.exists()
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_page_of_the_site_may_upload_with_its_session() -> None:
    VerticalFactory.create(code="kurta")
    person, client = user_with(Role.ADMIN), Client(enforce_csrf_checks=True)
    client.login(username=person.username, password=PASSWORD)
    client.get("/tokens/")
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value, "Idempotency-Key": "page"}
    answers = [client.post("/api/v1/imports", {"rows": file()}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert Import.objects.count() == 1


def test_an_import_is_checked_cancelled_and_resumed(admin: Api) -> None:
    VerticalFactory.create(code="kurta")
    key = admin.upload("imports", rows=file()).json()["id"]
    assert admin.post(f"imports/{key}/check").json()["status"] == "queued"
    assert_problem(admin.post(f"imports/{key}/load"), 409, "conflict", "queued")
    assert admin.post(f"imports/{key}/cancel").json()["status"] == "cancelled"
    assert admin.post(f"imports/{key}/resume").json()["status"] == "queued"


def test_only_what_was_seen_is_changed(admin: Api) -> None:
    round_ = round_in(Status.QUEUED)
    tag = admin.get(f"rounds/{round_.pk}")["ETag"]
    stale = admin.post(f"rounds/{round_.pk}/cancel", headers={"If-Match": '"another"'})
    assert_problem(stale, 412, "stale", "read it again")
    assert Round.objects.get().status == Status.QUEUED
    done = admin.post(f"rounds/{round_.pk}/cancel", headers={"If-Match": tag})
    assert (done.status_code, done.json()["status"]) == (200, "cancelled")
    assert_problem(admin.post(f"rounds/{round_.pk}/resume", headers={"If-Match": tag}), 412, "stale")


def test_a_round_is_started_as_on_its_page(admin: Api, settings: Any, tmp_path: Path) -> None:
    settings.ATTRX_BASE_MODEL = str(model_folder(tmp_path / "base"))
    small_catalogue()
    answer = admin.post("rounds", {"iterations": 2, "seed": 7})
    made = answer.json()
    assert (answer.status_code, made["status"], made["created_by"]) == (201, "queued", "admin")
    assert (made["params"]["iterations"], made["params"]["seed"]) == (2, 7)
    assert admin.get(answer["Location"]).status_code == 200


def test_a_round_that_cannot_start_says_why(admin: Api, settings: Any, tmp_path: Path) -> None:
    settings.ATTRX_BASE_MODEL = str(model_folder(tmp_path / "base"))
    assert_problem(admin.post("rounds", {}), 409, "conflict", "The round cannot start")
    refused = admin.post("rounds", {"iterations": 21, "strategy": "luck"})
    assert_problem(refused, 400, "invalid")
    assert list(errors_of(refused)) == ["strategy", "iterations"]
    assert not Round.objects.exists()


def test_reviewers_see_rounds_and_start_none(there: World) -> None:
    reviewer = Api(user_with(Role.REVIEWER))
    assert reviewer.get("rounds").status_code == 200
    for path in ("rounds", f"rounds/{there.round.pk}/cancel", f"versions/{there.champion.pk}/promote"):
        assert_problem(reviewer.post(path), 403, "permission_denied", "This is for: admin")


def promotable() -> tuple[int, int]:
    """A champion, and a version that is clearly better."""
    sizes = {"kurta": 60}
    first, second = (version_with(round_over(sizes), {"kurta": right}) for right in (20, 55))
    for version in (first, second):
        version_offer(version_id=version.pk)
    return first.pk, second.pk


def test_a_version_is_promoted_and_rolled_back_with_a_reason(admin: Api) -> None:
    champion, better = promotable()
    body = {"champion": champion, "reason": "It is better on every vertical."}
    change = admin.post(f"versions/{better}/promote", body).json()
    assert (change["kind"], change["from_version"], change["to_version"]) == ("promoted", champion, better)
    assert (change["by"], change["reason"]) == ("admin", body["reason"])
    back = admin.post("versions/rollback", {"champion": better, "reason": "Sellers complain."}).json()
    assert (back["kind"], back["to_version"]) == ("rolled_back", champion)
    history = admin.get("versions/history").json()["results"]
    champions = [row["kind"] for row in history if row["alias"] == "champion"]
    assert champions == ["rolled_back", "promoted", "began"]


def test_a_promotion_needs_a_reason_and_the_champion_of_now(admin: Api) -> None:
    champion, better = promotable()
    missing = admin.post(f"versions/{better}/promote", {"champion": champion})
    assert list(errors_of(missing)) == ["reason"]
    overtaken = admin.post(f"versions/{better}/promote", {"champion": better + 99, "reason": "Better."})
    assert_problem(overtaken, 409, "conflict", "another version has become champion")
    assert Alias.objects.get(name="champion").version_id == champion


def test_the_gate_is_passed_or_overridden(admin: Api) -> None:
    sizes = {"kurta": 60}
    good, worse = (version_with(round_over(sizes), {"kurta": right}) for right in (55, 20))
    version_offer(version_id=good.pk)
    body = {"champion": good.pk, "reason": "An experiment."}
    refused = admin.post(f"versions/{worse.pk}/promote", body, headers={"Idempotency-Key": "a"})
    assert_problem(refused, 409, "gate_refused", "Override it")
    assert GateCheck.objects.filter(version=worse, passed=False).count() == 1
    done = admin.post(f"versions/{worse.pk}/promote", {**body, "override": True})
    assert done.json()["kind"] == "overridden"
    assert AliasChange.objects.get(kind="overridden").reason == "An experiment."


def test_work_is_leased_answered_and_finished_as_in_the_browser() -> None:
    tasks(2)
    api = Api(user_with(Role.ANNOTATOR))
    leased = api.post("work/lease", {"purposes": ["gold"], "vertical": "bag", "count": 2}).json()
    one, two = leased["items"]
    turn = {"turn": one["turn"], "token": one["token"]}
    messages = [
        turn | {"key": "1", "kind": "answer", "attribute": "colour", "values": ["red"]},
        turn | {"key": "2", "kind": "answer", "attribute": "closing", "values": ["zip"]},
        turn | {"key": "3", "kind": "finish", "seconds": 4},
    ]
    for _ in range(2):  # The same messages again change nothing.
        replies = api.post("work/messages", {"messages": messages}).json()["replies"]
        assert [(reply["key"], reply["status"]) for reply in replies] == [
            ("1", "done"),
            ("2", "done"),
            ("3", "done"),
        ]
    assert Label.objects.filter(listing__external_id=one["listing"]).count() == 2
    assert api.post("work/heartbeat", {"tokens": [two["token"]]}).json() == {"alive": [two["token"]]}
    assert api.post("work/release", {"tokens": [two["token"]]}).status_code == 204
    assert api.post("work/heartbeat", {"tokens": [two["token"]]}).json() == {"alive": []}
    assert [row["turn"] for row in api.get("work/history").json()] == [one["turn"]]


def test_a_lease_under_a_key_is_one_lease() -> None:
    tasks(3)
    api = Api(user_with(Role.ANNOTATOR))
    key = {"Idempotency-Key": "lease"}
    first, again = (api.post("work/lease", {"purposes": ["gold"]}, headers=key).json() for _ in range(2))
    assert first == again


def test_annotators_lease_no_reviews() -> None:
    tasks(1, purpose=Purpose.REVIEW)
    answer = Api(user_with(Role.ANNOTATOR)).post("work/lease", {"purposes": ["review"]})
    assert_problem(answer, 400, "invalid", "give one or more of seed, gold")
    [item] = Api(user_with(Role.REVIEWER)).post("work/lease", {"purposes": ["review"]}).json()["items"]
    assert item["purpose"] == "review"


def test_without_work_a_lease_says_why() -> None:
    leased = Api(user_with(Role.ANNOTATOR)).post("work/lease", {"purposes": ["gold"]}).json()
    assert leased == {"items": [], "more": False, "waiting": {"others": 0, "aside": 0}}


def test_a_message_that_is_none_is_refused_and_the_others_stand() -> None:
    tasks(1)
    api = Api(user_with(Role.ANNOTATOR))
    [item] = api.post("work/lease", {"purposes": ["gold"]}).json()["items"]
    turn = {"turn": item["turn"], "token": item["token"]}
    messages = ["nonsense", turn | {"key": "1", "kind": "answer", "attribute": "colour", "values": ["red"]}]
    replies = api.post("work/messages", {"messages": messages}).json()["replies"]
    assert [reply["status"] for reply in replies] == ["refused", "done"]

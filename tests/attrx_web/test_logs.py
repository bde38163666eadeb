"""The log says which request and task a line is about, in a form for machines, and never a secret."""

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from uuid import uuid4

import pytest
from celery import current_app, shared_task
from celery.contrib.testing.worker import start_worker
from django.conf import settings as django_settings
from django.test import Client
from django_guid import clear_guid, get_guid, set_guid

from attrx_web.env import EnvError, read_env
from attrx_web.logs import Context, JsonLines, Lines
from tests.queues import BROKER
from training.logcontext import RoundId, at_round

SECRETS = {
    "ATTRX_DEBUG": "0",
    "ATTRX_SECRET_KEY": "key-of-the-site",
    "DATABASE_URL": "postgres://attrx:of%20base@db/attrx",
    "REDIS_URL": "redis://:of-redis@redis:6379/0",
    "ATTRX_TEACHER_URL": "https://host/v1",
    "ATTRX_TEACHER_MODEL": "large-vl",
    "ATTRX_TEACHER_KEY": 'key"of"teacher',
    "ATTRX_MAIL_URL": "smtp://user:of-mails@host:587?from=attrx@example.org",
    "ATTRX_WEBHOOK_URL": "https://host/hook",
    "ATTRX_WEBHOOK_SECRET": "signs-what-is-posted",
    "ATTRX_METRICS_TOKEN": "token-of-prometheus",
    "AWS_SECRET_ACCESS_KEY": "key-of-the-bucket",
}
PLAIN = [
    *("key-of-the-site", "of base", "of%20base", "of-redis", 'key"of"teacher', "of-mails"),
    *("signs-what-is-posted", "token-of-prometheus", "key-of-the-bucket"),
]


def record(message: str, *, level: int = logging.INFO, failed: bool = False) -> logging.LogRecord:
    one = logging.LogRecord("attrx", level, __file__, 1, message, (), sys.exc_info() if failed else None)
    RoundId().filter(one)
    Context().filter(one)
    return one


@pytest.fixture
def secrets(tmp_path: Path) -> tuple[str, ...]:
    return read_env(SECRETS | {"ATTRX_VAR_DIR": str(tmp_path)}).operations.secrets


@pytest.fixture
def request_id() -> Iterator[str]:
    guid = uuid4().hex
    set_guid(guid)
    yield guid
    clear_guid()


def test_a_line_for_machines_says_which_round_and_request_it_is_about(request_id: str) -> None:
    with at_round(7):
        one = record("two\nlines", level=logging.WARNING)
    (line,) = JsonLines(secrets=()).format(one).splitlines()
    said = json.loads(line)
    assert said.pop("time").endswith("+00:00")
    assert said == {
        "level": "WARNING",
        "logger": "attrx",
        "message": "two\nlines",
        "round_id": 7,
        "request_id": request_id,
    }


def test_a_line_for_people_says_it_too(request_id: str) -> None:
    with at_round(7):
        line = Lines(secrets=()).format(record("drawing"))
    assert line.endswith(f"INFO attrx [round 7, request {request_id}]: drawing")
    assert Lines(secrets=()).format(record("later")).endswith(f"attrx [request {request_id}]: later")


@pytest.mark.parametrize("form", [Lines, JsonLines])
def test_no_secret_reaches_the_log(form: type[Lines] | type[JsonLines], secrets: tuple[str, ...]) -> None:
    try:
        raise ValueError(f"refused: {PLAIN}")
    except ValueError:
        one = record(f"with {' '.join(PLAIN)}", failed=True)
    one.extra = SECRETS
    line = form(secrets=secrets).format(one)
    escaped = [json.dumps(secret)[1:-1] for secret in PLAIN]
    assert [secret for secret in (*PLAIN, *escaped) if secret in line] == []
    assert "Traceback" in line and line.count("[secret]") >= 2 * len(PLAIN)


def test_the_environment_that_is_printed_shows_no_secret(tmp_path: Path) -> None:
    operations = read_env(SECRETS | {"ATTRX_VAR_DIR": str(tmp_path)}).operations
    assert [secret for secret in PLAIN if secret in repr(operations)] == []


@pytest.mark.parametrize(("debug", "form"), [("1", "line"), ("0", "json")])
def test_production_writes_for_machines(tmp_path: Path, debug: str, form: str) -> None:
    environ = SECRETS | {"ATTRX_VAR_DIR": str(tmp_path), "ATTRX_DEBUG": debug}
    assert read_env(environ).operations.log == form
    other = {"json": "line", "line": "json"}[form]
    assert read_env(environ | {"ATTRX_LOG": other}).operations.log == other


@pytest.mark.parametrize(
    ("name", "value"), [("ATTRX_LOG", "xml"), ("ATTRX_METRICS_TOKEN", "short-token-123")]
)
def test_what_cannot_be_used_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(EnvError, match=name):
        read_env({"ATTRX_VAR_DIR": str(tmp_path), name: value})


def test_a_request_keeps_its_id_and_gets_one_where_it_has_none(client: Client) -> None:
    guid = uuid4().hex
    assert client.get("/healthz", headers={"X-Request-ID": guid})["X-Request-ID"] == guid
    # What is no id could forge a line of the log.
    made = [client.get("/healthz", headers={"X-Request-ID": text})["X-Request-ID"] for text in ("", "x\ny")]
    assert len({*made, guid}) == 3 and all(len(one) == 32 for one in made)


@pytest.mark.django_db
def test_a_request_is_logged_by_the_name_of_its_address(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "attrx.request"):
        client.get("/accounts/login/?next=token-in-address")
        client.get("/no-such-address/token-in-address")
        client.get("/healthz")
    own = [one for one in caplog.records if one.name == "attrx.request"]
    assert [(one.method, one.view, one.status) for one in own] == [  # type: ignore[attr-defined]
        ("GET", "account_login", 200),
        ("GET", "unknown address", 404),
    ]
    assert "token-in-address" not in JsonLines(secrets=()).format(own[0])


heard: "Queue[str | None]" = Queue()


@shared_task(name="tests.attrx_web.hear")
def hear() -> None:
    heard.put(get_guid())


def test_a_task_goes_on_under_the_id_of_its_request(request_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("broker_write_url", "broker_read_url"):
        monkeypatch.setattr(current_app.conf, url, BROKER)
    hear.apply_async(queue="default")
    clear_guid()
    with start_worker(current_app, pool="solo", queues=["default"], perform_ping_check=False):
        assert heard.get(timeout=60) == request_id


def test_the_sites_own_configuration_is_the_one_that_is_tested() -> None:
    handler = django_settings.LOGGING["handlers"]["stderr"]
    assert handler["filters"] == ["round", "context"]
    assert django_settings.LOGGING["formatters"]["own"]["secrets"]

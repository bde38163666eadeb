"""The audit log as admins read it: pages, filters, search, files, the API."""

import csv
import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.models import Event
from attrx_web.roles import Role
from catalog.rest.scopes import Scope
from catalog.views.audit import EVENTS_PER_PAGE
from tests.api.calling import Api, assert_problem, errors_of
from tests.factories import user_with

pytestmark = pytest.mark.django_db
START = timezone.make_aware(datetime(2026, 3, 1, 12))


def event(number: int = 0, **fields: Any) -> Event:
    """An entry, `number` minutes after the first."""
    given = {
        "action": Action.ROUND_STARTED,
        "via": "browser",
        "object_kind": Kind.ROUND,
        "object_key": "7",
        "object_name": "round 7",
        "person": "ana",
    }
    return Event.objects.create(at=START + timedelta(minutes=number), **(given | fields))


@pytest.fixture
def admin(client: Client) -> Client:
    """A browser in which an admin has signed in; the log is as empty as can be."""
    client.force_login(user_with(Role.ADMIN))
    return client


def shown(client: Client, **query: str) -> list[int]:
    """The entries of the page, without what this test's set-up did."""
    page = client.get(reverse("audit:log"), query)
    assert page.status_code == 200
    return [row.pk for row, _ in page.context["rows"] if row.at < START + timedelta(days=90)]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, [4, 3, 2, 1, 0]),
        ({"person": "bo"}, [1]),
        ({"action": "version.promoted"}, [2]),
        ({"kind": "version", "key": "5"}, [2]),
        ({"kind": "round"}, [4, 3, 1, 0]),
        ({"address": "10.0.0.9"}, [3]),
        ({"address": "2001:DB8::1"}, [4]),
        ({"q": "gold is better"}, [2]),
        ({"q": "firefox"}, [1]),
        ({"q": "prom"}, [2]),
        ({"q": "nothing of the sort"}, []),
        ({"since": "2026-03-02"}, [4]),
        ({"until": "2026-03-01"}, [3, 2, 1, 0]),
        ({"since": "2026-03-01", "until": "2026-03-01", "person": "ana"}, [3, 2, 0]),
    ],
)
def test_filters_keep_what_they_say(admin: Client, query: dict[str, str], numbers: list[int]) -> None:
    made = [
        event(0),
        event(1, person="bo", client="Firefox/128.0"),
        event(
            2,
            action=Action.VERSION_PROMOTED,
            object_kind=Kind.VERSION,
            object_key="5",
            object_name="version 5",
            reason="Gold is better: promoted",
        ),
        event(3, address="10.0.0.9"),
        event(24 * 60, address="2001:db8::1"),
    ]
    assert shown(admin, **query) == [made[number].pk for number in numbers]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"action": "round.exploded"}, b"not one of the available choices"),
        ({"since": "yesterday"}, b"Enter a valid date"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, b"give a later one"),
        ({"key": "7"}, b"Say what this is the key of"),
        ({"address": "10.0.0"}, b"valid IPv4"),
        ({"q": "nul\0"}, b"Null characters"),
    ],
)
def test_a_filter_that_cannot_be_read_is_told(admin: Client, query: dict[str, str], said: bytes) -> None:
    page = admin.get(reverse("audit:log"), query)
    assert page.status_code == 200
    assert said in page.content


def test_pages_are_walked_by_key_while_entries_come(
    admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    made = [event(number).pk for number in range(EVENTS_PER_PAGE + 7)]
    page = admin.get(reverse("audit:log"), {"person": "ana"})
    assert [row.pk for row, _ in page.context["rows"]] == made[:6:-1]
    event(999)
    with django_assert_max_num_queries(10):
        after = admin.get(f"{reverse('audit:log')}?{page.context['next']}")
    assert [row.pk for row, _ in after.context["rows"]] == made[6::-1]
    assert not after.context["next"]
    back = admin.get(f"{reverse('audit:log')}?{after.context['previous']}")
    assert [row.pk for row, _ in back.context["rows"]] == made[:6:-1]


def test_an_entry_shows_what_was_before_and_after_and_leads_to_what_it_is_about(admin: Client) -> None:
    made = event(
        before={"roles": ["annotator"]}, after={"roles": ["reviewer"], "n": 3}, reason="<b>asked</b>"
    )
    page = admin.get(reverse("audit:event", args=[made.pk])).content.decode()
    assert reverse("training:round", args=["7"]) in page
    assert '<td class="audit-value">annotator</td>' in page
    assert '<td class="audit-value">3</td>' in page
    assert "&lt;b&gt;asked" in page and "<b>asked" not in page
    assert "?kind=round&amp;key=7" in page
    assert admin.get(reverse("audit:event", args=[made.pk + 999])).status_code == 404


def test_the_file_of_a_spreadsheet_runs_nothing(admin: Client) -> None:
    made = event(person="=cmd()", reason="+1", before={"a": "=1"}, address="10.0.0.1")
    event(person="somebody else")
    answer = admin.get(reverse("audit:csv"), {"person": "=cmd()"})
    [row] = csv.DictReader(io.StringIO(b"".join(answer).decode(), newline=""))
    assert (row["id"], row["person"], row["reason"]) == (str(made.pk), "'=cmd()", "'+1")
    assert (row["before"], row["at"]) == ('{"a": "=1"}', "2026-03-01T12:00:00.000000Z")
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-')


def test_the_file_of_lines_has_every_entry_and_that_it_was_taken_is_one(admin: Client) -> None:
    made = [event(number).pk for number in range(9)]
    lines = b"".join(admin.get(reverse("audit:jsonl"), {"kind": "round"})).decode().splitlines()
    assert [json.loads(line)["id"] for line in lines] == made[::-1]
    newest = Event.objects.all()[0]
    assert (newest.action, newest.person, newest.after) == (
        Action.LOG_EXPORTED,
        "admin",
        {"format": "jsonl", "filters": {"kind": "round"}},
    )


def test_a_file_is_read_in_portions(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.selectors.audit.BATCH", 3)
    made = [event(number // 2).pk for number in range(8)]
    lines = b"".join(admin.get(reverse("audit:jsonl"), {"kind": "round"})).decode().splitlines()
    assert [json.loads(line)["id"] for line in lines] == made[::-1]


def test_programs_read_it_with_a_scope_of_its_own() -> None:
    admin = user_with(Role.ADMIN)
    made = [event(number).pk for number in range(3)]
    reads = Api(admin, [Scope.AUDIT])
    page = reads.get("audit", kind="round", size=2).json()
    assert [row["id"] for row in page["results"]] == made[:0:-1]
    assert [row["id"] for row in reads.get(page["next"]).json()["results"]] == made[:1]
    assert reads.get(f"audit/{made[0]}").json()["object_name"] == "round 7"
    assert_problem(Api(admin, [Scope.READ]).get("audit"), 403, "permission_denied", "scope 'audit'")
    reviewer = Api(user_with(Role.REVIEWER))
    assert_problem(reviewer.get("audit"), 403, "permission_denied", "admin")
    assert "since" in errors_of(reads.get("audit", since="yesterday"))
    assert "who" in errors_of(reads.get("audit", who="ana"))
    assert reads.post("audit", {}).status_code == 405


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_others_do_not_see_it(client: Client, role: Role) -> None:
    client.force_login(user_with(role))
    for name in ("log", "csv", "jsonl"):
        assert client.get(reverse(f"audit:{name}")).status_code == 403
    assert reverse("audit:log") not in client.get(reverse("labeling:board")).content.decode()

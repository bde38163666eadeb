"""manage.py benchmark_audit measures on PostgreSQL, and says so elsewhere."""

import json
import subprocess
import sys
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from attrx_web.auditlog.actions import Kind
from attrx_web.auditlog.models import Event
from attrx_web.env import REPOSITORY
from attrx_web.roles import Role
from tests.factories import user_with
from training.audit_benchmark.peers import entries_write
from training.audit_benchmark.visits import KINDS, entries_on
from training.management.commands.benchmark_audit import FEWEST, Command, Exported, Visit


def test_a_short_log_is_read_taken_away_and_written() -> None:
    if connection.vendor != "postgresql":
        with pytest.raises(CommandError, match="a measurement needs PostgreSQL: set DATABASE_URL"):
            call_command("benchmark_audit")
        return
    words = ["benchmark_audit", "--entries", str(FEWEST), "--seconds", "0"]
    run = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert run.stdout, run.stderr
    summary = json.loads(run.stdout.splitlines()[-1])
    assert summary["entries"] == FEWEST and summary["ratio"] > 0
    shown = {kind: figures["entries"] for kind, figures in summary["kinds"].items()}
    assert set(shown) == set(KINDS)
    nothing = ("act that never was", "things that never were", "search, nothing")
    assert {shown[kind] for kind in nothing} == {0}
    filled = ("newest", "things of long ago", "act, common", "all rounds", "search, every entry")
    assert {shown[kind] for kind in filled} == {50}
    assert min(shown[kind] for kind in ("deep page", "person", "one round", "search, a browser")) > 0
    assert shown["an entry"] == 1
    for file in summary["files"].values():
        assert file["rows"] >= FEWEST and file["times_copy"] > 0
    assert summary["writes"]["entry"]["entries"] == summary["writes"]["insert"]["entries"] > 0


def test_a_log_that_is_too_short_is_refused() -> None:
    with pytest.raises(CommandError, match="--entries is 50: give 10000 or more") as refused:
        call_command("benchmark_audit", "--entries", "50")
    assert refused.value.returncode == 2


@pytest.mark.parametrize(("milliseconds", "is_met"), [(190.0, True), (210.0, False)])
def test_a_kind_of_page_that_takes_too_long_is_named(milliseconds: float, is_met: bool) -> None:
    visits = {
        "newest": [Visit(20.0, "/audit/", 50, 0.5)] * 5,
        "search": [Visit(milliseconds, "/audit/?q=gold", 1, 0.5)] * 5,
    }
    files = {"csv": Exported(20_000, 4.0, 10**6)}
    out = StringIO()
    command = Command(stdout=out)
    if is_met:
        command.report(20_000, visits, files, 0.5, ([0.4] * 4, [0.2] * 4))
    else:
        with pytest.raises(CommandError, match="a page takes too long: search"):
            command.report(20_000, visits, files, 0.5, ([0.4] * 4, [0.2] * 4))
    summary = json.loads(out.getvalue().splitlines()[-1])
    assert (summary["met"], summary["slowest_kind"]) == (is_met, "search")
    assert summary["ratio"] == (20.0 + milliseconds) / 1.0
    assert summary["files"]["csv"]["times_copy"] == 8.0
    assert summary["files"]["csv"]["rows_per_second"] == 5000
    assert summary["writes"]["ratio"] == 2.0


@pytest.mark.django_db
def test_what_pages_show_is_read_off_them(client: Client) -> None:
    given = {"action": "round.started", "via": "browser", "object_kind": Kind.ROUND, "object_key": "7"}
    made = [Event.objects.create(**given).pk for _ in range(3)]
    client.force_login(user_with(Role.ADMIN))
    page = client.get(reverse("audit:log"), {"kind": "round"})
    assert entries_on(page.content) == made[::-1]
    assert entries_on(client.get(reverse("audit:event", args=made[:1])).content) == made[:1]


@pytest.mark.django_db
def test_every_kind_of_page_is_one_without_a_filter_that_cannot_be_read(client: Client) -> None:
    client.force_login(user_with(Role.ADMIN))
    random = Random(0)
    for kind, draw in KINDS.items():
        if kind != "an entry":
            assert not client.get(draw(random, 5000)).context["form"].errors, kind


@pytest.mark.django_db
def test_entries_and_plain_inserts_are_both_written() -> None:
    before = Event.objects.count()
    recorded, inserted = entries_write(3)
    assert len(recorded) == len(inserted) == 3 and min(recorded + inserted) > 0
    assert Event.objects.count() == before + 6
    written, plain = Event.objects.order_by("-pk")[:2][::-1]
    assert (written.after, written.object_key) == (plain.after, plain.object_key)

"""What is done to rounds and versions, and what is taken away, is in the audit log."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from attrx_web.auditlog.actions import Action
from attrx_web.auditlog.models import Event
from attrx_web.roles import Role
from tests.factories import user_with
from tests.training.registry import offered, round_over
from training import services
from training.services.ledger import round_failed
from training.services.versions import GateRefused, version_promote, version_rollback

pytestmark = pytest.mark.django_db

GOLD = {"cap": 60}


@pytest.fixture
def admin() -> User:
    return user_with(Role.ADMIN)


def told(**wanted: object) -> list[Event]:
    return list(Event.objects.filter(**wanted).order_by("pk"))


def test_a_round_is_told_by_who_started_cancelled_and_resumed_it(
    catalogue: None, client: Client, admin: User, no_queue: None
) -> None:
    other = user_with(Role.ADMIN, "olga")
    round_ = services.round_start(iterations=2, seed=7, created_by=admin)
    client.force_login(other)
    client.post(reverse("training:cancel", args=[round_.pk]))
    client.post(reverse("training:resume", args=[round_.pk]))
    claim = services.round_claim(round_id=round_.pk, worker="a worker")
    assert claim is not None
    assert round_failed(claim=claim, error="No memory.")
    events = told(object_kind="round", object_key=str(round_.pk))
    assert [(event.action, event.person) for event in events] == [
        (Action.ROUND_STARTED, "admin"),
        (Action.ROUND_CANCELLED, "olga"),
        (Action.ROUND_RESUMED, "olga"),
        (Action.ROUND_ENDED, "admin"),
    ]
    assert events[0].after == {"strategy": "sft_dpo", "iterations": 2, "seed": 7, "preset": ""}
    assert events[-1].after == {"status": "failed", "error": "No memory."}


def test_promotions_are_told_with_the_gates_word_and_the_reason(admin: User) -> None:
    first = offered(round_over(GOLD), {"cap": 40})
    better = offered(round_over(GOLD), {"cap": 58})
    worse = offered(round_over(GOLD), {"cap": 20})
    version_promote(version_id=better.pk, champion_id=first.pk, by=admin)
    with pytest.raises(GateRefused):
        version_promote(version_id=worse.pk, champion_id=better.pk, by=admin)
    version_promote(
        version_id=worse.pk, champion_id=better.pk, by=admin, reason="it is faster", override=True
    )
    version_rollback(champion_id=worse.pk, by=admin, reason="it was not")
    events = told(object_kind="version", person="admin")
    assert [(event.action, event.object_key, event.reason) for event in events] == [
        (Action.VERSION_PROMOTED, str(better.pk), ""),
        (Action.VERSION_OVERRIDDEN, str(worse.pk), "it is faster"),
        (Action.VERSION_ROLLED_BACK, str(better.pk), "it was not"),
    ]
    assert (events[1].before, events[1].after) == ({"champion": better.pk}, {"champion": worse.pk})


def test_what_is_downloaded_is_told(client: Client, admin: User, tmp_path: Path) -> None:
    version = offered(round_over(GOLD), {"cap": 40})
    client.force_login(admin)
    client.get(reverse("training:export_file"), {"what": "labels", "format": "csv", "split": "gold"})
    client.get(reverse("training:version_download", args=[version.pk]))
    call_command("catalog_export", "labels", out=tmp_path / "labels.csv")
    page, command = told(action=Action.EXPORT_DOWNLOADED)
    assert (page.person, page.via) == ("admin", "browser")
    assert page.after == {"what": "labels", "format": "csv", "filters": {"split": "gold"}}
    assert (command.person, command.via) == ("", "command")
    [download] = told(action=Action.VERSION_DOWNLOADED)
    assert download.object_key == str(version.pk)

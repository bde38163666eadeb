"""Imports, rounds and promotions are told to the webhook once each, and again when somebody asks for it."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from attrx_web.roles import Role
from catalog.models import Import, Status
from catalog.models.imports import Stage
from tests.factories import ImportFactory, user_with
from tests.training.health.test_deliveries import Receiver, receiver
from tests.training.registry import offered, round_over
from tests.training.rounds import round_in
from training import tasks
from training.models import Delivery, Round
from training.services import deliveries
from training.services.versions import version_promote, version_rollback

pytestmark = pytest.mark.django_db

__all__ = ["receiver"]


def import_done() -> Import:
    now = timezone.now()
    return ImportFactory.create(
        name="night.csv",
        status=Status.DONE,
        stage=Stage.SETTLE,
        started=now,
        heartbeat=now,
        finished=now,
        listings_created=7,
    )


def sweep_and_send() -> None:
    deliveries.events_queue()
    for pk in Delivery.objects.filter(status=Status.QUEUED).order_by("pk").values_list("pk", flat=True):
        tasks.delivery_send(pk)


def told(receiver: Receiver) -> list[dict[str, object]]:
    return [json.loads(body) for _, body in receiver.got]


def test_an_import_that_is_done_is_told_once(receiver: Receiver) -> None:
    row = import_done()
    for _ in range(2):
        sweep_and_send()
    [said] = told(receiver)
    assert (said["event"], said["import"], said["listings_created"]) == ("import.done", row.pk, 7)
    assert said["page"] == f"https://attrx.example.org/catalog/imports/{row.pk}/"
    assert said["resource"] == f"https://attrx.example.org/api/v1/imports/{row.pk}"


@pytest.mark.parametrize(
    ("status", "stage"),
    [(Status.DONE, Stage.CHECK), (Status.DONE, Stage.PLAN), (Status.CANCELLED, Stage.SETTLE)],
)
def test_an_import_that_brought_nothing_is_no_event(receiver: Receiver, status: Status, stage: Stage) -> None:
    row = import_done()
    Import.objects.filter(pk=row.pk).update(status=status, stage=stage)
    sweep_and_send()
    assert told(receiver) == []


def test_a_round_that_is_done_is_told_and_one_that_failed_is_not(receiver: Receiver) -> None:
    done = round_in(Status.DONE, note="Gold stopped improving.")
    round_in(Status.FAILED)
    round_in(Status.QUEUED)
    sweep_and_send()
    [said] = told(receiver)
    assert (said["event"], said["round"], said["note"]) == ("round.done", done.pk, "Gold stopped improving.")


def test_every_change_of_the_champion_is_told(receiver: Receiver) -> None:
    admin = user_with(Role.ADMIN)
    first, second = (offered(round_over({"cap": 60}), {"cap": right}) for right in (20, 55))
    Round.objects.update(finished=timezone.now() - timedelta(days=2))
    version_promote(version_id=second.pk, champion_id=first.pk, by=admin, reason="Better.")
    version_rollback(champion_id=second.pk, by=admin, reason="Sellers complain.")
    sweep_and_send()
    said = [(one["event"], one["how"], one["version"], one["by"]) for one in told(receiver)]
    assert said == [
        ("version.promoted", "began", first.pk, None),
        ("version.promoted", "promoted", second.pk, "admin"),
        ("version.promoted", "rolled_back", first.pk, "admin"),
    ]


def test_what_is_old_is_no_news(receiver: Receiver) -> None:
    import_done()
    Import.objects.update(finished=timezone.now() - timedelta(days=1, minutes=1))
    sweep_and_send()
    assert told(receiver) == []


def test_a_site_without_a_webhook_queues_nothing(settings: Settings) -> None:
    settings.ATTRX_WEBHOOK = None
    import_done()
    assert deliveries.events_queue() == 0 and not Delivery.objects.exists()


def test_the_sweep_finds_events(receiver: Receiver) -> None:
    import_done()
    deliveries.deliveries_sweep()
    assert Delivery.objects.get().event == "import.done"


def test_what_does_not_arrive_is_tried_again_later(receiver: Receiver) -> None:
    receiver.status = 500
    import_done()
    sweep_and_send()
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts) == (Status.QUEUED, 1)
    assert delivery.due > timezone.now() + timedelta(seconds=50)


def test_a_message_is_sent_once_more_under_its_number(receiver: Receiver) -> None:
    import_done()
    sweep_and_send()
    number = Delivery.objects.get().pk
    call_command("webhook_replay", str(number))
    sweep_and_send()
    (first, before), (second, after) = receiver.got
    assert before == after
    assert first["X-Attrx-Delivery"] == second["X-Attrx-Delivery"] == str(number)


def test_all_that_were_given_up_are_sent_once_more(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deliveries, "MOST_ATTEMPTS", 1)
    receiver.status = 500
    import_done()
    sweep_and_send()
    assert Delivery.objects.get().status == Status.FAILED
    receiver.status = 200
    call_command("webhook_replay", "--failed")
    assert "1 message will be sent once more." in capsys.readouterr().out
    sweep_and_send()
    assert Delivery.objects.get().status == Status.DONE


def test_only_what_has_ended_is_sent_once_more(receiver: Receiver) -> None:
    import_done()
    deliveries.events_queue()
    for arguments in ([str(Delivery.objects.get().pk)], ["987654"], [], ["--failed", "1"]):
        with pytest.raises(CommandError):
            call_command("webhook_replay", *arguments)

"""Messages leave by mail and signed webhook, are tried again with growing pauses, never go inside."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from threading import Thread

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django.fixtures import Settings

from attrx_web.env import Webhook
from attrx_web.roles import Role
from catalog.models import Status
from tests.factories import AttributeFactory, VerticalFactory, user_with
from training import tasks
from training.health.webhook import DeliveryError, signature, webhook_post
from training.health.weeks import last_week
from training.models import Alert, Delivery, FigureKind, WeeklyFigure
from training.services import deliveries
from training.services.alerts import alerts_judge

pytestmark = pytest.mark.django_db

SECRET = "sixteen random characters"


@dataclass
class Receiver:
    """A server that keeps what it is sent."""

    url: str = ""
    status: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """On this machine, which is allowed."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append((dict(self.headers), body))
            self.send_response(found.status)
            self.send_header("Location", "http://127.0.0.1/")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}/alerts"
    settings.ATTRX_WEBHOOK = Webhook(found.url, SECRET)
    settings.ATTRX_FETCH_ALLOW = [ip_network("127.0.0.1")]
    settings.ATTRX_SITE_URL = "https://attrx.example.org"
    yield found
    server.shutdown()
    server.server_close()


def alarm() -> Alert:
    """An alert of a value mix."""
    vertical = VerticalFactory.create(code="kurta", label="Kurta")
    week = last_week(timezone.now())
    WeeklyFigure.objects.create(
        week=week,
        vertical=vertical,
        attribute=AttributeFactory.create(vertical=vertical, code="color", label="Color"),
        kind=FigureKind.VALUE_MIX,
        value=0.31,
        effect=0.31,
        count=60,
        p_value=1e-5,
        adjusted=1e-3,
    )
    [alert] = alerts_judge(week=week)
    return alert


def send_all() -> None:
    for delivery in Delivery.objects.order_by("pk"):
        tasks.delivery_send(delivery.pk)


class TestWebhook:
    def test_an_alert_is_posted_once_and_signed(self, receiver: Receiver) -> None:
        alert = alarm()
        send_all()
        send_all()
        [(headers, body)] = receiver.got
        said = json.loads(body)
        assert (said["event"], said["alert"], said["vertical"]) == ("alert.opened", alert.pk, "kurta")
        assert said["page"] == "https://attrx.example.org/health/vertical/kurta/"
        assert said["actions"][1]["url"] == "https://attrx.example.org/label/seeds/kurta/"
        expected = signature(SECRET, headers["X-Attrx-Timestamp"], body)
        assert headers["X-Attrx-Signature"] == f"sha256={expected}"
        assert Delivery.objects.get().status == Status.DONE

    def test_the_signature_is_the_hmac_that_receivers_compute(self) -> None:
        # echo -n '1700000000.{}' | openssl dgst -sha256 -hmac key
        assert signature("key", "1700000000", b"{}") == (
            "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"
        )

    @pytest.mark.parametrize("status", [302, 404, 500])
    def test_another_answer_is_a_failure_that_is_tried_again_later(
        self, receiver: Receiver, status: int
    ) -> None:
        receiver.status = status
        alarm()
        send_all()
        delivery = Delivery.objects.get()
        assert (delivery.status, delivery.attempts) == (Status.QUEUED, 1)
        assert delivery.problem == f"The webhook answers {status}."
        assert delivery.due > timezone.now() + timedelta(seconds=50)
        send_all()
        assert len(receiver.got) == 1
        Delivery.objects.update(due=timezone.now())
        receiver.status = 200
        send_all()
        assert Delivery.objects.get().status == Status.DONE

    def test_pauses_grow_and_end(self, receiver: Receiver) -> None:
        receiver.status = 503
        alarm()
        pauses = []
        for _ in range(deliveries.MOST_ATTEMPTS):
            Delivery.objects.update(due=timezone.now())
            send_all()
            pauses.append(round((Delivery.objects.get().due - timezone.now()).total_seconds() / 60))
        assert pauses == [1, 2, 4, 8, 16, 32, 64, 128]
        delivery = Delivery.objects.get()
        assert delivery.status == Status.FAILED
        assert "attempt 8, the last one" in delivery.error

    def test_an_address_inside_the_network_is_never_asked(
        self, receiver: Receiver, settings: Settings
    ) -> None:
        settings.ATTRX_FETCH_ALLOW = []
        with pytest.raises(DeliveryError, match="inside this network"):
            webhook_post({}, delivery_id=1)
        settings.ATTRX_WEBHOOK = Webhook("https://hooks.example.org/alerts", SECRET)
        with pytest.raises(DeliveryError, match="inside this network"):
            webhook_post({}, delivery_id=1, resolve=lambda host, port: ["10.0.0.7"])
        assert receiver.got == []

    def test_a_server_that_is_away_is_a_failure(self, settings: Settings) -> None:
        settings.ATTRX_FETCH_ALLOW = [ip_network("127.0.0.1")]
        settings.ATTRX_WEBHOOK = Webhook("http://127.0.0.1:9/", SECRET)
        with pytest.raises(DeliveryError, match="does not answer"):
            webhook_post({}, delivery_id=1)

    def test_whoever_heard_of_an_alert_hears_that_it_is_over(self, receiver: Receiver) -> None:
        alert = alarm()
        WeeklyFigure.objects.update(value=0.01, effect=0.01, adjusted=1.0)
        alerts_judge(week=alert.week)
        send_all()
        assert [json.loads(body)["event"] for _, body in receiver.got] == ["alert.opened", "alert.resolved"]


class TestMail:
    def test_admins_with_an_address_are_told(self, settings: Settings) -> None:
        settings.ATTRX_MAIL_FROM = "attrx@example.org"
        ada = user_with(Role.ADMIN, "ada")
        ada.email = "ada@example.org"
        ada.save()
        user_with(Role.ADMIN, "bo")
        alarm()
        send_all()
        [message] = mail.outbox
        assert (message.bcc, message.from_email) == (["ada@example.org"], "attrx@example.org")
        assert message.subject == "[attrx] Value mix: Kurta / Color"
        assert "The population stability index is 0.31 on 60 listings." in message.body
        assert "Start a round: " in message.body

    def test_a_site_without_a_mail_server_and_a_webhook_queues_nothing(self) -> None:
        alarm()
        assert not Delivery.objects.exists()

    def test_a_mail_server_that_is_away_is_a_failure(self, settings: Settings) -> None:
        settings.ATTRX_MAIL_FROM = "attrx@example.org"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        ada = user_with(Role.ADMIN, "ada")
        ada.email = "ada@example.org"
        ada.save()
        alarm()
        send_all()
        assert "The mail server does not take it" in Delivery.objects.get().problem


def test_a_message_whose_worker_is_gone_is_queued_again(receiver: Receiver) -> None:
    alarm()
    delivery = Delivery.objects.get()
    assert deliveries.delivery_claim(delivery_id=delivery.pk, worker="process 7 on laptop")
    Delivery.objects.update(heartbeat=timezone.now() - timedelta(minutes=5))
    deliveries.deliveries_sweep()
    assert Delivery.objects.get().status == Status.QUEUED

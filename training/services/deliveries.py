"""Messages about alerts: queued with a ledger row each, sent by a worker, tried again with growing pauses."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog.models import Status
from catalog.services.ledger import (
    SILENT_AFTER,
    CancelRequested,
    Claim,
    ClaimLost,
    held,
    pulse,
    silent_work_return,
    work_claim,
    work_close,
    work_done,
    work_hint,
    work_return,
)
from training.health.mail import mail_addresses, mail_send
from training.health.messages import message_of
from training.health.webhook import DeliveryError, webhook_post
from training.models import Alert, AlertDelivery, Channel

logger = logging.getLogger(__name__)

DELIVERY_SEND = "training.tasks.delivery_send"
MOST_ATTEMPTS = 8
FIRST_PAUSE = timedelta(minutes=1)
"""Before the second attempt; doubled before each further one: the eighth comes two hours after the first."""


def deliveries_queue(*, alert: Alert, event: str, channels: Iterable[Channel]) -> None:
    """Queue a message for each of the channels that the site has; to be called in a transaction."""
    now = timezone.now()
    for channel in channels:
        if _is_there(channel):
            delivery, created = AlertDelivery.objects.get_or_create(
                alert=alert, channel=channel, event=event, defaults={"due": now}
            )
            if created:
                _tell(delivery.pk)


def deliveries_sweep(*, silent_for: timedelta = SILENT_AFTER) -> None:
    """Tell workers of what is due, and queue again what lost its worker."""
    silent_work_return(AlertDelivery, silent_for=silent_for)
    due = AlertDelivery.objects.filter(status=Status.QUEUED, due__lte=timezone.now())
    for pk in due.values_list("pk", flat=True):
        work_hint(task=DELIVERY_SEND, pk=pk, queue="default")


def delivery_claim(*, delivery_id: int, worker: str) -> Claim | None:
    """Take a message that is due; None when it is not queued (any more), or not yet due."""
    if not AlertDelivery.objects.filter(pk=delivery_id, due__lte=timezone.now()).exists():
        return None
    return work_claim(AlertDelivery, pk=delivery_id, worker=worker)


def delivery_send(claim: Claim) -> None:
    """Send the claimed message. A failure is kept with its reason, and tried again later a few times."""
    rows = AlertDelivery.objects.select_related("alert__vertical", "alert__attribute", "alert__figure")
    delivery = rows.get(pk=claim.pk)
    message = message_of(delivery.alert, event=delivery.event, base=settings.ATTRX_SITE_URL)
    try:
        with pulse(claim):
            if delivery.channel == Channel.MAIL:
                mail_send(message)
            else:
                webhook_post(message.to_json(), delivery_id=delivery.pk)
        with held(claim):
            work_done(claim=claim, attempts=delivery.attempts + 1, problem="")
    except DeliveryError as error:
        _failed(claim, delivery, str(error))
    except (CancelRequested, ClaimLost):
        work_close(AlertDelivery, pk=claim.pk, status=Status.CANCELLED, claim=claim.token)


def _failed(claim: Claim, delivery: AlertDelivery, problem: str) -> None:
    attempts = delivery.attempts + 1
    logger.warning("%s: attempt %s: %s", delivery, attempts, problem)
    with transaction.atomic():
        AlertDelivery.objects.filter(pk=delivery.pk, claim=claim.token).update(
            attempts=attempts, problem=problem, due=timezone.now() + FIRST_PAUSE * 2 ** (attempts - 1)
        )
        if attempts < MOST_ATTEMPTS:
            work_return(AlertDelivery, pk=delivery.pk, claim=claim.token)
        else:
            error = f"{problem} That was attempt {attempts}, the last one."
            work_close(AlertDelivery, pk=delivery.pk, status=Status.FAILED, error=error, claim=claim.token)


def _is_there(channel: Channel) -> bool:
    """Whether the site can send by it."""
    if channel == Channel.MAIL:
        return bool(settings.ATTRX_MAIL_FROM and mail_addresses())
    return settings.ATTRX_WEBHOOK is not None


def _tell(delivery_id: int) -> None:
    transaction.on_commit(lambda: work_hint(task=DELIVERY_SEND, pk=delivery_id, queue="default"), robust=True)

"""Messages about alerts and events: queued with a ledger row each, sent by a worker, tried again with growing
pauses, and sent once more when somebody asks for it."""

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
from training.models import Alert, Channel, Delivery
from training.selectors.events import events_untold

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
            delivery, created = Delivery.objects.get_or_create(
                alert=alert, channel=channel, event=event, defaults={"due": now}
            )
            if created:
                _tell(delivery.pk)


def deliveries_sweep(*, silent_for: timedelta = SILENT_AFTER) -> None:
    """Tell workers of what is due, and queue again what lost its worker."""
    silent_work_return(Delivery, silent_for=silent_for)
    events_queue()
    due = Delivery.objects.filter(status=Status.QUEUED, due__lte=timezone.now())
    for pk in due.values_list("pk", flat=True):
        work_hint(task=DELIVERY_SEND, pk=pk, queue="default")


def events_queue() -> int:
    """Queue a message for each event that nobody was told of, if the site has a webhook; returns how many."""
    if not _is_there(Channel.WEBHOOK):
        return 0
    queued = 0
    for event in events_untold():
        with transaction.atomic():
            delivery, created = Delivery.objects.get_or_create(
                event=event.kind,
                subject=event.subject,
                channel=Channel.WEBHOOK,
                defaults={"content": event.to_json(settings.ATTRX_SITE_URL), "due": timezone.now()},
            )
            queued += created
    return queued


def delivery_replay(*, delivery_id: int) -> bool:
    """Send a message once more that was sent, or given up. False when it is neither.

    Its number stays, by which a receiver knows that it had it before.
    """
    ended = Delivery.objects.filter(pk=delivery_id, status__in=[Status.DONE, Status.FAILED, Status.CANCELLED])
    with transaction.atomic():
        replayed = ended.update(
            status=Status.QUEUED,
            error="",
            worker="",
            finished=None,
            attempts=0,
            problem="",
            due=timezone.now(),
        )
        if replayed:
            _tell(delivery_id)
    return bool(replayed)


def delivery_claim(*, delivery_id: int, worker: str) -> Claim | None:
    """Take a message that is due; None when it is not queued (any more), or not yet due."""
    if not Delivery.objects.filter(pk=delivery_id, due__lte=timezone.now()).exists():
        return None
    return work_claim(Delivery, pk=delivery_id, worker=worker)


def delivery_send(claim: Claim) -> None:
    """Send the claimed message. A failure is kept with its reason, and tried again later a few times."""
    rows = Delivery.objects.select_related("alert__vertical", "alert__attribute", "alert__figure")
    delivery = rows.get(pk=claim.pk)
    try:
        with pulse(claim):
            _send(delivery)
        with held(claim):
            work_done(claim=claim, attempts=delivery.attempts + 1, problem="")
    except DeliveryError as error:
        _failed(claim, delivery, str(error))
    except (CancelRequested, ClaimLost):
        work_close(Delivery, pk=claim.pk, status=Status.CANCELLED, claim=claim.token)


def _send(delivery: Delivery) -> None:
    if delivery.alert is None:
        webhook_post(delivery.content, delivery_id=delivery.pk)
        return
    message = message_of(delivery.alert, event=delivery.event, base=settings.ATTRX_SITE_URL)
    if delivery.channel == Channel.MAIL:
        mail_send(message)
    else:
        webhook_post(message.to_json(), delivery_id=delivery.pk)


def _failed(claim: Claim, delivery: Delivery, problem: str) -> None:
    attempts = delivery.attempts + 1
    logger.warning("%s: attempt %s: %s", delivery, attempts, problem)
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk, claim=claim.token).update(
            attempts=attempts, problem=problem, due=timezone.now() + FIRST_PAUSE * 2 ** (attempts - 1)
        )
        if attempts < MOST_ATTEMPTS:
            work_return(Delivery, pk=delivery.pk, claim=claim.token)
        else:
            error = f"{problem} That was attempt {attempts}, the last one."
            work_close(Delivery, pk=delivery.pk, status=Status.FAILED, error=error, claim=claim.token)


def _is_there(channel: Channel) -> bool:
    """Whether the site can send by it."""
    if channel == Channel.MAIL:
        return bool(settings.ATTRX_MAIL_FROM and mail_addresses())
    return settings.ATTRX_WEBHOOK is not None


def _tell(delivery_id: int) -> None:
    transaction.on_commit(lambda: work_hint(task=DELIVERY_SEND, pk=delivery_id, queue="default"), robust=True)

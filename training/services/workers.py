"""What people ask of workers."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from training.presence import home_of

logger = logging.getLogger(__name__)


def worker_drain(*, name: str) -> bool:
    """Ask a worker to take nothing new; what it is at goes on to its end. False when the queue is silent."""
    queues = [queue.name for queue in settings.CELERY_TASK_QUEUES]
    told = _told(name, current_app.control.cancel_consumer, queues)
    return told and _recorded(Action.WORKER_DRAINED, name)


def worker_undrain(*, name: str) -> bool:
    """Ask a drained worker to take work again of the queues it had. False when it or the queue is silent."""
    try:
        queues = home_of(name)
    except redis.RedisError as error:
        logger.error("worker %s was not told to take work again: %s", name, error)
        return False
    told = bool(queues) and _told(name, current_app.control.add_consumer, queues)
    return told and _recorded(Action.WORKER_UNDRAINED, name)


@transaction.atomic
def _recorded(action: Action, name: str) -> bool:
    event_record(action, kind=Kind.WORKER, key=name, name=name)
    return True


def _told(name: str, control: Callable[..., Any], queues: Sequence[str]) -> bool:
    """Tell the worker about each queue; it obeys between two tasks, and nobody waits for its answer."""
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0)
            for queue in queues:
                control(queue, destination=[name], connection=broker, reply=False)
    except (OperationalError, OSError) as error:
        logger.error("worker %s was not told about the queues %s: %s", name, queues, error)
        return False
    logger.info("worker %s was told about the queues %s: %s", name, queues, control.__name__)
    return True

"""What people ask of workers."""

import logging

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def worker_drain(*, name: str) -> bool:
    """Ask a worker to take nothing new; what it is at goes on to its end. False when the queue is silent."""
    queues = [queue.name for queue in settings.CELERY_TASK_QUEUES]
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0)
            for queue in queues:
                # It obeys between two tasks: nobody waits for its answer.
                current_app.control.cancel_consumer(queue, destination=[name], connection=broker, reply=False)
    except (OperationalError, OSError) as error:
        logger.error("worker %s was not told to take nothing new: %s", name, error)
        return False
    logger.info("worker %s was told to take nothing new", name)
    return True

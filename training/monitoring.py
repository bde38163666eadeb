"""What Prometheus reads of queues, workers, rounds and leases: gauges made of stored rows when asked."""

from collections.abc import Iterable, Iterator

import redis
from django.conf import settings
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from training.predicting.queue import waiting, workers
from training.presence import Present, presents, queue_redis
from training.selectors.operations import heartbeat_ages, leases_live, stages_at_work, work_counts

UNACKNOWLEDGED = "unacked"
"""Where the broker keeps messages that a worker has and has not done."""


def gauges() -> bytes:
    """The gauges of this moment in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(Moment())
    return generate_latest(registry)


class Moment(Collector):
    """Reads database and Redis each time that it is collected."""

    def collect(self) -> Iterator[Metric]:
        """Every gauge. Where Redis is silent, attrx_redis_up is 0 and its gauges are missing, not 0."""
        yield from _ledgers()
        yield _gauge("attrx_leases", "Turns that somebody has now.", ["purpose"], _keyed(leases_live()))
        try:
            with queue_redis() as client:
                found = list(_queues(client)), presents(client)
                asked = waiting(client), len(workers(client))
        except redis.RedisError:
            yield GaugeMetricFamily("attrx_redis_up", "Whether the queues' Redis answers.", value=0)
            return
        yield GaugeMetricFamily("attrx_redis_up", "Whether the queues' Redis answers.", value=1)
        yield _gauge("attrx_queue_messages", "Messages that no worker has taken.", ["queue"], found[0])
        yield from _workers(found[1])
        said = "Requests for predictions that no model worker has taken."
        yield GaugeMetricFamily("attrx_predict_waiting", said, value=asked[0])
        yield GaugeMetricFamily("attrx_predict_workers", "Model workers that are there.", value=asked[1])


def _gauge(
    name: str, said: str, labels: list[str], rows: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, said, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def _keyed(counts: dict[str, int]) -> list[tuple[tuple[str, ...], float]]:
    return [((key,), count) for key, count in counts.items()]


def _ledgers() -> Iterator[Metric]:
    counts = [((kind, status), count) for kind, status, count in work_counts()]
    yield _gauge("attrx_work", "Rounds, their shards and imports.", ["kind", "status"], counts)
    ages = [((str(pk),), age) for pk, age in heartbeat_ages().items()]
    yield _gauge("attrx_round_silence_seconds", "Since a running round's sign of life.", ["round"], ages)
    stages = [((str(one.round_id), one.stage), one) for one in stages_at_work()]
    labels = ["round", "stage"]
    done = [(key, one.done) for key, one in stages]
    total = [(key, one.total) for key, one in stages]
    yield _gauge("attrx_stage_done", "Of attrx_stage_total, by a stage at work.", labels, done)
    yield _gauge("attrx_stage_total", "What a stage at work is to do; 0: not known.", labels, total)


def _queues(client: "redis.Redis") -> Iterator[tuple[tuple[str, ...], float]]:
    for queue in settings.CELERY_TASK_QUEUES:
        yield (queue.name,), client.llen(queue.name)
    yield (UNACKNOWLEDGED,), client.hlen(UNACKNOWLEDGED)


def _workers(workers: list[Present]) -> Iterator[Metric]:
    names = [queue.name for queue in settings.CELERY_TASK_QUEUES]
    there = [((name,), sum(name in one.queues for one in workers)) for name in names]
    yield _gauge("attrx_workers", "Workers that take tasks of the queue.", ["queue"], there)
    labels = ["worker", "device"]
    keyed = [((one.name, one.device), one) for one in workers]
    busy = [(key, len(one.doing)) for key, one in keyed]
    memory = [(key, one.memory) for key, one in keyed]
    used = [(key, one.gpu_memory) for key, one in keyed if one.gpu_total]
    total = [(key, one.gpu_total) for key, one in keyed if one.gpu_total]
    yield _gauge("attrx_worker_tasks", "Tasks that a worker is at.", labels, busy)
    yield _gauge("attrx_worker_memory_bytes", "The most that a worker has had.", labels, memory)
    yield _gauge("attrx_gpu_memory_bytes", "Of a worker's GPU in use, by whomever.", labels, used)
    yield _gauge("attrx_gpu_memory_total_bytes", "Of a worker's GPU.", labels, total)

"""The Celery application of the benchmark's worker: attrx's own, with a runner that has no model."""

import django
from celery.signals import worker_init

from attrx_web.celery import app

__all__ = ["app"]


@worker_init.connect
def use_benchmark_runner(**_: object) -> None:
    """Run rounds with it from now on."""
    django.setup()
    from training import sharding
    from training.round_benchmark.runner import BenchmarkRunner

    sharding.RUNNER = BenchmarkRunner()

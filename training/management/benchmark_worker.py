"""The Celery application of the benchmark's worker: attrx's own, with a runner that has no model."""

import django

from attrx_web.celery import app

django.setup()

from training import sharding  # noqa: E402  # Models come after the set-up.
from training.round_benchmark.runner import BenchmarkRunner  # noqa: E402

__all__ = ["app"]

sharding.RUNNER = BenchmarkRunner()

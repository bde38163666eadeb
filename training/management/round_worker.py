"""What the benchmark's worker loads (manage.py worker --app): attrx's own, with a runner that has no model."""

from attrx_web.celery import app
from training import sharding
from training.round_benchmark.runner import BenchmarkRunner

__all__ = ["app"]

sharding.RUNNER = BenchmarkRunner()

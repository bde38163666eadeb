"""manage.py benchmark_export measures on PostgreSQL, and says so elsewhere."""

import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from attrx_web.env import REPOSITORY


def test_exports_are_measured_beside_a_bare_copy() -> None:
    command = [sys.executable, "manage.py", "benchmark_export", "--rows", "1000", "--format", "csv"]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    if connection.vendor != "postgresql":
        assert run.returncode == 2
        assert "a measurement needs PostgreSQL: set DATABASE_URL" in run.stderr
        return
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout.splitlines()[-1])
    figures = result["formats"]["csv"]
    assert result["rows"] == 1000
    assert figures["bytes"] > 1000 * 50
    assert min(figures["peak_rss"], figures["peak_rss_of_a_tenth"]) > 2**20
    assert min(result["copy_seconds"], figures["times_copy"], figures["rows_per_second"]) > 0


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(CommandError, match="--rows is 50: give 100 or more") as refused:
        call_command("benchmark_export", "--rows", "50")
    assert refused.value.returncode == 2

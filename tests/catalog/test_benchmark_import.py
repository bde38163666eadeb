"""manage.py benchmark_import measures on PostgreSQL, and says so elsewhere."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from attrx_web.env import REPOSITORY
from catalog.importing.generated import COLUMNS, SCHEMA, write_rows


def test_an_import_is_measured_beside_a_bare_copy() -> None:
    command = [sys.executable, "manage.py", "benchmark_import", "--rows", "800", "--images", "5"]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    if connection.vendor != "postgresql":
        assert run.returncode == 2
        assert "a measurement needs PostgreSQL: set DATABASE_URL" in run.stderr
        return
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout.splitlines()[-1])
    assert result["rows"] == 800
    assert result["peak_rss_mib"] > 20
    assert 0.5 < result["peak_rss_to_a_tenth"] < 1.3
    assert min(result[name] for name in ("rows_per_second", "copy_rows_per_second", "ratio_to_copy")) > 0
    assert result["images"] == 5
    assert result["images_ratio"] > 0


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(CommandError, match="--rows is 50: give 80 or more") as refused:
        call_command("benchmark_import", "--rows", "50")
    assert refused.value.returncode == 2


def test_generated_rows_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_rows(tmp_path / name, rows=50, seed=seed)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() != (tmp_path / "c").read_bytes()
    rows = list(csv.DictReader((tmp_path / "a").read_text().splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert len({row["sku"] for row in rows}) == len({row["description"] for row in rows}) == 50
    assert {row["vertical"] for row in rows} <= set(SCHEMA)

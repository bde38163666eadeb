"""manage.py study_routing in a folder whose model has voted already."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.training.ml.folders import write_folder
from training.management.commands.study_routing import not_worse
from training.ml.records import write_jsonl
from training.ml.study.gain import GainSummary
from training.ml.study.simulated import SimulatedParams, simulate

OPTIONS: dict[str, Any] = {"seeds": 2, "live_runs": 40, "gain_seeds": 0, "simulated": 60, "jobs": 1}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As an interrupted study leaves it: rendered, trained and voted on."""
    write_folder(tmp_path / "catalogue", per_vertical=12)
    (tmp_path / "champion").mkdir()
    votes = simulate(SimulatedParams(verticals=3, listings=100), seed=5)
    write_jsonl(tmp_path / "votes.jsonl", votes)
    (tmp_path / "run.json").write_text(json.dumps({"study": "routing", "per_vertical": 130}))
    return tmp_path


def test_it_goes_on_and_ends_in_a_line_of_figures(folder: Path) -> None:
    out = StringIO()
    call_command("study_routing", out=folder, stdout=out, **OPTIONS)
    *text, last = out.getvalue().strip().splitlines()
    figures = json.loads(last)
    assert figures["met"] and figures["gain"] == []
    assert figures["demo"]["questions"] == 1200
    assert figures["simulated"]["questions"] == 12 * 4 * 60
    for source in ("demo", "simulated"):
        for reviewer in ("knowing", "erring", "erring, settled"):
            targets = figures[source][reviewer]["targets"]
            assert [row["target"] for row in targets] == [0.9, 0.95, 0.98]
            assert all(row["runs"] == row["held"] == 2 for row in targets)
        assert figures[source]["knowing"]["live"]["naive"] < figures[source]["accuracy"] - 0.05
    assert sum("target 95 %: kept in 2 of 2 runs" in line for line in text) == 6


def test_the_folder_of_another_study_is_refused(folder: Path) -> None:
    with pytest.raises(CommandError, match="another per_vertical") as refusal:
        call_command("study_routing", out=folder, per_vertical=20, **OPTIONS)
    assert refusal.value.returncode == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"seeds": 0}, "--seeds 0: give at least 1"),
        ({"live_runs": 0}, "--live-runs 0: give at least 1"),
        ({"gain_seeds": 1}, "--gain-seeds 1: an interval takes at least 2"),
        ({"audit_share": 1.0}, "--audit-share 1: give a share between 0 and 1"),
    ],
)
def test_numbers_that_measure_nothing_are_refused(folder: Path, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(CommandError, match=said) as refusal:
        call_command("study_routing", out=folder, **{**OPTIONS, **wrong})
    assert refusal.value.returncode == 2


@pytest.mark.parametrize(("high", "is_kept"), [(0.1, True), (-0.1, False)])
def test_value_may_not_lose_to_random(high: float, is_kept: bool) -> None:
    rows = [
        GainSummary("value", "random", 5, -0.2, -0.5, high),
        GainSummary("value", "low agreement", 5, -1.0, -2.0, -0.5),
    ]
    assert not_worse(rows) == is_kept

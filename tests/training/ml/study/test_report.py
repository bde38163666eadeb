"""The page of a study says what its JSON says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.ml.study.ended import study_folder
from training.ml.study.arms import ARMS, LABELS, MAIN, POOL, POOL_SIZES


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study_folder(tmp_path_factory.mktemp("study"), seeds=(1, 2, 3))


@pytest.fixture
def line(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "study.json").read_text())["summary"]
    return found


def rows(folder: Path, title: str) -> list[list[str]]:
    """The cells of a section's table, its head first."""
    text = (folder / "study.md").read_text().partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [one for one in text.splitlines() if one.startswith("|")]
    cells = [[cell.strip() for cell in one.strip("|").split("|")] for one in lines]
    assert len({len(one) for one in cells}) == 1, "every row has every column"
    return [cells[0], *cells[2:]]


def test_every_target_stands_with_its_outcome(folder: Path) -> None:
    found = {row[0]: row[-1] for row in rows(folder, "Targets")[1:]}
    assert found["Seeds"] == "missed", "three of five"
    assert found["SFT"] == found["Gain over SFT"] == found["The ceiling"] == "met"


def test_a_row_a_seed_with_every_iteration_and_what_else_was_run(folder: Path, line: dict[str, Any]) -> None:
    head, *found = rows(folder, "Every seed")
    assert [row[0] for row in found] == ["1", "2", "3"]
    assert head[5:8] == ["iteration 1", "iteration 2", "iteration 3"]
    assert head[8:] == list(LABELS.values())[1:]
    last = [float(row[7]) for row in found]
    assert sum(last) / 3 == pytest.approx(line["final"], abs=0.001)


def test_sft_that_arms_share_is_told_once(folder: Path, line: dict[str, Any]) -> None:
    steps = [(row[0], row[1]) for row in rows(folder, "Every arm")[1:]]
    assert len(steps) == len(set(steps))
    assert steps[:2] == [("before the pool", "zero_shot"), ("before the pool", "sft")]
    assert ("The loop", "sft") not in steps
    for arm in ARMS:
        assert any(name == LABELS.get(arm.name, arm.text) for name, _ in steps)
    gains = {(row[0], row[1]): row[5] for row in rows(folder, "Every arm")[1:]}
    assert gains["The loop", "3"].startswith(f"{line['gain_points']:+.1f} [")


def test_sizes_of_the_pool_and_verticals_have_their_gains(folder: Path, line: dict[str, Any]) -> None:
    sizes = rows(folder, "Size of the pool")[1:]
    assert [row[0] for row in sizes] == [str(size) for size in (0, *POOL_SIZES)]
    assert [row[3] for row in sizes] == [f"{line['pool'][row[0]]:+.1f}" for row in sizes]
    verticals = {row[0]: row[1] for row in rows(folder, "Verticals")[1:]}
    assert verticals == {name: f"{gain:+.1f}" for name, gain in line["verticals"].items()}


def test_what_the_guards_said_stands_in_the_order_of_arms(folder: Path, line: dict[str, Any]) -> None:
    found = rows(folder, "Guards")[1:]
    assert [row[0] for row in found] == [LABELS.get(arm.name, arm.text) for arm in ARMS]
    assert [int(row[2]) for row in found] == [line["guards"][arm.name]["worse"] for arm in ARMS]


def test_what_was_not_run_has_no_section(tmp_path: Path) -> None:
    page = (study_folder(tmp_path, seeds=(1,), groups=(MAIN,)) / "study.md").read_text()
    assert "## Size of the pool" not in page
    assert POOL + ".svg" not in page
    assert "iterations.svg" in page

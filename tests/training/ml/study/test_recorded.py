"""A study's folder is read as it was written, by this release or a later one, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.training.ml.study.ended import study_folder
from training.ml.errors import DataError
from training.ml.study.arms import FIRST, LOOP, MAIN, NO_POOL
from training.ml.study.recorded import read_study


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return study_folder(tmp_path / "study", seeds=(1, 2), groups=(MAIN, "beta"))


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "study.json"
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))


def test_all_that_pages_show_is_read(folder: Path) -> None:
    study = read_study(folder)
    assert [arm.name for arm in study.arms][:3] == [FIRST, LOOP, NO_POOL]
    assert {arm.group for arm in study.arms} == {FIRST, MAIN, "beta"}
    assert len(study.runs) == 2 * (1 + 6 + 3)
    loop = next(run for run in study.runs if (run.arm, run.seed) == (LOOP, 2))
    assert [step.name for step in loop.steps] == ["sft", "1", "2", "3"]
    assert (loop.last.learned_from, loop.last.names_evidence) == (300, 0.8)
    assert set(loop.last.verticals) == {"handbag", "kurta", "lamp", "suitcase"}
    assert study.line["seeds"] == [1, 2] and "steps" not in study.line
    assert study.source == {
        "verticals": ["handbag", "kurta", "lamp", "suitcase"],
        "sizes": {"labelled": 10, "gold": 20, "pool": 40},
    }


def test_what_a_later_release_adds_is_kept_and_passed_over(folder: Path) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["machine"] = "two cores"
        document["arms"]["frozen-0.5"] = "a new arm"
        document["arms"]["other"] = "another"
        for run in list(document["runs"]):
            run["cost"] = 3
            run["steps"][0]["entropy"] = 0.1
            if run["arm"] == LOOP:
                document["runs"] += [{**run, "arm": "frozen-0.5"}, {**run, "arm": "other"}]

    change(folder, edit)
    study = read_study(folder)
    assert study.document["machine"] == "two cores"
    assert {arm.name: arm.group for arm in study.arms if arm.group == "frozen"} == {"frozen-0.5": "frozen"}
    assert {arm.name: arm.group for arm in study.arms}["other"] == MAIN


def test_what_an_earlier_release_left_out_is_not_known(folder: Path) -> None:
    def edit(document: dict[str, Any]) -> None:
        for run in document["runs"]:
            for step in run["steps"]:
                del step["reading"], step["learned_from"], step["agreement"], step["verticals"]

    change(folder, edit)
    (folder / "run.json").unlink()
    study = read_study(folder)
    step = study.runs[0].last
    assert (step.agreement, step.learned_from, step.names_evidence, step.verticals) == (None, None, None, {})
    assert study.source == {}


def first_run(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["runs"][0]
    return found


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda one: one.pop("runs"), "runs is not a list of objects"),
        (lambda one: one.pop("sizes"), "sizes is not an object"),
        (lambda one: one["runs"].clear(), "runs is empty"),
        (lambda one: one["summary"].update(guards=[]), "summary: guards is not an object"),
        (lambda one: one["summary"]["guards"][LOOP].pop("passed"), "summary.guards.dpo: passed is None"),
        (lambda one: one["arms"].pop(LOOP), "arms has no 'dpo'"),
        (lambda one: one["arms"].pop("beta-0.1"), "the arm 'beta-0.1', which arms does not name"),
        (lambda one: one["arms"].update({"x" * 201: ""}), "and no name of 1 to 200 characters"),
        (lambda one: one["runs"].append(one["runs"][-1]), "has two runs of seed 2"),
        (lambda one: one["runs"].remove(first_run(one)), "has a run of seed 1, and 'first' has none"),
        (lambda one: first_run(one)["steps"].clear(), "runs[0]: steps is empty"),
        (lambda one: first_run(one)["steps"].append(first_run(one)["steps"][0]), "names a step twice"),
        (lambda one: first_run(one).update(arm=""), "runs[0]: arm has '', and no name"),
        (lambda one: first_run(one).update(seed="eleven"), "seed is 'eleven', and not a number"),
        (lambda one: first_run(one).update(pool=1.5), "pool is 1.5, and not whole"),
        (
            lambda one: first_run(one)["steps"][1].update(greedy=70),
            "runs[0]: steps[1]: greedy is 70, and not a share",
        ),
    ],
)
def test_what_is_wrong_is_named(folder: Path, edit: Callable[[dict[str, Any]], object], said: str) -> None:
    change(folder, edit)
    with pytest.raises(DataError) as caught:
        read_study(folder)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read as JSON"),
        ('{"params": NaN}', "it has NaN"),
        ("[]", "holds no object"),
    ],
)
def test_a_file_that_is_no_study_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "study.json").write_text(text)
    with pytest.raises(DataError, match=said):
        read_study(tmp_path)


def test_a_study_that_has_not_ended_is_told_how_to_end(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has not ended, or it is no study's folder; run `study --out` on it"):
        read_study(tmp_path)

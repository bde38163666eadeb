from pathlib import Path

import pytest

from training.ml.records import write_jsonl
from training.ml.study.blocks import (
    Plan,
    Source,
    best_coverage,
    calibration_error,
    live_of,
    targets_of,
)
from training.ml.study.known import Known, Reviewer
from training.ml.study.live import by_value, live_study
from training.ml.study.precision import EvidenceParams, TargetRun, summarise
from training.ml.study.simulated import SimulatedParams, simulate

EASY = SimulatedParams(verticals=6, listings=200)
PLAN = Plan((0.9, 0.95), seeds=24, live_runs=200, evidence=EvidenceParams(audit_share=0.15))


@pytest.fixture(scope="module")
def questions() -> list[Known]:
    return simulate(EASY, seed=0)


def test_accepted_answers_keep_their_target_and_there_are_some() -> None:
    """The promise of the issue: at or above target in at least 95 % of the runs."""
    rows = targets_of(Source(simulated=EASY), {"knowing": Reviewer()}, PLAN, jobs=1)["knowing"]
    assert [row.target for row in rows] == [0.9, 0.95]
    assert all(row.held >= 0.95 * row.runs == 0.95 * 24 for row in rows)
    assert rows[0].accepting > 12 and rows[0].coverage > 0.3
    assert rows[0].precision is not None and rows[0].precision >= 0.9


def test_a_reviewer_who_errs_makes_it_accept_less_not_worse() -> None:
    reviewers = {"knowing": Reviewer(), "erring": Reviewer(errs=0.1)}
    plan = Plan((0.9,), seeds=8, live_runs=0, evidence=PLAN.evidence)
    found = targets_of(Source(simulated=EASY), reviewers, plan, jobs=2)
    assert found["erring"][0].held == 8
    assert found["erring"][0].coverage < found["knowing"][0].coverage


def test_the_audited_estimate_covers_and_the_naive_one_is_far_off(questions: list[Known]) -> None:
    live = live_of(Source(simulated=EASY), Reviewer(), PLAN)
    assert live.covered >= 0.93 * live.runs == 0.93 * 200
    assert live.estimate == pytest.approx(live.truth, abs=0.005)
    assert live.naive < live.truth - 0.2


def test_a_measured_reliability_makes_up_for_errors(questions: list[Known]) -> None:
    live = live_study(questions, Reviewer(errs=0.1), audit_share=0.15, reviews=100, seeds=range(40))
    assert live.estimate == pytest.approx(live.truth, abs=0.015)


def test_votes_of_a_file_are_those_of_the_file(tmp_path: Path, questions: list[Known]) -> None:
    write_jsonl(tmp_path / "votes.jsonl", questions)
    assert Source(votes=tmp_path / "votes.jsonl").questions(7) == questions


def test_calibration_is_near_the_truth(questions: list[Known]) -> None:
    assert calibration_error(questions) < 0.03


def test_the_best_coverage_is_that_of_thresholds_that_know(questions: list[Known]) -> None:
    counts = [({"a": 8}, "a")] * 9 + [({"a": 8}, "b")] + [({"a": 5, "b": 3}, "b")] * 10
    rows = [
        Known(f"{number}/c", str(number), "v", "c", ("a", "b"), truth, votes, 8)
        for number, (votes, truth) in enumerate(counts)
    ]
    assert best_coverage(rows, 0.9) == 0.5
    assert best_coverage(rows, 0.95) == 0.0
    assert best_coverage(rows, 0.4) == 1.0
    assert best_coverage(questions, 0.9) > best_coverage(questions, 0.98) > 0


def test_the_first_of_the_queue_are_the_least_agreed_on(questions: list[Known]) -> None:
    first = by_value(questions, 50)
    assert len(first) == 50
    assert max(one.agreement for one in first) < 0.7


def test_runs_are_summed_up_by_target() -> None:
    runs = [
        TargetRun(0.9, 0, 100, 50, 10, 9, 0.95),
        TargetRun(0.9, 1, 100, 50, 20, 17, 0.92),
        TargetRun(0.95, 0, 100, 50, 0, 0, None),
    ]
    low, high = summarise(runs)
    assert (low.runs, low.accepting, low.held, low.lowest) == (2, 2, 1, 0.85)
    assert low.coverage == pytest.approx(0.3)
    assert (high.accepting, high.held, high.precision, high.lowest) == (0, 1, None, None)
    assert high.interval[1] == pytest.approx(1.0)

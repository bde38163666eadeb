"""Charts are drawn from stored figures and from the end of the training's log."""

import math
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from catalog.models import Status
from tests.training.rounds import round_in, stage_of
from training.drilldown import Votes, listings_address
from training.ml.steplog import Step, StepLog
from training.models import Round
from training.pages.charts import Charts, round_charts
from training.selectors import round_progress

pytestmark = pytest.mark.django_db


def charts_of(round_: Round, training: int | None = None) -> Charts:
    return round_charts(round_, round_progress(round_), training)


def log_of(settings: Settings, round_: Round, folder: str, *steps: Step) -> None:
    path = Path(settings.ATTRX_ARTIFACTS_DIR) / round_.artifact_path / folder / "log.jsonl"
    path.parent.mkdir(parents=True)
    for step in steps:
        StepLog(path).add(step)


def step(number: int, loss: float = 0.5, margin: float | None = None) -> Step:
    return Step(number, loss, 1.0, "cuda", 3 * 2**30, margin)


def test_a_round_that_has_not_begun_has_no_charts() -> None:
    charts = charts_of(round_in(Status.QUEUED))
    assert (charts.agreements, charts.rates, charts.losses, charts.evaluations) == (None, (), None, 0)


def test_agreement_is_a_share_of_the_questions_by_model() -> None:
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.DONE, "vote", 1, result={"agreements": [0, 1, 0, 0, 3]})
    stage_of(round_, Status.DONE, "predict", 1, result={"agreements": [0, 0, 0, 2, 2]})
    agreements = charts_of(round_).agreements
    assert agreements is not None and agreements.models == ("SFT", "Iteration 1")
    assert [
        (row.percent, [(share.questions, share.percent) for share in row.shares]) for row in agreements.rows
    ] == [
        (0.0, [(0, 0.0), (0, 0.0)]),
        (25.0, [(1, 25.0), (0, 0.0)]),
        (50.0, [(0, 0.0), (0, 0.0)]),
        (75.0, [(0, 0.0), (2, 50.0)]),
        (100.0, [(3, 75.0), (2, 50.0)]),
    ]
    share = agreements.rows[4].shares[1]
    assert share.address == listings_address(Votes(round_.pk, 1, agreement=(1, 1)))
    assert agreements.rows[0].shares[0].address == "", "there is no such question"


def test_chains_per_second_count_the_greedy_chain_of_evaluations() -> None:
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.DONE, "zero_shot", done=10, total=10)
    stage_of(round_, Status.DONE, "sft", done=10, total=10)
    stage_of(round_, Status.DONE, "sample", 1, done=30, total=30)
    assert [
        (rate.label, rate.short, rate.chains, round(rate.per_second)) for rate in charts_of(round_).rates
    ] == [
        ("Zero-shot evaluation", "Start, zero-shot", 90, 30),
        ("Iteration 1, sampling chains", "Iteration 1, pool", 240, 80),
    ]


def test_the_newest_training_is_shown_while_it_runs(settings: Settings) -> None:
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.DONE, "sft")
    stage_of(round_, Status.RUNNING, "dpo", 1)
    log_of(settings, round_, "0-sft", step(1))
    log_of(settings, round_, "1-dpo.partial", step(1, margin=0.1), step(2, margin=0.2))
    losses = charts_of(round_).losses
    assert losses is not None and losses.has_margins and losses.on_gpu
    assert (losses.label, losses.memory_gib) == ("Iteration 1", "3.0")
    assert [one.margin for one in losses.steps] == [0.1, 0.2]


def test_an_earlier_training_can_be_asked_for(settings: Settings) -> None:
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.DONE, "sft")
    stage_of(round_, Status.RUNNING, "dpo", 1)
    log_of(settings, round_, "0-sft", step(1), step(2, loss=math.nan), step(3))
    losses = charts_of(round_, training=0).losses
    assert losses is not None and not losses.has_margins
    assert [(one.label, one.is_shown) for one in losses.trainings] == [("SFT", True), ("Iteration 1", False)]
    assert [one.step for one in losses.steps] == [1, 3]


def test_the_shape_changes_with_the_charts_and_not_with_their_figures(settings: Settings) -> None:
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.RUNNING, "sft")
    before = charts_of(round_).shape
    log_of(settings, round_, "0-sft.partial", step(1))
    assert charts_of(round_).shape == before
    stage_of(round_, Status.DONE, "sample", 1, done=1, total=2)
    assert charts_of(round_).shape != before

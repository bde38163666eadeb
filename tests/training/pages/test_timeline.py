"""The timeline has every stage of the plan, and says how long the rest may take."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Status
from tests.training.rounds import round_in, stage_of
from training.models import Round, RoundStage
from training.pages.timeline import Timeline, timeline
from training.selectors import round_progress

pytestmark = pytest.mark.django_db

PARAMS = {"iterations": 1, "strategy": "sft_dpo", "sample": {"chains": 8}}


def timeline_of(round_: Round) -> Timeline:
    return timeline(round_progress(round_), round_.params, {0: "62.0"})


def stage_taking(round_: Round, seconds: float, name: str, iteration: int = 0, **fields: Any) -> None:
    end = timezone.now()
    times = {"started": end - timedelta(seconds=seconds), "heartbeat": end}
    status = fields.pop("status", Status.DONE)
    if status is not Status.RUNNING:
        times["finished"] = end
    stage_of(round_, status, name, iteration, **times | fields)


def test_stages_to_come_are_planned_behind_those_that_ran() -> None:
    round_ = round_in(Status.RUNNING, params=PARAMS)
    stage_of(round_, Status.DONE, "zero_shot")
    stage_of(round_, Status.RUNNING, "sft")
    start, first, end = timeline_of(round_).iterations
    assert [(stage.label, stage.state) for stage in start.stages] == [
        ("Zero-shot evaluation", "done"),
        ("SFT", "running"),
        ("Evaluation", "planned"),
    ]
    assert first.label == "Iteration 1" and first.is_planned and not start.is_planned
    assert [stage.label for stage in first.stages][0] == "Sampling chains"
    assert (end.label, [stage.label for stage in end.stages]) == ("End", ["Predicting the pool"])


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ({"questions": 40, "chains": 320, "mean_agreement": 0.8}, "agreement 80 %"),
        ({"questions": 0, "chains": 0, "voted_in": 1}, "iteration 1 has the votes"),
        ({"questions": 0, "chains": 0, "voted_in": None}, "the pool is empty"),
    ],
)
def test_what_is_predicted_comes_last_and_nothing_is_planned_behind(
    result: dict[str, Any], outcome: str
) -> None:
    round_ = round_in(Status.RUNNING, params=PARAMS | {"iterations": 3})
    for name in ("zero_shot", "sft", "evaluate"):
        stage_of(round_, Status.DONE, name)
    stage_of(round_, Status.DONE, "evaluate", 1)
    stage_of(round_, Status.DONE, "predict", 0, result=result)
    parts = timeline_of(round_).iterations
    assert [part.label for part in parts] == ["Start", "Iteration 1", "End"]
    [stage] = parts[-1].stages
    assert (stage.label, stage.outcome) == ("Predicting the pool", outcome)


def test_a_round_that_ended_early_shows_only_what_ran() -> None:
    round_ = round_in(Status.DONE, params=PARAMS, note="gold accuracy has not improved")
    stage_of(round_, Status.DONE, "zero_shot")
    assert [len(iteration.stages) for iteration in timeline_of(round_).iterations] == [1]


def test_a_stage_says_what_it_found_and_how_long_it_took() -> None:
    round_ = round_in(Status.RUNNING, params=PARAMS)
    stage_taking(round_, 90, "sft", result={"loss_first": 2.3, "loss_last": 0.41, "losses": [2.3, 0.41]})
    stage_taking(round_, 30, "evaluate", result={"mean_agreement": 0.7})
    stage_taking(round_, 3, "sample", 1, result={"chains": 12000, "questions": 1500})
    stage_taking(round_, 3, "vote", 1, result={"mean_agreement": 0.71, "votes": 1500})
    stage_taking(round_, 3, "pairs", 1, result={"pairs": 412})
    found = [stage for one in timeline_of(round_).iterations for stage in one.stages if stage.row]
    assert [(stage.outcome, stage.duration) for stage in found] == [
        ("loss 2.30 to 0.41", "1 min 30 s"),
        ("62.0 % right", "30 s"),
        ("12,000 chains", "3.0 s"),
        ("agreement 71 %", "3.0 s"),
        ("412 pairs", "3.0 s"),
    ]
    assert [stage.length for stage in found] == [100.0, 33.3, 3.3, 3.3, 3.3]


def test_the_rest_of_a_stage_is_guessed_from_what_is_done() -> None:
    round_ = round_in(Status.RUNNING, params=PARAMS)
    stage_taking(round_, 60, "zero_shot", status=Status.RUNNING, done=10, total=50)
    assert (timeline_of(round_).stage_left, timeline_of(round_).round_left) == ("about 4 min", "")


def test_the_rest_of_a_round_is_guessed_once_every_stage_to_come_has_been_seen() -> None:
    round_ = round_in(Status.RUNNING, params=PARAMS | {"iterations": 2})
    for name, seconds in (("zero_shot", 60), ("sft", 60), ("evaluate", 60)):
        stage_taking(round_, seconds, name)
    for name in ("sample", "vote", "pairs", "dpo"):
        stage_taking(round_, 120, name, 1)
    stage_taking(round_, 30, "evaluate", 1, status=Status.RUNNING, done=10, total=20)
    # 30 s of this stage, then 4 x 120 s, the evaluation of iteration 2 as long as the one of SFT, and the
    # pool once more in 120 s
    assert timeline_of(round_).round_left == "about 12 min"


def test_nothing_is_guessed_of_a_round_that_waits_or_has_ended() -> None:
    for status in (Status.QUEUED, Status.FAILED):
        found = timeline_of(round_in(status, params=PARAMS))
        assert (found.stage_left, found.round_left) == ("", "")


def test_pairs_say_how_many_rest_on_what_people_said() -> None:
    round_ = round_in(Status.RUNNING, params=PARAMS)
    row = stage_of(round_, Status.DONE, "pairs", 1)
    both = "1,200 pairs, 300 from the seed set, 40 from verdicts"
    for people, outcome in (
        ({"from_verdicts": 40}, "1,200 pairs, 40 from verdicts"),
        ({"from_seed": 300, "from_verdicts": 40}, both),
        ({"from_seed": 0, "from_verdicts": 0}, "1,200 pairs"),
    ):
        RoundStage.objects.filter(pk=row.pk).update(result={"pairs": 1200, **people})
        iterations = timeline_of(round_).iterations
        assert [stage.outcome for one in iterations for stage in one.stages if stage.row] == [outcome]

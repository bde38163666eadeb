"""Rounds with what the dashboard of the loop reads of them, the figures chosen by hand."""

from typing import Any

from catalog.models import Status, Vertical
from tests.training.rounds import metric, round_in, stage_of, version_of
from training.models import AgreementSpread, HumanTime, LabelUse, Round, Routing, RoutingState, StageTime
from training.routing.settings import RoutingSettings

A100 = "NVIDIA A100-SXM4-80GB"


def loop_round(
    vertical: Vertical,
    *,
    pool: int = 1000,
    before: int = 60,
    after: int = 70,
    teaching: float = 600,
    strategy: str = "sft_dpo",
) -> Round:
    """A done round: `before` and `after` its iteration of 100 gold questions right, all of the vertical.

    `teaching` seconds were spent on its seed, twice that on its gold. Its stages took 120 s of a CPU and an
    hour of a GPU, four processes of 900 s. Its iteration made 40 pairs and used 30 of them.
    """
    round_ = round_in(
        Status.DONE,
        params={
            "strategy": strategy,
            "iterations": 1,
            "model": {"base": "tiny"},
            "sample": {"chains": 4, "temperature": 1.0},
        },
        counts={"seed": 10, "gold": 20, "pool": pool},
    )
    for iteration, correct in enumerate((before, after)):
        metric(round_, iteration, correct=correct)
        metric(round_, iteration, correct=correct - 10, vertical=vertical)
        version_of(round_, iteration)
    human_time(round_, vertical, LabelUse.SEED, listings=10, timed=10, seconds=teaching)
    human_time(round_, vertical, LabelUse.GOLD, listings=20, timed=18, seconds=2 * teaching)
    stage_time(round_, 0, "evaluate", "CPU", 120)
    stage_time(round_, 1, "dpo", A100, 3600, processes=4)
    learned = {"pairs": 30, "drawn_of": 40, "from_seed": 7, "from_verdicts": 5}
    stage_of(round_, Status.DONE, "pairs", 1, result=learned)
    spread(round_, 0, None, [0, 10, 10, 20, 60])
    spread(round_, 0, vertical, [0, 10, 10, 20, 60])
    return round_


def human_time(
    round_: Round, vertical: Vertical, use: LabelUse, *, listings: int, timed: int, seconds: float
) -> None:
    HumanTime.objects.create(
        round=round_,
        vertical=vertical,
        use=use,
        listings=listings,
        timed=timed,
        turns=timed,
        seconds=seconds,
    )


def stage_time(
    round_: Round, iteration: int, name: str, device: str, seconds: float, *, processes: int = 1
) -> None:
    stage = stage_of(round_, Status.DONE, name, iteration)
    StageTime.objects.create(stage=stage, device=device, seconds=seconds, processes=processes)


def spread(round_: Round, iteration: int, vertical: Vertical | None, counts: list[int]) -> AgreementSpread:
    """So many questions with 0, 1, ... and all chains for their majority."""
    top = sum(place * count for place, count in enumerate(counts))
    return AgreementSpread.objects.create(
        round=round_,
        iteration=iteration,
        vertical=vertical,
        questions=sum(counts),
        mean=top / (len(counts) - 1) / sum(counts),
        counts=counts,
    )


def routing(round_: Round, vertical: Vertical, **fields: Any) -> Routing:
    """A current routing of the round's last model: it accepts 60 of 100 questions, 57 expected as right."""
    counted = {"questions": 100, "labelled": 0, "accepted": 60, "reviewed": 30, "audited": 10}
    figures = counted | {"expected_correct": 57.0}
    version = round_.versions.order_by("-iteration")[0]
    known: dict[str, Any] = {
        "version": version,
        "state": RoutingState.CURRENT,
        "status": Status.DONE,
        "started": round_.started,
        "heartbeat": round_.heartbeat,
        "finished": round_.finished,
        "confirmed": round_.finished,
        "worker": "process 7 on laptop",
        "params": RoutingSettings().to_json(),
        "summary": {"judged": 50, "queued": 0, "bound": 0.9512, "whole": figures}
        | {"verticals": {vertical.code: figures | {"accepted": 10, "reviewed": 80, "expected_correct": 9.0}}},
        "calibration": {
            "error": 0.0234,
            "reliability": [{"low": 0.9, "high": 1.0, "questions": 50, "correct": 47, "expected": 0.95}],
            "tradeoff": [{"coverage": 0.5, "precision": 0.97}, {"coverage": 1.0, "precision": 0.9}],
        },
    }
    return Routing.objects.create(**known | fields)

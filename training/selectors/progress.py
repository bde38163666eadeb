"""Reads of rounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform

from catalog.models import Status
from catalog.selectors.progress import WorkProgress, silent_seconds
from training.inputs import same_inputs
from training.ml.strategies import SAMPLE_SEED
from training.models import Alias, AliasName, Round, RoundStage

STAGE_LABELS = {
    "snapshot": "freezing the pool",
    "zero_shot": "zero-shot evaluation",
    "sft": "SFT",
    "evaluate": "evaluation",
    "sample": "sampling chains",
    SAMPLE_SEED: "sampling the seed set",
    "vote": "counting votes",
    "pairs": "making pairs",
    "dpo": "DPO",
    "champion": "taking the champion",
    "confident": "choosing confident answers",
    "retrain": "SFT on confident answers",
    "predict": "predicting the pool",
}
OUTCOMES = (
    "agreements",
    "chains",
    "confident",
    "from_seed",
    "from_verdicts",
    "listings",
    "loss_first",
    "loss_last",
    "mean_agreement",
    "pairs",
    "questions",
    "steps",
    "voted_in",
)
"""What pages say of a stage's result; the losses of every step stay where they are."""


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage for people: what it is, how far, how long."""

    iteration: int
    name: str
    label: str
    status: str
    done: int
    total: int
    error: str
    seconds: float | None
    """From start to finish, or to the last sign of life."""
    is_evaluation: bool
    outcome: Mapping[str, Any]
    """What its result says, of OUTCOMES."""

    @property
    def is_done(self) -> bool:
        return self.status == Status.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundProgress(WorkProgress):
    """Where a round is."""

    stage_count: int
    stages: tuple[StageRow, ...]

    @property
    def is_running(self) -> bool:
        return self.status == Status.RUNNING

    @property
    def is_done(self) -> bool:
        return self.status == Status.DONE

    @property
    def current(self) -> StageRow | None:
        """The stage that runs or ran last."""
        return self.stages[-1] if self.stages else None

    @property
    def done(self) -> int:
        """Stages that are done."""
        return sum(stage.is_done for stage in self.stages)

    @property
    def position(self) -> float:
        """Stages that are done, with the part of the running one."""
        running = [stage for stage in self.stages if stage.status == Status.RUNNING]
        return self.done + sum(stage.done / stage.total for stage in running if stage.total)

    @property
    def evaluations(self) -> int:
        """Models whose figures are known."""
        return sum(stage.is_evaluation and stage.is_done for stage in self.stages)

    @property
    def seconds(self) -> float:
        """Spent in stages."""
        return sum(stage.seconds or 0.0 for stage in self.stages)


def rounds() -> QuerySet[Round]:
    """Every round, newest first, without its frozen inputs."""
    return Round.objects.select_related("created_by").defer("inputs")


def champion_id() -> int | None:
    """The model version that the alias champion points at; None before the first round has ended."""
    return Alias.objects.filter(name=AliasName.CHAMPION).values_list("version", flat=True).first()


def listing_counts(*, round_id: int) -> dict[str, int]:
    """{split: listings} that the round has frozen so far."""
    counts: dict[str, int] = Round.objects.values_list("counts", flat=True).get(pk=round_id)
    return counts


def latest_round_id() -> int | None:
    """The newest round."""
    return Round.objects.order_by("-created", "-pk").values_list("pk", flat=True).first()


def rounds_with(*, params: dict[str, Any], inputs: dict[str, Any]) -> list[Round]:
    """The rounds with exactly these parameters, and inputs that give the same results, but for their pools.

    The newest comes first.
    """
    candidates = Round.objects.filter(params=params).order_by("-created", "-pk").iterator(chunk_size=1)
    return [round_ for round_ in candidates if same_inputs(round_.inputs, inputs)]


def round_progress(round_: Round) -> RoundProgress:
    """Where the round is, from its ledger rows as they are now."""
    outcomes = {f"found_{key}": KeyTransform(key, "result") for key in OUTCOMES}
    rows = round_.stages.defer("result").annotate(**outcomes)
    stages = tuple(_stage_row(row) for row in rows)
    return RoundProgress(
        status=round_.status,
        silent_seconds=silent_seconds(round_),
        stage_count=round_.stage_count,
        stages=stages,
    )


def running_stage(*, round_id: int) -> str:
    """What a person calls the stage that runs, or an empty text."""
    row = RoundStage.objects.filter(round_id=round_id, status=Status.RUNNING).first()
    return stage_label(row.iteration, row.name) if row else ""


def stage_label(iteration: int, name: str) -> str:
    """How a person calls a stage: "iteration 2, sampling chains"."""
    label = STAGE_LABELS.get(name, name)
    return f"iteration {iteration}, {label}" if iteration else label


def _stage_row(row: RoundStage) -> StageRow:
    until = row.finished or row.heartbeat
    return StageRow(
        iteration=row.iteration,
        name=row.name,
        label=stage_label(row.iteration, row.name),
        status=row.status,
        done=row.done,
        total=row.total,
        error=row.error,
        seconds=(until - row.started).total_seconds() if until and row.started else None,
        is_evaluation=row.name in ("zero_shot", "evaluate"),
        outcome={key: getattr(row, f"found_{key}") for key in OUTCOMES},
    )

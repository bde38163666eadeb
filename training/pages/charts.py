"""The figures behind the charts of a round. Every chart is drawn from a table that is on the page as well."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.dashboards import model_label
from training.drilldown import Votes, listings_address
from training.ml.shards import PREDICT
from training.ml.steplog import LOG_FILE, Step, last_steps
from training.ml.strategies import SAMPLE_SEED, plan_of
from training.models import Round
from training.selectors import RoundProgress, StageRow, stage_label

SHORT = {
    "zero_shot": "zero-shot",
    "evaluate": "gold",
    "sample": "pool",
    SAMPLE_SEED: "seed set",
    PREDICT: "whole pool",
}
TRAININGS = ("sft", "dpo", "retrain")


@dataclass(frozen=True, slots=True)
class Share:
    """Some of the questions."""

    questions: int
    percent: float
    address: str
    """Of their listings; empty where there is none."""


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """The questions on which so many of the chains agree."""

    count: int
    chains: int
    shares: tuple[Share, ...]
    """One a model."""

    @property
    def percent(self) -> float:
        """The agreement."""
        return round(100 * self.count / self.chains, 1)


@dataclass(frozen=True, slots=True)
class Agreements:
    """How far the chains of each model agree."""

    models: tuple[str, ...]
    rows: tuple[AgreementRow, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a stage draws chains."""

    label: str
    short: str
    """Where there is little room."""
    chains: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.chains / self.seconds


@dataclass(frozen=True, slots=True)
class Training:
    """A training stage that one can look at."""

    iteration: int
    label: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Losses:
    """The last steps of a training."""

    trainings: tuple[Training, ...]
    steps: tuple[Step, ...]

    @property
    def label(self) -> str:
        return next((one.label for one in self.trainings if one.is_shown), "")

    @property
    def iteration(self) -> int:
        return next((one.iteration for one in self.trainings if one.is_shown), 0)

    @property
    def has_margins(self) -> bool:
        return any(step.margin is not None for step in self.steps)

    @property
    def memory_gib(self) -> str:
        """Most memory so far, in GiB."""
        return f"{self.steps[-1].memory / 2**30:.1f}" if self.steps else ""

    @property
    def on_gpu(self) -> bool:
        return bool(self.steps) and self.steps[-1].device == "cuda"


@dataclass(frozen=True, slots=True)
class Charts:
    """Everything that is drawn."""

    evaluations: int
    """Models whose accuracies are known."""
    agreements: Agreements | None
    rates: tuple[Rate, ...]
    losses: Losses | None

    @property
    def shape(self) -> str:
        """Equal for the same charts of other figures: then the tables alone are new."""
        losses = f"{self.losses.label} {self.losses.has_margins}" if self.losses else ""
        models = len(self.agreements.models) if self.agreements else 0
        return f"{losses} {models} {bool(self.rates)}"


def round_charts(round_: Round, progress: RoundProgress, training: int | None) -> Charts:
    """The figures of a round as they are now.

    Args:
        training: the iteration whose training is shown; None for the newest.
    """
    first_label = plan_of(round_.params).first_label
    return Charts(
        evaluations=progress.evaluations,
        agreements=_agreements(round_.pk, progress.stages, first_label),
        rates=tuple(_rates(progress.stages, round_.params)),
        losses=_losses(round_, progress.stages, training, first_label),
    )


def training_memory(charts: Charts, progress: RoundProgress) -> str:
    """How much memory the training that runs has needed at most, in words; empty where none runs."""
    now = progress.current
    if not (progress.is_running and now and now.name in TRAININGS and charts.losses and charts.losses.steps):
        return ""
    if charts.losses.iteration != now.iteration:
        return ""
    return f"{charts.losses.memory_gib} GiB of {'GPU memory' if charts.losses.on_gpu else 'memory'}"


def stage_files(round_: Round, key: str) -> Path:
    """The folder of a stage: what it wrote so far, while it runs."""
    folder = round_.folder / key
    return folder if folder.is_dir() else folder.with_name(f"{key}.partial")


def _agreements(round_id: int, rows: Sequence[StageRow], first_label: str) -> Agreements | None:
    found = {
        row.iteration - (row.name != PREDICT): row.outcome["agreements"]
        for row in rows
        if row.outcome["agreements"]
    }
    if not found:
        return None
    chains = max(len(counts) for counts in found.values()) - 1
    # A question of another number of chains than most has its place among the others'.
    return Agreements(
        models=tuple(model_label(iteration, first_label) for iteration in found),
        rows=tuple(
            AgreementRow(
                count,
                chains,
                tuple(
                    _share(counts, count, Votes(round_id, iteration, (count / chains, count / chains)))
                    for iteration, counts in found.items()
                ),
            )
            for count in range(chains + 1)
        ),
    )


def _share(counts: Sequence[int], count: int, behind: Votes) -> Share:
    questions = counts[count] if count < len(counts) else 0
    share = round(100 * questions / sum(counts), 1) if sum(counts) else 0.0
    return Share(questions, share, listings_address(behind) if questions else "")


def _rates(rows: Sequence[StageRow], params: Mapping[str, Any]) -> list[Rate]:
    chains = params["sample"]["chains"]
    drawn = dict.fromkeys(("sample", SAMPLE_SEED, PREDICT), chains)
    drawn |= dict.fromkeys(("zero_shot", "evaluate"), chains + 1)
    return [
        Rate(
            stage_label(row.iteration, row.name).capitalize(),
            f"{model_label(row.iteration) if row.iteration else 'Start'}, {SHORT[row.name]}",
            row.done * drawn[row.name],
            row.seconds,
        )
        for row in rows
        if row.name in drawn and row.done and row.seconds
    ]


def _losses(round_: Round, rows: Sequence[StageRow], training: int | None, first_label: str) -> Losses | None:
    trained = {row.iteration: row for row in rows if row.name in TRAININGS}
    if not trained:
        return None
    shown = trained.get(max(trained) if training is None else training)
    return Losses(
        trainings=tuple(
            Training(iteration, model_label(iteration, first_label), row is shown)
            for iteration, row in trained.items()
        ),
        steps=tuple(_finite(round_, shown)) if shown else (),
    )


def _finite(round_: Round, row: StageRow) -> list[Step]:
    """The steps that can be drawn: a training that diverged has others."""
    steps = last_steps(stage_files(round_, f"{row.iteration}-{row.name}") / LOG_FILE)
    return [step for step in steps if math.isfinite(step.loss)]

"""The stages of a round as a timeline: iteration by iteration, those that are still to come included."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma

from catalog.models import Status
from training.ml.params import LoopParams
from training.ml.run import Stage
from training.ml.shards import PREDICT
from training.pages.durations import duration_text, rough_text
from training.selectors import STAGE_LABELS, RoundProgress, StageRow
from training.stages import SNAPSHOT, round_stages

PLANNED = "planned"
"""The state of a stage that has not begun."""


@dataclass(frozen=True, slots=True)
class TimelineStage:
    """One stage, begun or not."""

    label: str
    state: str
    """A Status, or planned."""
    row: StageRow | None = None
    outcome: str = ""
    """What it found, in a few words."""
    longest: float = 0.0
    """Seconds of the round's longest stage."""

    @property
    def state_text(self) -> str:
        return self.state.capitalize()

    @property
    def duration(self) -> str:
        """How long it took, or has taken so far."""
        return duration_text(self.seconds) if self.row and self.row.seconds is not None else ""

    @property
    def seconds(self) -> float:
        return (self.row.seconds if self.row else None) or 0.0

    @property
    def length(self) -> float:
        """Of the longest stage, in percent."""
        return max(1.0, round(100 * self.seconds / self.longest, 1)) if self.longest and self.row else 0.0

    @property
    def is_running(self) -> bool:
        return self.state == Status.RUNNING


@dataclass(frozen=True, slots=True)
class TimelineIteration:
    """The stages of one iteration, or of what is before the first and after the last."""

    label: str
    stages: tuple[TimelineStage, ...]

    @property
    def duration(self) -> str:
        """Spent in its stages; empty before the first one."""
        seconds = sum(stage.seconds for stage in self.stages)
        return duration_text(seconds) if seconds else ""

    @property
    def is_planned(self) -> bool:
        return all(stage.state == PLANNED for stage in self.stages)


@dataclass(frozen=True, slots=True)
class Timeline:
    """All iterations, and how long it may still take."""

    iterations: tuple[TimelineIteration, ...]
    stage_left: str
    """Of the running stage; empty where nothing is known."""
    round_left: str
    """Of the round, when nothing stops it early; empty where nothing is known."""


def timeline(progress: RoundProgress, params: Mapping[str, Any], accuracies: Mapping[int, str]) -> Timeline:
    """The timeline of a round that is where `progress` says.

    Args:
        params: of the round, as it keeps them.
        accuracies: {iteration, -1 for zero-shot: greedy accuracy on gold in percent}
    """
    begun = {(row.iteration, row.name): row for row in progress.stages}
    planned = _planned(params, progress.stages)
    if not (progress.is_active or progress.is_resumable):
        planned = [stage for stage in planned if (stage.iteration, stage.name) in begun]
    longest = max((row.seconds or 0.0 for row in progress.stages), default=0.0)
    stages = [
        (_part(stage), _stage(stage, begun.get((stage.iteration, stage.name)), accuracies, longest))
        for stage in planned
    ]
    stage_left, round_left = _left(progress, planned)
    return Timeline(
        iterations=tuple(
            TimelineIteration(label, tuple(one for _, one in group))
            for label, group in groupby(stages, key=lambda pair: pair[0])
        ),
        stage_left=stage_left,
        round_left=round_left,
    )


def _planned(params: Mapping[str, Any], rows: Sequence[StageRow]) -> list[Stage]:
    """Every stage of a round that nothing stops early; once the last one has begun, those that there are.

    Rounds of older releases have no snapshot.
    """
    begun = [Stage(row.iteration, row.name) for row in rows]
    if any(row.name == PREDICT for row in rows):
        return begun
    chosen = {key: params[key] for key in ("strategy", "iterations") if key in params}
    asked = replace(LoopParams(), **chosen)
    planned = [*round_stages(asked), Stage(asked.iterations, PREDICT)]
    return [one for one in planned if one != SNAPSHOT or one in begun or not begun]


def _part(stage: Stage) -> str:
    """The part of the timeline that has the stage."""
    if stage.name == PREDICT:
        return "End"
    return f"Iteration {stage.iteration}" if stage.iteration else "Start"


def _stage(
    stage: Stage, row: StageRow | None, accuracies: Mapping[int, str], longest: float
) -> TimelineStage:
    label = STAGE_LABELS.get(stage.name, stage.name)
    label = label[:1].upper() + label[1:]
    if row is None:
        return TimelineStage(label, PLANNED)
    return TimelineStage(label, row.status, row, _outcome(row, accuracies), longest)


def _outcome(row: StageRow, accuracies: Mapping[int, str]) -> str:
    found = row.outcome
    if not row.is_done:
        return ""
    if row.name == PREDICT and not found["questions"]:
        voted_in = found["voted_in"]
        return "the pool is empty" if voted_in is None else f"iteration {voted_in} has the votes"
    if row.is_evaluation:
        share = accuracies.get(-1 if row.name == "zero_shot" else row.iteration)
        return f"{share} % right" if share else ""
    if found["mean_agreement"] is not None:
        return f"agreement {100 * found['mean_agreement']:.0f} %"
    if found["loss_first"] is not None:
        return f"loss {found['loss_first']:.2f} to {found['loss_last']:.2f}"
    if sources := [
        f"{intcomma(found[key])} from {words}"
        for key, words in (("from_seed", "the seed set"), ("from_verdicts", "verdicts"))
        if found[key]
    ]:
        return ", ".join([f"{intcomma(found['pairs'])} pairs", *sources])
    words = (("confident", "answers"), *((word, word) for word in ("listings", "chains", "pairs", "steps")))
    return next((f"{intcomma(found[key])} {word}" for key, word in words if found[key] is not None), "")


def _left(progress: RoundProgress, planned: Sequence[Stage]) -> tuple[str, str]:
    """How long the running stage and the round may still take, in words."""
    current = progress.current
    if not (progress.is_running and current and current.status == Status.RUNNING):
        return "", ""
    in_stage = _left_in(current)
    if in_stage is None:
        return "", ""
    ahead = list(_ahead(progress.stages, planned))
    if None in ahead:
        return rough_text(in_stage), ""
    return rough_text(in_stage), rough_text(in_stage + sum(filter(None, ahead)))


def _left_in(row: StageRow) -> float | None:
    """Seconds, when the rest goes as fast as what is done."""
    if not row.done or not row.total or row.seconds is None:
        return None
    return row.seconds * (row.total - row.done) / row.done


def _ahead(rows: Sequence[StageRow], planned: Sequence[Stage]) -> Iterator[float | None]:
    """Seconds of each stage to come: as long as the last one of its name; None where there was none.

    The pool is predicted as fast as it was sampled.
    """
    took = {row.name: row.seconds for row in rows if row.is_done}
    if "sample" in took:
        took.setdefault(PREDICT, took["sample"])
    begun = {(row.iteration, row.name) for row in rows}
    for stage in planned:
        if (stage.iteration, stage.name) not in begun:
            yield took.get(stage.name)

"""Glue: the shards of a stage -> the workers that take them -> files, and ledger rows that say so."""

import logging
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from django.conf import settings

from catalog.services.interrupting import uninterrupted
from catalog.services.ledger import (
    CancelRequested,
    Claim,
    ClaimLost,
    ends_with,
    held,
    patiently,
    pulse,
    worker_name,
)
from training import inputs, results
from training.devices import worker_device
from training.ml import shards as files
from training.ml.errors import DataError
from training.ml.features import GIB, FeatureStore
from training.ml.params import LoopParams
from training.ml.progress import Progress
from training.ml.records import Chain, Question, Vote
from training.ml.run import LoopRun, Stage
from training.ml.runner import Runner, StageRunner
from training.ml.shards import Span
from training.ml.vote import count_votes
from training.models import Round, RoundStage, Shard
from training.photochecks import usable
from training.services import ledger, shards, sweeping
from training.stages import POOL_FOLDER
from training.worklog import work_logged

logger = logging.getLogger(__name__)

PROGRESS_SECONDS = 2.0
"""Progress reaches the database at most this often."""
WAIT_SECONDS = 0.5
"""Between two looks at the last shards, which other workers draw."""
LOOKS_BETWEEN_SWEEPS = 20

RUNNER: "RoundRunner" = Runner()
"""Of this process, which runs one thing at a time: the model of its last shard stays loaded."""


class RoundRunner(StageRunner, Protocol):
    """One that draws single shards as well."""

    def spans(self, run: LoopRun, stage: Stage) -> list[Span]: ...

    def asked(self, run: LoopRun, stage: Stage, span: Span) -> list[Question]: ...

    def shard(
        self, run: LoopRun, stage: Stage, span: Span, *, progress: Progress
    ) -> Sequence[Chain] | Sequence[Vote]: ...


class Prepared(NamedTuple):
    """What a worker knows of a round."""

    round_id: int
    run: LoopRun
    names: inputs.Names


def run_shards(
    work: Prepared,
    claim: Claim,
    row: RoundStage,
    stage: Stage,
    runner: RoundRunner,
    *,
    after_each: Callable[[], None],
) -> float:
    """Have every shard of the stage drawn, by this worker and all that help; returns seconds of work.

    Args:
        claim: of the round.
        after_each: called after each shard of this worker's; it may raise to stop here.

    Raises:
        DataError: in the words of the first shard that failed.
    """
    spans = runner.spans(work.run, stage)
    there = {int(path.stem) for path in files.shard_files(work.run, stage)}
    queued = patiently(shards.shards_open, claim=claim, stage=row, spans=spans, there=there)
    shards.shards_send(stage_id=row.pk, times=queued - 1)
    total = sum(span.count for span in spans)
    watch = _stage_watch(claim, row, total)
    looks = 0
    while True:
        if error := patiently(shards.shards_error, claim=claim, stage=row):
            raise DataError(error)
        own = patiently(shards.shard_claim, stage_id=row.pk, worker=worker_name())
        if own is not None:
            run_shard(own, runner=runner, prepared=work, watch=watch)
            after_each()
            continue
        state = patiently(shards.shards_state, stage_id=row.pk)
        patiently(ledger.stage_progress, claim=claim, row=row, done=state.questions, total=total)
        if not state.open:
            if error := patiently(shards.shards_error, claim=claim, stage=row):
                raise DataError(error)
            return state.seconds
        looks += 1
        if looks % LOOKS_BETWEEN_SWEEPS == 0:
            patiently(sweeping.rounds_sweep)
        time.sleep(WAIT_SECONDS)


def run_shard(
    claim: Claim,
    *,
    runner: RoundRunner | None = None,
    prepared: Prepared | None = None,
    watch: Callable[[], None] = lambda: None,
) -> None:
    """Draw the claimed shard to its end: done, failed, or given back.

    Args:
        prepared: the shard's round, where the caller knows it.
        watch: called now and then; when it raises, the shard is given back.
    """
    try:
        with pulse(claim):
            _draw(claim, runner or RUNNER, prepared, watch)
    except (ClaimLost, CancelRequested):
        patiently(shards.shard_return, claim=claim)
        logger.warning("shard %s is no longer this worker's, or its round ends", claim.pk)
    except DataError as error:
        problem = str(error)
        patiently(shards.shard_failed, claim=claim, error=problem)
    except Exception as error:
        logger.exception("shard %s could not be drawn", claim.pk)
        problem = f"{type(error).__name__}: {error}."
        shard = patiently(lambda: Shard.objects.select_related("stage__round").get(pk=claim.pk))
        if shard.claim == claim.token:
            patiently(shards.shard_lost, shard, error=problem)


def prepare(round_id: int) -> Prepared:
    """The loop's run over the round's frozen inputs; kept for the next shard of the same round.

    Raises:
        DataError: when the photos of a whole split have vanished from the media storage since.
    """
    path = Round.objects.values_list("artifact_path", flat=True).get(pk=round_id)
    return _prepared(round_id, path)


@lru_cache(maxsize=1)
def _prepared(round_id: int, artifact_path: str) -> Prepared:
    round_ = Round.objects.get(pk=round_id, artifact_path=artifact_path)
    folder = round_.folder
    run = LoopRun(
        schema=inputs.thaw_schema(round_.inputs),
        splits=inputs.thaw_splits(usable(round_.inputs, folder), folder / POOL_FOLDER),
        params=LoopParams.from_json(round_.params),
        folder=folder,
        start=inputs.thaw_start(round_.inputs),
        features=_features(),
    )
    return Prepared(round_id, run, inputs.thaw_names(round_.inputs))


def _features() -> FeatureStore | None:
    """What vision towers saw, shared by the rounds and the workers of this machine."""
    if not settings.ATTRX_FEATURES_GIB:
        return None
    return FeatureStore(settings.ATTRX_VAR_DIR / "features", int(settings.ATTRX_FEATURES_GIB * GIB))


def _draw(claim: Claim, runner: RoundRunner, prepared: Prepared | None, watch: Callable[[], None]) -> None:
    """Draw the shard, write its file, and say so: the last two as one."""
    started = time.monotonic()
    shard = patiently(lambda: Shard.objects.select_related("stage").get(pk=claim.pk))
    work = prepared or patiently(prepare, shard.stage.round_id)
    stage = Stage(shard.stage.iteration, shard.stage.name)
    span = Span(shard.number, shard.start, shard.count)
    progress = work_logged(work.run.folder, stage.key, _progress(claim, span, watch), shard=span.number)
    with ends_with(claim):
        rows = runner.shard(work.run, stage, span, progress=progress)
    path = files.shard_file(work.run, stage, span.number)
    beside = files.write_shard(path, files.record_of(stage), rows)
    votes, model = _votes(stage, rows), files.model_of(stage)

    def finish() -> None:
        with held(claim):
            if votes and model is not None:
                results.predictions_record(
                    round_id=work.round_id,
                    iteration=model,
                    names=work.names,
                    asked=runner.asked(work.run, stage, span),
                    votes=votes,
                )
            shards.shard_finish(claim=claim, seconds=time.monotonic() - started, device=worker_device())
            if beside.exists():
                beside.replace(path)  # Last: what comes before may find the claim lost.

    try:
        patiently(finish)
    finally:
        beside.unlink(missing_ok=True)


def _votes(stage: Stage, rows: Sequence[Chain] | Sequence[Vote]) -> list[Vote]:
    """The votes that the shard's rows are, or amount to; none of the chains that a later stage counts."""
    if stage.name == files.PREDICT:
        return count_votes(row for row in rows if isinstance(row, Chain))
    return [row for row in rows if isinstance(row, Vote)]


def _progress(claim: Claim, span: Span, watch: Callable[[], None]) -> Progress:
    last = -PROGRESS_SECONDS

    def report(done: int, total: int, /) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS:
            with uninterrupted():
                patiently(shards.shard_progress, claim=claim, done=min(done, span.count))
                watch()
            last = time.monotonic()

    return report


def _stage_watch(claim: Claim, row: RoundStage, total: int) -> Callable[[], None]:
    """Brings the stage's progress up to date, and notices when the round is to end.

    It takes a while to count thousands of shards, each of which may be done in less.
    """
    last = -PROGRESS_SECONDS

    def write() -> None:
        done = shards.shards_state(stage_id=row.pk).questions
        ledger.stage_progress(claim=claim, row=row, done=done, total=total)

    def watch() -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS:
            patiently(write)
            last = time.monotonic()

    return watch

"""Glue: a claimed round -> the loop's stages, one by one -> ledger rows, metrics, versions, predictions."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.db import InterfaceError, OperationalError

from catalog.models import Status
from catalog.services.interrupting import uninterrupted
from catalog.services.ledger import (
    CancelRequested,
    Claim,
    ClaimLost,
    ends_with,
    held,
    patiently,
    pulse,
    work_done,
)
from training import results, services, sharding
from training.ml import loop
from training.ml.errors import DataError
from training.ml.pool import PoolFiles
from training.ml.progress import Progress
from training.ml.run import LoopRun, Stage
from training.ml.shards import SHARDED
from training.ml.steplog import LOG_FILE, worked_seconds
from training.models import Round, RoundStage
from training.selectors.manifests import round_manifest
from training.services import ledger
from training.services.loop import stage_times_record
from training.services.sweeping import round_lost
from training.sharding import Prepared, RoundRunner, prepare, run_shards
from training.snapshots import snapshot
from training.stages import SNAPSHOT
from training.stagetimes import stage_times
from training.worklog import work_logged

logger = logging.getLogger(__name__)

PROGRESS_SECONDS = 2.0
"""Progress reaches the database at most this often."""
TURN_SECONDS = 60.0
"""A round that others wait for keeps its worker for this long, and then to the end of its stage or shard."""


class TurnOver(Exception):
    """Another round waits, and this one has had its turn."""


def run_round(
    claim: Claim, *, run_stage: RoundRunner | None = None, turn_seconds: float = TURN_SECONDS
) -> None:
    """Run the claimed round to its end, or to the end of its turn, unless the claim is lost on the way."""
    try:
        with pulse(claim):
            work = patiently(prepare, claim.pk)
            _write_manifest(work.run, claim)
            end_turn = _turn(turn_seconds)
            _take_snapshot(work, claim, end_turn)
            note = _run_stages(work, claim, run_stage or sharding.RUNNER, end_turn)
            patiently(_finish, claim, note)
    except TurnOver:
        patiently(services.round_return, claim=claim)
    except ClaimLost:
        logger.warning("round %s is no longer this worker's: stopped without writing", claim.pk)
    except CancelRequested:
        patiently(ledger.round_cancelled, claim=claim)
    except DataError as error:
        problem = str(error)
        patiently(ledger.round_failed, claim=claim, error=problem)
    except (OperationalError, InterfaceError) as error:
        logger.exception("round %s lost the database", claim.pk)
        problem = f"The database did not answer ({error})."
        patiently(_give_up, claim, problem)
    except Exception as error:
        logger.exception("round %s failed", claim.pk)
        remedy = "The worker's log has the traceback; once the cause is mended, resume the round."
        problem = f"{type(error).__name__}: {error}. {remedy}"
        patiently(ledger.round_failed, claim=claim, error=problem)


def _take_snapshot(work: Prepared, claim: Claim, end_turn: Callable[[], None]) -> None:
    """Freeze the pool, unless that is done, or an older release froze it at the start."""
    if not isinstance(work.run.splits.pool, PoolFiles) or patiently(_is_done, work.run, claim, SNAPSHOT):
        return
    row = patiently(ledger.stage_start, claim=claim, stage=SNAPSHOT)
    result = snapshot(work.round_id, work.run.path(SNAPSHOT), progress=_progress(claim, row))
    patiently(_record, work, claim, row, SNAPSHOT, result)
    _write_manifest(work.run, claim)
    end_turn()


def _write_manifest(run: LoopRun, claim: Claim) -> None:
    """Keep in the artifact folder what the round is a run of."""
    manifest = patiently(round_manifest, round_id=claim.pk)
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")


def _run_stages(work: Prepared, claim: Claim, run_stage: RoundRunner, end_turn: Callable[[], None]) -> str:
    """Run what is not done yet; returns why the loop stopped early, or an empty text."""
    last = 0
    for stage in loop.in_order(work.run):
        if not patiently(_is_done, work.run, claim, stage):
            _run_one(work, claim, stage, run_stage, end_turn)
            end_turn()
        last = max(last, stage.iteration)
    return loop.stop_reason(work.run, last)


def _finish(claim: Claim, note: str) -> None:
    with held(claim):
        results.aliases_update(round_id=claim.pk)
        work_done(claim=claim, note=note)


def _is_done(run: LoopRun, claim: Claim, stage: Stage) -> bool:
    rows = RoundStage.objects.filter(
        round_id=claim.pk, iteration=stage.iteration, name=stage.name, status=Status.DONE
    )
    return rows.exists() and (run.path(stage) / "result.json").is_file()


def _run_one(
    work: Prepared, claim: Claim, stage: Stage, run_stage: RoundRunner, end_turn: Callable[[], None]
) -> None:
    """Run one stage, its shards first, and record what it found."""
    row = patiently(ledger.stage_start, claim=claim, stage=stage)
    work_seconds: Mapping[str, Any] = {}
    if stage.name in SHARDED and not (work.run.path(stage) / "result.json").is_file():
        seconds = run_shards(work, claim, row, stage, run_stage, after_each=end_turn)
        work_seconds = {"work_seconds": round(seconds, 3)}
    progress = _progress(claim, row)
    if stage.name not in SHARDED:
        progress = work_logged(work.run.folder, stage.key, progress)
    with ends_with(claim):
        found = run_stage(work.run, stage, progress=progress)
    if seconds := worked_seconds(work.run.path(stage) / LOG_FILE):
        work_seconds = {"work_seconds": round(seconds, 3)}
    patiently(_record, work, claim, row, stage, {**found, **work_seconds})


def _record(work: Prepared, claim: Claim, row: RoundStage, stage: Stage, result: Mapping[str, Any]) -> None:
    """Keep what the stage found, and close its row, as one."""
    with held(claim):
        results.record(round_id=claim.pk, run=work.run, stage=stage, result=result)
        stage_times_record(stage_id=row.pk, times=stage_times(work.run, stage, row, result))
        ledger.stage_finish(row=row, result=result)


def _turn(seconds: float) -> Callable[[], None]:
    """Raises TurnOver once the turn has lasted long enough and another round waits."""
    began = time.monotonic()

    def end() -> None:
        if time.monotonic() - began >= seconds and patiently(services.round_waits):
            raise TurnOver

    return end


def _give_up(claim: Claim, error: str) -> None:
    """Let another worker, or this one later, go on with the round."""
    round_ = Round.objects.filter(pk=claim.pk, claim=claim.token).defer("inputs").first()
    if round_ is not None:
        round_lost(round_, error=error)


def _progress(claim: Claim, row: RoundStage) -> Progress:
    last = -PROGRESS_SECONDS

    def report(done: int, total: int, /) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS or done >= total:
            with uninterrupted():
                patiently(ledger.stage_progress, claim=claim, row=row, done=done, total=total)
            last = time.monotonic()

    return report

"""Glue: a claimed round -> the loop's stages, one by one -> ledger rows, metrics, versions, predictions."""

import json
import logging
import time
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings

from catalog.models import Status
from catalog.services.ledger import CancelRequested, Claim, ClaimLost, held, pulse, work_done
from training import inputs, results
from training.ml import loop
from training.ml.errors import DataError
from training.ml.loop import LoopRun, Stage
from training.ml.params import LoopParams
from training.ml.progress import Progress
from training.models import Round, RoundStage
from training.services import ledger

logger = logging.getLogger(__name__)

PROGRESS_SECONDS = 2.0
"""Progress reaches the database at most this often."""


class StageRunner(Protocol):
    """training.ml.loop.run_stage, or a stand-in that writes the same files."""

    def __call__(self, run: LoopRun, stage: Stage, *, progress: Progress) -> dict[str, Any]: ...


def run_round(claim: Claim, *, run_stage: StageRunner = loop.run_stage) -> None:
    """Run the claimed round to its end: done, failed or cancelled, unless the claim is lost on the way."""
    try:
        with pulse(claim):
            run = prepare(Round.objects.get(pk=claim.pk))
            note = _run_stages(run, claim, run_stage)
            with held(claim):
                results.aliases_update(round_id=claim.pk)
                work_done(claim=claim, note=note)
    except ClaimLost:
        logger.warning("round %s is no longer this worker's: stopped without writing", claim.pk)
    except CancelRequested:
        ledger.round_cancelled(claim=claim)
    except DataError as error:
        ledger.round_failed(claim=claim, error=str(error))
    except Exception as error:
        logger.exception("round %s failed", claim.pk)
        remedy = "The worker's log has the traceback; once the cause is mended, resume the round."
        ledger.round_failed(claim=claim, error=f"{type(error).__name__}: {error}. {remedy}")


def prepare(round_: Round) -> LoopRun:
    """The loop's run over the round's frozen inputs, with the manifest in its artifact folder."""
    folder = Path(settings.ATTRX_ARTIFACTS_DIR) / round_.artifact_path
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {"round": round_.pk, "params": round_.params, "inputs": round_.inputs}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    return LoopRun(
        schema=inputs.thaw_schema(round_.inputs),
        splits=inputs.thaw_splits(round_.inputs),
        params=LoopParams.from_json(round_.params),
        folder=folder,
    )


def _run_stages(run: LoopRun, claim: Claim, run_stage: StageRunner) -> str:
    """Run what is not done yet; returns why the loop stopped early, or an empty text."""
    for stage in loop.stages(run.params):
        if not _is_done(run, claim, stage):
            _run_one(run, claim, stage, run_stage)
        if stage.name == "evaluate" and (reason := loop.stop_reason(run, stage.iteration)):
            return reason
    return ""


def _is_done(run: LoopRun, claim: Claim, stage: Stage) -> bool:
    rows = RoundStage.objects.filter(
        round_id=claim.pk, iteration=stage.iteration, name=stage.name, status=Status.DONE
    )
    return rows.exists() and (run.path(stage) / "result.json").is_file()


def _run_one(run: LoopRun, claim: Claim, stage: Stage, run_stage: StageRunner) -> None:
    row = ledger.stage_start(claim=claim, stage=stage)
    result = run_stage(run, stage, progress=_progress(claim, row))
    with held(claim):
        results.record(round_id=claim.pk, run=run, stage=stage, result=result)
        ledger.stage_finish(row=row, result=result)


def _progress(claim: Claim, row: RoundStage) -> Progress:
    last = -PROGRESS_SECONDS

    def report(done: int, total: int, /) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS or done >= total:
            ledger.stage_progress(claim=claim, row=row, done=done, total=total)
            last = time.monotonic()

    return report

"""A claimed teacher run -> its requests, one listing after another -> suggestions. It can stop anywhere.

A listing is marked before anything is sent about it, so that what a dead worker may have spent is counted.
"""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import reset_queries, transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from attrx_web.env import Teacher
from catalog.imaging.errors import ImageError
from catalog.models import Status
from catalog.services.ledger import CancelRequested, Claim, ClaimLost, held, pulse, work_close, work_done
from labeling.asked import Schema, schema_of
from labeling.errors import LabelingError
from labeling.models import TeacherAnswer, TeacherOutcome, TeacherRun
from labeling.services.teacher import teacher_configured, teacher_send
from labeling.services.teacher_answers import Asked, answer_record, asked_of_row
from labeling.services.teacher_queue import teachers_send_next
from labeling.teacher.calls import PATIENCE, Caller, End, Said
from labeling.teacher.money import Account, Usage
from labeling.teacher.pace import Bucket, Patience
from labeling.teacher.prompts import Style

logger = logging.getLogger(__name__)

TURN_SECONDS = 300.0
"""A run gives its worker to others after this long, and is queued behind them."""
BEAT_SECONDS = 2.0
"""Signs of life, and looks at whether the run is cancelled."""
FRUITLESS_MOST = 10
"""Listings in a row without an answer: from then on more money would buy nothing."""

Tell = Callable[[int], object]
"""Told every few seconds how many listings were dealt with since."""


class TurnOver(Exception):
    """Others are to get the worker."""


def teacher_run(
    claim: Claim,
    *,
    patience: Patience = PATIENCE,
    seconds: float = TURN_SECONDS,
    tell: Tell = lambda listings: None,
) -> None:
    """Work on the claimed run to its end (done, failed, cancelled), or for so many seconds.

    Where the claim is lost on the way, nothing more is written.
    """
    try:
        with pulse(claim):
            note = _ask(claim, patience, seconds, tell)
            with held(claim):
                work_done(claim=claim, note=note)
    except ClaimLost:
        logger.warning("teacher run %s is no longer this worker's: stopped without writing", claim.pk)
    except TurnOver:
        _queue_again(claim)
        return
    except CancelRequested:
        work_close(TeacherRun, pk=claim.pk, status=Status.CANCELLED, claim=claim.token)
    except LabelingError as error:
        _fail(claim, str(error))
    except Exception as error:
        logger.exception("teacher run %s failed", claim.pk)
        remedy = "The worker's log has the traceback; once the cause is mended, resume the run."
        _fail(claim, f"{type(error).__name__}: {error}. {remedy}")
    teachers_send_next()


def _ask(claim: Claim, patience: Patience, seconds: float, tell: Tell) -> str:
    """Ask about every listing that is still to be asked about; returns why it stopped early, or nothing."""
    run = TeacherRun.objects.select_related("vertical").get(pk=claim.pk)
    teacher = _teacher_of(run)
    _count_interrupted(claim)
    account = Account(run.budget, run.price, spent=spent_of(run))
    bucket = Bucket(run.per_minute, burst=run.at_once)
    with Caller(teacher, account, bucket=bucket, options=_options(run), patience=patience) as caller:
        asking = _Asking(
            claim, run, schema_of(run.schema_version_id), caller, time.monotonic() + seconds, tell
        )
        asking.run()
    return asking.note


def sentence(error: str) -> str:
    """What a reason is at the beginning of a sentence."""
    return f"{error[:1].upper()}{error[1:]}"


def spent_of(run: TeacherRun) -> Usage:
    """What it has used up."""
    sums = run.answers.aggregate(input=Sum("input_tokens"), output=Sum("output_tokens"))
    return Usage(sums["input"] or 0, sums["output"] or 0)


@dataclass(slots=True)
class _Asking:
    """A run at work."""

    claim: Claim
    run_row: TeacherRun
    schema: Schema
    caller: Caller
    until: float
    tell: Tell
    under_way: "dict[Future[list[Said]], Asked]" = field(default_factory=dict)
    ending: Exception | None = None
    """why no more is to be asked; raised once what is under way has come to its end"""
    note: str = ""
    fruitless: int = 0

    def run(self) -> None:
        """Ask until nothing is left to be asked, or to be waited for."""
        while True:
            self._look()
            self._send()
            if not self.under_way:
                break
            done, _ = wait(self.under_way, timeout=BEAT_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                self._record(self.under_way.pop(future), future.result())
            reset_queries()  # Where DEBUG is on, Django keeps the text of every statement.
        if self.ending is not None:
            raise self.ending

    def _look(self) -> None:
        """Give a sign of life, and find out whether to go on."""
        self.tell(0)
        with kept(self.claim):
            cancelled = self.claim.rows().filter(cancel_requested=True).exists()
        if cancelled:
            self._end(CancelRequested())
        elif time.monotonic() > self.until:
            self._end(TurnOver())

    def _send(self) -> None:
        most = self.run_row.at_once if self.caller.account.is_open else 1
        while self.ending is None and not self.note and len(self.under_way) < most:
            row = self._waiting().first()
            if row is None:
                return
            try:
                asked = asked_of_row(row, self.run_row, self.schema, options=self.caller.options)
            except ImageError as error:
                self._fail(row, str(error))
                continue
            with kept(self.claim):
                row.save(update_fields=["outcome", "asked", "request"])
            self.under_way[self.caller.ask(asked.requests)] = asked

    def _record(self, asked: Asked, said: list[Said]) -> None:
        """Keep what was said, and see whether it speaks against going on."""
        with kept(self.claim):
            answer_record(asked, said, run=self.run_row, schema=self.schema)
        self.tell(1)
        last = said[-1]
        if last.end is End.FATAL:
            self._end(LabelingError(f"{sentence(last.error)}. Mend that, then resume the run."))
        elif last.end is End.UNASKED and self.ending is None:
            self.note = self._budget_note()
        self._judge(asked.row)

    def _judge(self, row: TeacherAnswer) -> None:
        """End the run when nothing comes of it."""
        if row.outcome == TeacherOutcome.ANSWERED:
            self.fruitless = 0
        elif row.outcome in (TeacherOutcome.FAILED, TeacherOutcome.UNREADABLE):
            self.fruitless += 1
        if self.fruitless >= FRUITLESS_MOST:
            why = row.error or "; ".join(sorted(set(row.problems.values())))
            self._end(
                LabelingError(
                    f"The last {self.fruitless} listings have no answer, the last one because {why}. "
                    "Mend the cause, then resume the run, which asks about those again that failed."
                )
            )

    def _fail(self, row: TeacherAnswer, error: str) -> None:
        """The listing cannot be asked about."""
        row.outcome, row.error, row.finished = TeacherOutcome.FAILED, error, timezone.now()
        with kept(self.claim):
            row.save(update_fields=["outcome", "error", "finished"])
        self.tell(1)
        self._judge(row)

    def _end(self, why: Exception) -> None:
        if self.ending is None:
            self.ending = why
            self.caller.stop()

    def _waiting(self) -> QuerySet[TeacherAnswer]:
        waiting = TeacherAnswer.objects.filter(run=self.claim.pk, outcome=TeacherOutcome.WAITING)
        return waiting.select_related("listing").order_by("position")

    def _budget_note(self) -> str:
        answers = TeacherAnswer.objects.filter(run=self.claim.pk)
        asked = answers.exclude(outcome=TeacherOutcome.WAITING).count()
        return f"stopped by the budget: {asked} of {answers.count()} asked"


@contextmanager
def kept(claim: Claim) -> Iterator[None]:
    """As ledger.held, also when the run is to end: what was paid for is written.

    Raises:
        ClaimLost: before anything is written.
    """
    with transaction.atomic():
        if not claim.rows().update(heartbeat=timezone.now()):
            raise ClaimLost
        yield


def _teacher_of(run: TeacherRun) -> Teacher:
    """The endpoint to ask, which is the one that the person who started the run was told of."""
    teacher = teacher_configured()
    if teacher.url != run.endpoint:
        raise LabelingError(
            f"The run was started for {run.endpoint}, and ATTRX_TEACHER_URL is {teacher.url} now: "
            "start a new run, or set it back and resume this one."
        )
    return teacher


def _options(run: TeacherRun) -> dict[str, object]:
    """What every request asks for besides its messages."""
    options: dict[str, object] = {"model": run.model, "temperature": 0, "max_tokens": run.output_tokens}
    return options | ({"response_format": {"type": "json_object"}} if run.style == Style.WHOLE else {})


def _count_interrupted(claim: Claim) -> None:
    """Listings that were under way when a worker died may have cost what was estimated. Ask them again."""
    with kept(claim):
        for row in TeacherAnswer.objects.filter(run=claim.pk, outcome=TeacherOutcome.ASKED):
            spent = Usage(*row.request["estimate"])
            TeacherAnswer.objects.filter(pk=row.pk).update(
                outcome=TeacherOutcome.WAITING,
                input_tokens=F("input_tokens") + spent.input,
                output_tokens=F("output_tokens") + spent.output,
                guessed=True,
            )


def _queue_again(claim: Claim) -> None:
    """Queue the run behind whatever else waits for its worker."""
    with transaction.atomic():
        mine = TeacherRun.objects.filter(pk=claim.pk, claim=claim.token, cancel_requested=False)
        if not mine.update(status=Status.QUEUED, claim=None, worker="", queued=timezone.now()):
            work_close(TeacherRun, pk=claim.pk, status=Status.CANCELLED, claim=claim.token)
            return
        transaction.on_commit(lambda: teacher_send(run_id=claim.pk))


def _fail(claim: Claim, error: str) -> None:
    work_close(TeacherRun, pk=claim.pk, status=Status.FAILED, error=error, claim=claim.token)

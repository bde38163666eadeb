"""Ask a teacher: manage.py teacher_run --vertical watch --purpose seed --budget-tokens 500000 --dry-run."""

import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog.services.ledger import worker_name
from catalog.splits import Split
from labeling.errors import LabelingError
from labeling.selectors.teacher import run_progress, teacher_runs
from labeling.selectors.teacher_plan import plan_chosen, plan_estimate
from labeling.services import teacher, teacher_queue
from labeling.services import teacher_run as job
from labeling.teacher.money import Budget, Price
from labeling.teacher.plan import LISTINGS_MOST, Choice, Estimate, Limits, TeacherPlan
from labeling.teacher.prompts import Style
from labeling.teacher_form import WAITING

STANDARD = Limits()
UNUSABLE = 2


class Command(BaseCommand):
    help = (
        "Have the large model that ATTRX_TEACHER_URL and ATTRX_TEACHER_MODEL name propose answers, here and "
        "now. People confirm them. Photos, titles and descriptions are sent there. Exit code 2: the "
        "run did not come to its end."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--vertical", metavar="CODE", help="of the listings")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--purpose", choices=list(WAITING), help="listings that wait for people")
        which.add_argument("--split", choices=[split.value for split in Split], help="listings of a split")
        which.add_argument("--listing", nargs="+", metavar="ID", help="listings by id")
        parser.add_argument("--attribute", nargs="+", default=[], metavar="CODE", help="default: all")
        parser.add_argument("--most", type=count, default=LISTINGS_MOST, help="listings at most")
        parser.add_argument("--again", action="store_true", help="also those that this model has answered")
        parser.add_argument("--budget-tokens", type=count, metavar="N", help="in and out together")
        parser.add_argument("--budget-money", type=money, metavar="N", help="needs ATTRX_TEACHER_PRICE")
        parser.add_argument("--style", choices=[style.value for style in Style], default=Style.WHOLE.value)
        parser.add_argument("--photos", type=count, default=STANDARD.photos, help="of a listing, at most")
        parser.add_argument("--side", type=count, default=STANDARD.side, help="pixels of a photo's long side")
        parser.add_argument("--output-tokens", type=count, help="of an answer (default: by the attributes)")
        parser.add_argument("--per-minute", type=count, default=STANDARD.per_minute, help="requests a minute")
        parser.add_argument("--at-once", type=count, default=STANDARD.at_once, help="requests at once")
        parser.add_argument("--dry-run", action="store_true", help="say what it would take, and stop")
        parser.add_argument("--resume", type=int, metavar="RUN", help="go on with a run that stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["resume"]:
                run_id = self.resumed(options["resume"])
            elif options["dry_run"]:
                self.stdout.write(estimate_text(estimated(plan_of(options))))
                return
            else:
                run_id = teacher.teacher_start(plan=plan_of(options), send=False).pk
        except LabelingError as error:
            raise CommandError(str(error), returncode=UNUSABLE) from error
        self.work(run_id)

    def resumed(self, run_id: int) -> int:
        """Queue a run again that stopped.

        Raises:
            LabelingError: when it did not stop.
        """
        teacher_queue.teachers_sweep()
        if not teacher.teacher_resume(run_id=run_id, send=False):
            raise LabelingError(f"run {run_id} is neither failed nor cancelled: look at its page")
        return run_id

    def work(self, run_id: int) -> None:
        """Work on the queued run in this process, and report.

        Raises:
            CommandError: with exit code UNUSABLE.
        """
        claim = teacher_queue.teacher_claim(run_id=run_id, worker=worker_name())
        if claim is None:
            teacher.teacher_cancel(run_id=run_id)
            remedy = f"wait for it, or cancel it on its page; then manage.py teacher_run --resume {run_id}"
            raise CommandError(f"another run is at work: {remedy}", returncode=UNUSABLE)
        run = teacher_runs().get(pk=run_id)
        with watched(run_id, total=run_progress(run).listings) as tell:
            job.teacher_run(claim, seconds=float("inf"), tell=tell)
        run.refresh_from_db()
        progress = run_progress(run)
        cost = f"{progress.spent.tokens:,} tokens"
        if progress.money is not None:
            cost += f", {progress.money:f} {run.currency}"
        self.stdout.write(
            f"run {run_id}: {progress.answered} answered, {progress.unreadable} not readable, "
            f"{progress.failed} without an answer; {cost}{f'; {run.note}' if run.note else ''}"
        )
        if progress.is_resumable:
            ended = f"failed: {run.error}" if run.error else "was cancelled: What was answered is kept."
            go_on = f"manage.py teacher_run --resume {run_id}"
            raise CommandError(f"run {run_id} {ended} {go_on}", returncode=UNUSABLE)


def count(text: str) -> int:
    """A whole number from 1, for argparse."""
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text!r} is no count: give a whole number from 1")
    return int(text)


def money(text: str) -> Decimal:
    """An amount, for argparse."""
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise ArgumentTypeError(f"{text!r} is no amount: give a number, such as 2.50") from error
    if not amount.is_finite() or amount <= 0:
        raise ArgumentTypeError(f"{text!r} is no amount: give a number above 0")
    return amount


def plan_of(options: dict[str, Any]) -> TeacherPlan:
    """What the options ask for.

    Raises:
        LabelingError: where they say not enough.
    """
    names = tuple(options["listing"] or ())
    if not options["vertical"] or not (options["purpose"] or options["split"] or names):
        raise LabelingError("nothing to ask about: give --vertical, and --purpose, --split or --listing")
    return TeacherPlan(
        vertical=options["vertical"],
        attributes=tuple(options["attribute"]),
        choice=Choice(options["purpose"] or "", options["split"] or "", names),
        budget=Budget(options["budget_tokens"], options["budget_money"]),
        most=options["most"],
        again=options["again"],
        style=Style(options["style"]),
        limits=Limits(
            *(options[name] for name in ("photos", "side", "output_tokens", "per_minute", "at_once"))
        ),
    )


def estimated(plan: TeacherPlan) -> Estimate:
    """What the plan would take.

    Raises:
        LabelingError: where no teacher is configured, or the plan names something that is not there.
    """
    configured = teacher.teacher_configured()
    price = Price(*configured.price) if configured.price else None
    return plan_estimate(plan, plan_chosen(plan, model=configured.model), price=price)


def estimate_text(estimate: Estimate) -> str:
    """The estimate in a line."""
    text = (
        f"{estimate.listings} listings, {estimate.requests} requests, "
        f"about {estimate.about.tokens:,} tokens, {estimate.most.tokens:,} at most"
    )
    if estimate.price:
        text += f"; about {estimate.money_about:f} {estimate.price.currency}, {estimate.money_most:f} at most"
    return text


@contextmanager
def watched(run_id: int, *, total: int) -> Iterator[job.Tell]:
    """A progress bar; ctrl-C and SIGTERM cancel the run, which ends with what is under way."""

    stopped = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    def tell(listings: int) -> None:
        bar.update(listings)
        if stopped:
            teacher.teacher_cancel(run_id=run_id)

    before = {signum: signal.signal(signum, stop) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        with tqdm(desc="Asking", total=total, disable=not sys.stderr.isatty()) as bar:
            yield tell
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)

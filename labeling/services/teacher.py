"""What people do to teacher runs: start, cancel, resume."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from attrx_web.env import Teacher
from catalog.services.ledger import work_cancel, work_requeue, work_send
from catalog.services.workevents import work_record
from labeling.errors import LabelingError
from labeling.models import TeacherAnswer, TeacherOutcome, TeacherRun
from labeling.selectors.teacher_plan import Chosen, plan_chosen
from labeling.teacher.plan import TeacherPlan, output_most

TEACHER_RUN = "labeling.tasks.teacher_run"
"""By name: the tasks call services, not the other way round."""
BATCH = 1000

UNSET = (
    "no teacher is configured: set ATTRX_TEACHER_URL and ATTRX_TEACHER_MODEL, and start the site and its "
    "workers again (docs/guide/teacher.md)"
)


def teacher_configured() -> Teacher:
    """The teacher that the environment names.

    Raises:
        LabelingError: where it names none, saying how it is done.
    """
    teacher: Teacher | None = settings.ATTRX_TEACHER
    if teacher is None:
        raise LabelingError(UNSET)
    return teacher


@transaction.atomic
def teacher_start(*, plan: TeacherPlan, by: User | None = None, send: bool = True) -> TeacherRun:
    """Settle what the plan comes to now, and queue a run over it.

    Raises:
        LabelingError: where no teacher is configured, or the plan cannot be used.
    """
    teacher = teacher_configured()
    _check_budget(plan, teacher)
    if wrong := plan.limits.out_of_bounds:
        raise LabelingError(wrong)
    chosen = plan_chosen(plan, model=teacher.model)
    if not chosen.listings:
        raise LabelingError("there is no listing to ask about: choose others, or ask again about these")
    run = _run_create(plan, chosen, teacher, by)
    for start in range(0, len(chosen.listings), BATCH):
        TeacherAnswer.objects.bulk_create(
            TeacherAnswer(run=run, listing_id=listing, position=position)
            for position, listing in enumerate(chosen.listings[start : start + BATCH], start + 1)
        )
    after = {"model": run.model, "listings": len(chosen.listings)}
    work_record(TeacherRun, pk=run.pk, verb="started", by=by, after=after)
    _send_on_commit(run.pk, send=send)
    return run


@transaction.atomic
def teacher_resume(*, run_id: int, send: bool = True) -> bool:
    """Queue a failed or cancelled run again: it asks about what has no answer. False when it is neither."""
    if not work_requeue(TeacherRun, pk=run_id):
        return False
    TeacherRun.objects.filter(pk=run_id).update(queued=timezone.now())
    failed = TeacherAnswer.objects.filter(run=run_id, outcome=TeacherOutcome.FAILED)
    failed.update(outcome=TeacherOutcome.WAITING, error="")
    _send_on_commit(run_id, send=send)
    return True


def teacher_cancel(*, run_id: int) -> bool:
    """End a queued run now, a running one once what is under way is answered. False when it is neither."""
    return work_cancel(TeacherRun, pk=run_id)


def teacher_send(*, run_id: int) -> None:
    """Tell the workers of a queued run; one that cannot be told of fails, with the remedy."""
    work_send(TeacherRun, pk=run_id, task=TEACHER_RUN, queue="default")


def _check_budget(plan: TeacherPlan, teacher: Teacher) -> None:
    if plan.budget.tokens is None and plan.budget.money is None:
        raise LabelingError("there is no budget: give one of tokens, or of money")
    if plan.budget.money is not None and teacher.price is None:
        raise LabelingError(
            f"the price of {teacher.model} is not known: give a budget of tokens, or set ATTRX_TEACHER_PRICE"
        )


def _run_create(plan: TeacherPlan, chosen: Chosen, teacher: Teacher, by: User | None) -> TeacherRun:
    price_input, price_output, currency = teacher.price or (None, None, "")
    return TeacherRun.objects.create(
        vertical=chosen.vertical,
        schema_version=chosen.version,
        attributes=[attribute.code for attribute in chosen.attributes],
        purpose=plan.choice.purpose,
        split=plan.choice.split,
        model=teacher.model,
        endpoint=teacher.url,
        style=plan.style,
        photos=plan.limits.photos,
        side=plan.limits.side,
        output_tokens=output_most(plan.style, plan.limits, len(chosen.attributes)),
        per_minute=plan.limits.per_minute,
        at_once=plan.limits.at_once,
        budget_tokens=plan.budget.tokens,
        budget_money=plan.budget.money,
        price_input=price_input,
        price_output=price_output,
        currency=currency,
        queued=timezone.now(),
        created_by=by,
    )


def _send_on_commit(run_id: int, *, send: bool) -> None:
    if send:
        transaction.on_commit(lambda: teacher_send(run_id=run_id))

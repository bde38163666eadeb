"""Writes of how work is done: how many people answer what, and who works on which vertical.

A rule holds for what is opened or finished from then on. Tasks that people have begun are brought to it in
the background, one after another: some become labels, others need no further answer.
"""

import logging
from collections.abc import Collection, Iterator

from celery import current_app
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record, person_record
from catalog.models import Vertical
from labeling.errors import LabelingError
from labeling.models import Purpose, PurposeRule, Task, TaskStatus, Turn, VerticalAssignment
from labeling.queue import is_open
from labeling.second import needed, overlap_needed
from labeling.services.settling import task_settle
from labeling.services.tasks import BATCH, tasks_hold, turn_of

logger = logging.getLogger(__name__)

MOST_PEOPLE = 20
MOST_SECOND = 100
"""Percent."""
RULES_APPLY = "labeling.tasks.rules_apply"


@transaction.atomic
def rule_set(
    *, purpose: Purpose, overlap: int, agree: int, suggestions: bool, by: User, second_opinion: int = 0
) -> PurposeRule:
    """Change how listings of this purpose are worked on.

    Args:
        second_opinion: percent of the reviews that go to a second person, who must agree.

    Raises:
        LabelingError: for numbers that cannot be.
    """
    _check(purpose, overlap, agree)
    _check_second(purpose, second_opinion)
    rule, _ = PurposeRule.objects.select_for_update(no_key=True).get_or_create(purpose=purpose)
    before = _facts(rule)
    moved = (rule.overlap, rule.agree, rule.second_opinion) != (overlap, agree, second_opinion)
    rule.overlap, rule.agree, rule.second_opinion = overlap, agree, second_opinion
    rule.suggestions, rule.changed_by = suggestions, by
    rule.pending = rule.pending or moved
    rule.save()
    event_record(
        Action.RULE_SET,
        kind=Kind.RULE,
        key=purpose,
        name=str(purpose.label),
        by=by,
        before=before,
        after=_facts(rule),
    )
    logger.info("%s set %s, suggestions %s", by, rule, "shown" if suggestions else "hidden")
    if rule.pending:
        transaction.on_commit(_send, robust=True)
    return rule


def rules_apply() -> int:
    """Bring the tasks that people have begun to the rules that were changed; returns how many there were.

    It may be stopped at any time, and run twice at once.
    """
    settled = 0
    for rule in PurposeRule.objects.filter(pending=True).select_related("changed_by"):
        for turn_ids in _pages(_surplus(rule)):
            _surplus_withdraw(rule, turn_ids)
        for task_ids in _pages(_begun(rule)):
            for task_id in task_ids:
                task_settle(task_id=task_id, by=rule.changed_by)
            settled += len(task_ids)
        # Whoever changed it again meanwhile has it applied again.
        PurposeRule.objects.filter(pk=rule.pk, changed=rule.changed).update(pending=False)
    return settled


def tasks_ask_again(*, purpose: Purpose) -> int:
    """Ask further people about listings that fewer people answered than the rule wants; returns how many."""
    return sum(_ask_again(purpose, task_ids) for task_ids in _pages(_answered_by_few(purpose)))


@transaction.atomic
def assignments_set(*, person_id: int, vertical_ids: Collection[int]) -> None:
    """Let the person work on these verticals only, or on all where there are none.

    Raises:
        LabelingError: where there is no such person.
    """
    person = User.objects.select_for_update(no_key=True).filter(pk=person_id).first()
    if person is None:
        raise LabelingError(f"there is no person {person_id}: choose one of the list")
    wanted = set(Vertical.objects.filter(pk__in=vertical_ids).values_list("pk", flat=True))
    had = VerticalAssignment.objects.filter(person=person)
    before = _codes(person)
    had.exclude(vertical__in=wanted).delete()
    VerticalAssignment.objects.bulk_create(
        VerticalAssignment(person=person, vertical_id=vertical_id)
        for vertical_id in sorted(wanted - set(had.values_list("vertical_id", flat=True)))
    )
    person_record(
        Action.ASSIGNMENTS_SET, person, before={"verticals": before}, after={"verticals": _codes(person)}
    )


def _codes(person: User) -> list[str]:
    """The verticals that the person works on."""
    assigned = VerticalAssignment.objects.filter(person=person).order_by("vertical__code")
    return list(assigned.values_list("vertical__code", flat=True))


def _facts(rule: PurposeRule) -> dict[str, object]:
    fields = ("overlap", "agree", "second_opinion", "suggestions")
    return {field: getattr(rule, field) for field in fields}


def _check(purpose: Purpose, overlap: int, agree: int) -> None:
    if not 1 <= overlap <= MOST_PEOPLE:
        raise LabelingError(
            f"{purpose}: {overlap} people cannot answer: give a number from 1 to {MOST_PEOPLE}"
        )
    if not 1 <= agree <= overlap:
        raise LabelingError(
            f"{purpose}: {agree} of {overlap} cannot agree: give a number from 1 to {overlap}"
        )
    if purpose == Purpose.ADJUDICATION and overlap != 1:
        raise LabelingError(f"{purpose}: one reviewer decides, not {overlap}: give 1")


def _check_second(purpose: Purpose, percent: int) -> None:
    if not 0 <= percent <= MOST_SECOND:
        raise LabelingError(
            f"{purpose}: a second opinion of {percent} % cannot be: give a number from 0 to {MOST_SECOND}"
        )
    if percent and purpose != Purpose.REVIEW:
        raise LabelingError(f"{purpose}: only reviews get a second opinion: give 0, or more people for each")


def _send() -> None:
    current_app.send_task(RULES_APPLY, queue="default")


def _pages(rows: QuerySet[Task] | QuerySet[Turn]) -> Iterator[list[int]]:
    """The primary keys of the rows, a page at a time; what is done with a page may take its rows away."""
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield page
        last = page[-1]


def _surplus(rule: PurposeRule) -> QuerySet[Turn]:
    """Turns that nobody has, of more people than are asked now."""
    many = Q(number__gt=overlap_needed(rule, "task"))
    return Turn.objects.filter(is_open(), many, purpose=rule.purpose, person=None)


@transaction.atomic
def _surplus_withdraw(rule: PurposeRule, turn_ids: Collection[int]) -> None:
    tasks_hold(Task.objects.filter(turns__in=turn_ids))
    _surplus(rule).filter(pk__in=turn_ids).update(withdrawn=timezone.now())


def _begun(rule: PurposeRule) -> QuerySet[Task]:
    """Open tasks that somebody has finished and others have not yet, or that people are at."""
    had = Turn.objects.filter(task=OuterRef("pk"), person__isnull=False)
    return Task.objects.filter(Exists(had), purpose=rule.purpose, status=TaskStatus.OPEN)


def _answered_by_few(purpose: Purpose) -> QuerySet[Task]:
    """The last task of each listing in use, if it is done by fewer people than are asked now."""
    rule = PurposeRule.objects.filter(purpose=purpose).first() or PurposeRule(purpose=purpose)
    later = Task.objects.filter(listing=OuterRef("listing"), purpose=purpose, pk__gt=OuterRef("pk"))
    done = Task.objects.filter(
        ~Exists(later), purpose=purpose, status=TaskStatus.DONE, listing__retired=False
    )
    people = Count("turns", filter=~Q(turns__finished=None))
    return done.alias(people=people).filter(people__lt=overlap_needed(rule))


@transaction.atomic
def _ask_again(purpose: Purpose, task_ids: Collection[int]) -> int:
    # Whoever opens tasks or changes the rule at the same time waits.
    rule = PurposeRule.objects.select_for_update(no_key=True).get(purpose=purpose)
    tasks_hold(Task.objects.filter(pk__in=task_ids))
    rows = _answered_by_few(purpose).filter(pk__in=task_ids)
    people = Count("turns", filter=~Q(turns__finished=None))
    tasks = list(rows.select_related("listing").annotate(people=people, last=Max("turns__number")))
    Task.objects.filter(pk__in=[task.pk for task in tasks], status=TaskStatus.DONE).update(
        status=TaskStatus.OPEN
    )
    Turn.objects.bulk_create(
        turn_of(task, vertical_id=task.listing.vertical_id, number=task.last + more)
        for task in tasks
        for more in range(1, needed(rule, task.pk).overlap - task.people + 1)
    )
    if tasks:
        event_record(
            Action.TASKS_OPENED,
            kind=Kind.LISTINGS,
            name=f"{len(tasks)} listings again",
            after={"purpose": purpose.value, "listings": len(tasks)},
        )
    return len(tasks)

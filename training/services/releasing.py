"""Routed questions become tasks: audits at once, reviews as many a day as the budget says, the best first.

Every batch is a transaction that holds its routing: two workers at it do no harm, and one that dies leaves
the next one to go on. What a superseded routing asked and nobody began is taken back.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from catalog.splits import Split
from labeling.chains import Chain
from labeling.models import Annotation, Label, Purpose, Task, TaskStatus
from labeling.services.answers import suggestion_add
from labeling.services.tasks import tasks_open, tasks_take_back
from training.models import Prediction, Route, RoutedQuestion, Routing, RoutingState
from training.routing.settings import RoutingSettings
from training.selectors.chainfiles import Question, chains_of

logger = logging.getLogger(__name__)

BATCH = 500
"""Questions that are released in one transaction."""
TAKEN_BACK_FOR = timedelta(days=2)
"""A routing that has been superseded for longer left only tasks that somebody began."""

Chains = Mapping[Question, Sequence[Chain]]


def routing_release(*, routing_id: int) -> int:
    """Ask people what the current routing has for them now; returns how many questions.

    A routing that is not current asks nothing. A listing about which a task with the same purpose is open
    waits for the end of that.
    """
    superseded_take_back()
    asked = sum(_asked_in_batches(routing_id, route) for route in (Route.AUDIT, Route.REVIEW))
    if asked:
        logger.info("routing %s: people are asked %s questions more", routing_id, asked)
    return asked


def superseded_take_back() -> int:
    """Take back what superseded routings asked and nobody began; returns how many tasks."""
    since = timezone.now() - TAKEN_BACK_FOR
    asked = RoutedQuestion.objects.filter(
        routing__state=RoutingState.SUPERSEDED, routing__superseded__gte=since, task__status=TaskStatus.OPEN
    )
    tasks = list(asked.order_by("task").values_list("task", flat=True).distinct())
    gone = 0
    for start in range(0, len(tasks), BATCH):
        with transaction.atomic():
            batch = tasks[start : start + BATCH]
            questions = RoutedQuestion.objects.filter(task__in=batch)
            by_task = defaultdict(list)
            for pk, task_id in questions.values_list("pk", "task_id"):
                by_task[task_id].append(pk)
            taken = tasks_take_back(task_ids=batch)
            rows = [pk for task_id in taken for pk in by_task[task_id]]
            RoutedQuestion.objects.filter(pk__any_of=rows).update(withdrawn=timezone.now())
            gone += len(taken)
    return gone


def _asked_in_batches(routing_id: int, route: Route) -> int:
    asked = 0
    while True:
        routing = Routing.objects.filter(pk=routing_id, state=RoutingState.CURRENT)
        found = routing.select_related("version").first()
        room = BATCH if route is Route.AUDIT or found is None else min(BATCH, _left_today(found))
        if found is None or not (rows := list(_next(found, route)[:room])):
            return asked
        chains = _chains(found, rows) if route is Route.REVIEW else {}
        asked += _release(found, route, [row.pk for row in rows], chains)


def _next(routing: Routing, route: Route) -> QuerySet[RoutedQuestion]:
    """The questions to ask next, in order."""
    open_tasks = Task.objects.filter(
        listing=OuterRef("listing"), purpose=Purpose(route.value), status=TaskStatus.OPEN
    )
    rows = RoutedQuestion.objects.filter(routing=routing, route=route, released=None, withdrawn=None)
    in_use = Q(listing__retired=False, listing__split=Split.POOL, attribute__retired=False)
    return (
        rows.filter(in_use, ~Exists(open_tasks))
        .select_related("listing__vertical", "attribute__vertical")
        .order_by("rank")
    )


def _left_today(routing: Routing) -> int:
    """Questions that may still be sent to review today, whichever routing asked the others."""
    today = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    asked = RoutedQuestion.objects.filter(route=Route.REVIEW, released__gte=today, withdrawn=None).count()
    return max(0, RoutingSettings.from_json(routing.params).routing.per_day - asked)


@transaction.atomic
def _release(routing: Routing, route: Route, ids: Sequence[int], chains: Chains) -> int:
    """Open the tasks of these questions unless another worker has; returns how many are asked."""
    held = Routing.objects.select_for_update(of=("self",)).filter(pk=routing.pk, state=RoutingState.CURRENT)
    if not held.exists():
        return 0
    now = timezone.now()
    rows = list(_next(routing, route).filter(pk__in=ids))
    if route is Route.REVIEW:
        rows = rows[: _left_today(routing)]
    answered = _answered(rows, route)
    RoutedQuestion.objects.filter(pk__in=answered).update(withdrawn=now)
    wanted = [row for row in rows if row.pk not in answered]
    _open(wanted, route, last=RoutedQuestion.objects.filter(routing=routing, route=route).count())
    tasks = _tasks(wanted, route)
    for row in wanted:
        row.task_id, row.released = tasks.get(row.listing_id), now
    RoutedQuestion.objects.bulk_update(wanted, ["task", "released"], batch_size=BATCH)
    if route is Route.REVIEW:
        _suggest(routing, wanted, chains)
    return len(wanted)


def _answered(rows: Sequence[RoutedQuestion], route: Route) -> set[int]:
    """Those that people have answered by now: of audits, in an audit."""
    of_question = {"listing": OuterRef("listing"), "attribute": OuterRef("attribute")}
    given = (
        Label.objects.filter(**of_question)
        if route is Route.REVIEW
        else Annotation.objects.filter(**of_question, task__purpose=Purpose.AUDIT, withdrawn=None)
    )
    found = RoutedQuestion.objects.filter(Exists(given), pk__in=[row.pk for row in rows])
    return set(found.values_list("pk", flat=True))


def _open(rows: Iterable[RoutedQuestion], route: Route, *, last: int) -> None:
    """Open a task for each listing, which asks these questions about it; the first in order come first."""
    asks = defaultdict[int, list[RoutedQuestion]](list)
    for row in rows:
        asks[row.listing_id].append(row)
    alike = defaultdict[tuple[int, tuple[str, ...]], list[int]](list)
    for listing_id, asked in asks.items():
        codes = [row.attribute.code for row in sorted(asked, key=lambda row: row.attribute.position)]
        priority = last - min(row.rank for row in asked) + 1 if route is Route.REVIEW else 0
        alike[priority, tuple(codes)].append(listing_id)
    for (priority, asked_codes), listing_ids in alike.items():
        tasks_open(listing_ids=listing_ids, purpose=Purpose(route.value), priority=priority, asks=asked_codes)


def _tasks(rows: Collection[RoutedQuestion], route: Route) -> dict[int, int]:
    """{listing: its open task}"""
    tasks = Task.objects.filter(
        listing__in={row.listing_id for row in rows}, purpose=Purpose(route.value), status=TaskStatus.OPEN
    )
    return dict(tasks.order_by().values_list("listing_id", "pk"))


def _chains(routing: Routing, rows: Iterable[RoutedQuestion]) -> Chains:
    return chains_of(routing.version, [_question(row) for row in rows])


def _question(row: RoutedQuestion) -> Question:
    return row.listing.external_id, row.listing.vertical.code, row.attribute.code


def _suggest(routing: Routing, rows: Sequence[RoutedQuestion], chains: Chains) -> None:
    """Propose what the version voted for, to those who review."""
    predictions = Prediction.objects.filter(
        model_version=routing.version_id, listing__in=[row.listing_id for row in rows]
    ).order_by()
    votes = {
        (listing_id, attribute_id): {answer: count / cast for answer, count in counts.items()}
        for listing_id, attribute_id, counts, cast in predictions.values_list(
            "listing_id", "attribute_id", "counts", "chains"
        )
    }
    name = str(routing.version)
    for row in rows:
        if shares := votes.get((row.listing_id, row.attribute_id)):
            suggestion_add(
                listing=row.listing,
                attribute=row.attribute,
                source=name[:1].lower() + name[1:],
                shares=shares,
                chains=chains.get(_question(row), ()),
            )

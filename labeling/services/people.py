"""Writes of what people did, counted: a count reads everything and replaces all stored figures.

It may be made as often as one likes, and be lost at any time: the next one says the same.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import Status
from catalog.services.ledger import (
    SILENT_AFTER,
    Claim,
    closed_on_failure,
    held,
    pulse,
    silent_work_return,
    work_claim,
    work_done,
    work_hint,
)
from labeling.models import PeopleCount, PersonDay, PersonFigures, PersonReliability
from labeling.reliability import Estimate, Reliability
from labeling.selectors.reliability import reliability_now
from labeling.selectors.working import Counted, people_counted
from labeling.worked import Verdict, median

logger = logging.getLogger(__name__)

PEOPLE_COUNT = "labeling.tasks.people_count"
AGAIN_AFTER = timedelta(hours=1)
BATCH = 1000


def count_queue(*, tell: bool = True) -> PeopleCount:
    """Have everybody's work counted, unless it is to be already; returns the count.

    Workers are told, unless the caller claims it.
    """
    try:
        with transaction.atomic():
            count = PeopleCount.objects.create()
            if tell:
                transaction.on_commit(lambda: _send(count.pk), robust=True)
    except IntegrityError:  # labeling_peoplecount_one_at_a_time
        waiting = PeopleCount.objects.filter(status=Status.QUEUED).first()
        if waiting is None:
            raise
        count = waiting
    return count


def count_claim(*, count_id: int, worker: str) -> Claim | None:
    """Take a queued count; None when it is not queued (any more), or another one is at work."""
    try:
        with transaction.atomic():
            return work_claim(PeopleCount, pk=count_id, worker=worker)
    except IntegrityError:  # labeling_peoplecount_one_at_a_time
        return None


def count_run(claim: Claim) -> None:
    """Count, and put what was counted in the place of what was before."""
    with closed_on_failure(claim, remedy="count again"):
        with pulse(claim):
            counted, reliability = people_counted(timezone.now()), reliability_now()
        with held(claim):
            _keep(counted, reliability)
            work_done(claim=claim)
        logger.info("people: %s figures", len(counted.figures))


def count_sweep(*, silent_for: timedelta = SILENT_AFTER) -> None:
    """Queue a count an hour after the last one, and what lost its worker or was forgotten."""
    silent_work_return(PeopleCount, silent_for=silent_for)
    for count_id in PeopleCount.objects.filter(status=Status.QUEUED).values_list("pk", flat=True):
        _send(count_id)
    if not PeopleCount.objects.filter(created__gt=timezone.now() - AGAIN_AFTER).exists():
        count_queue()


def _keep(counted: Counted, reliability: Reliability) -> None:
    for model in (PersonFigures, PersonDay, PersonReliability):
        model.objects.all().delete()
    PersonFigures.objects.bulk_create(_figures(counted), batch_size=BATCH)
    PersonDay.objects.bulk_create(
        (
            PersonDay(
                person_id=person, day=day, listings=of.listings, questions=of.questions, seconds=of.seconds
            )
            for (person, day), of in counted.days.items()
        ),
        batch_size=BATCH,
    )
    PersonReliability.objects.bulk_create(_reliabilities(reliability), batch_size=BATCH)


def _figures(counted: Counted) -> Iterator[PersonFigures]:
    for (span, (person, vertical)), worked in counted.figures.items():
        yield PersonFigures(
            person_id=person,
            vertical_id=vertical,
            span=span,
            listings=worked.listings,
            questions=worked.questions,
            timed_questions=worked.timed_questions,
            seconds=worked.seconds,
            listing_seconds=median(worked.listing_seconds),
            question_seconds=median(worked.question_seconds),
            compared=worked.compared,
            same=worked.same,
            **{verdict.value: worked.verdicts[verdict] for verdict in Verdict},
            set_aside=worked.set_aside,
            last=worked.last,
        )


def _reliabilities(known: Reliability) -> Iterator[PersonReliability]:
    yield _reliability(known.everybody(), None, None)
    for person in known.people:
        yield _reliability(known.of_person(person), person, None)
        for attribute in known.attributes_of(person):
            yield _reliability(known.of(person, attribute), person, attribute)


def _reliability(found: Estimate, person: int | None, attribute: int | None) -> PersonReliability:
    return PersonReliability(
        person_id=person,
        attribute_id=attribute,
        mean=found.mean,
        low=found.low,
        high=found.high,
        checks=found.checks.count,
    )


def _send(count_id: int) -> None:
    work_hint(task=PEOPLE_COUNT, pk=count_id, queue="default")

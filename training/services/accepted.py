"""The order of changes of accepted answers, which who follows them reads by its numbers.

A number must not be given before what it stands for is committed: a sequence gives 7 to a transaction that
ends after that of 8, and who has read up to 8 never sees 7. So writers leave their changes without a number,
in their own transactions, and numbers are given afterwards to what is committed by then, by one process at a
time, which holds the counter until it commits. Numbers that can be seen therefore always are 1, 2, ... up to
some last one, and none comes behind it.
"""

from collections.abc import Collection
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from labeling.models import LabelChange
from training.models import AcceptedChange, ChangeCounter, Routing, RoutingState, RoutingThreshold

BATCH = 5_000
"""Changes that get their numbers in one transaction."""
COUNTER = 1
"""The primary key of the only counter."""


def changes_number(*, most: int | None = None) -> int:
    """Give numbers to what has changed; returns how many were given.

    Args:
        most: about so many and no more, for somebody waits; None: all.
    """
    given = 0
    if not _is_pending():  # Then who asks again and again writes nothing.
        return given
    while True:
        batch = _number_some()
        given += batch
        if batch < BATCH or (most is not None and given >= most):
            return given


def attributes_changed(attribute_ids: Collection[int]) -> None:
    """Note that the accepted answers to these attributes may be others: part of its caller's transaction."""
    now = timezone.now()
    rows = AcceptedChange.objects.filter(listing=None, attribute__in=attribute_ids)
    rows.update(number=None, changed=now)
    known = set(rows.values_list("attribute_id", flat=True))
    AcceptedChange.objects.bulk_create(
        AcceptedChange(attribute_id=pk, changed=now) for pk in sorted(set(attribute_ids) - known)
    )


def routing_changed(*routing_ids: int) -> None:
    """Note that these routings count no more, or from now on: one row an attribute, however many answers."""
    accepting = RoutingThreshold.objects.filter(routing__in=routing_ids).exclude(threshold=None)
    attributes_changed(set(accepting.order_by().values_list("attribute_id", flat=True)))


def predictions_changed(*, version_id: int) -> None:
    """Note that the version says something else, if its answers are accepted now."""
    current = Routing.objects.filter(state=RoutingState.CURRENT, version=version_id)
    if (routing_id := current.values_list("pk", flat=True).first()) is not None:
        routing_changed(routing_id)


def feed_renew() -> None:
    """Have everybody who follows changes read everything again: the database has gone back in time."""
    ChangeCounter.objects.update(epoch=uuid4())


def counter_get() -> ChangeCounter:
    """The counter."""
    return ChangeCounter.objects.get_or_create(pk=COUNTER)[0]


def _is_pending() -> bool:
    return LabelChange.objects.exists() or AcceptedChange.objects.filter(number=None).exists()


@transaction.atomic
def _number_some() -> int:
    counter_get()
    counter = ChangeCounter.objects.select_for_update().get(pk=COUNTER)
    first = counter.last
    _number_labels(counter)
    _number_attributes(counter)
    if counter.last > first:
        counter.save(update_fields=["last"])
    return counter.last - first


def _number_labels(counter: ChangeCounter) -> None:
    notes = LabelChange.objects.order_by("pk").values_list("pk", "listing_id", "attribute_id")
    found = list(notes[:BATCH])
    if not found:
        return
    now = timezone.now()
    changes = []
    for listing_id, attribute_id in dict.fromkeys((listing, attribute) for _, listing, attribute in found):
        counter.last += 1
        changes.append(
            AcceptedChange(listing_id=listing_id, attribute_id=attribute_id, number=counter.last, changed=now)
        )
    AcceptedChange.objects.bulk_create(
        changes,
        update_conflicts=True,
        unique_fields=["listing", "attribute"],
        update_fields=["number", "changed"],
    )
    LabelChange.objects.filter(pk__in=[pk for pk, _, _ in found]).delete()


def _number_attributes(counter: ChangeCounter) -> None:
    rows: QuerySet[AcceptedChange] = AcceptedChange.objects.filter(number=None).order_by("pk")
    for change in rows:  # As many as there are attributes at most.
        counter.last += 1
        AcceptedChange.objects.filter(pk=change.pk).update(number=counter.last)

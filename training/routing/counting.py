"""A version's predictions of the pool, counted and walked through: what a dry run looks at."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, JSONField, Q, QuerySet, Value
from django.db.models.fields.json import KeyTransform

from catalog.models import Attribute
from catalog.splits import Split
from labeling.models import Label
from training.ml.evidence import Pool
from training.ml.routing import PoolQuestion
from training.models import ModelVersion, Prediction

CHUNK = 5000
IN_USE = Q(listing__retired=False, listing__split=Split.POOL, attribute__retired=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """A prediction on the way: its question as the routing knows it, and where it belongs."""

    question: PoolQuestion
    listing_id: int
    attribute_id: int
    is_labelled: bool
    """people have answered it: neither accepted nor reviewed any more"""


def predictions_of(version: ModelVersion) -> QuerySet[Prediction]:
    """What the version says about listings that still are in the pool and in use."""
    return Prediction.objects.filter(IN_USE, model_version=version)


def pool_of(version: ModelVersion) -> Pool:
    """How many questions of each attribute have which agreement."""
    rows = predictions_of(version).order_by().values_list("attribute", "agreement").annotate(Count("pk"))
    names = attribute_names()
    pool: defaultdict[tuple[str, str], dict[float, int]] = defaultdict(dict)
    for attribute_id, agreement, count in rows:
        pool[names[attribute_id]][agreement] = count
    return dict(pool)


def attribute_names() -> dict[int, tuple[str, str]]:
    """{attribute: (code of its vertical, its code)}"""
    rows = Attribute.objects.order_by().values_list("pk", "vertical__code", "code")
    return {pk: (vertical, code) for pk, vertical, code in rows}


def chunks(version: ModelVersion, *, priority_key: str = "") -> Iterator[list[Asked]]:
    """Every prediction, some thousand at a time, by listing and attribute: no matter how many there are."""
    names = attribute_names()
    last: tuple[int, int] | None = None
    while rows := _after(version, last, priority_key):
        last = rows[-1][0], rows[-1][1]
        labelled = _labelled(rows[0][0], last[0])
        yield [_asked(row, names, labelled) for row in rows]


def _after(
    version: ModelVersion, last: tuple[int, int] | None, priority_key: str
) -> Sequence[tuple[Any, ...]]:
    """The next rows in the order of the index that each prediction has by version, listing and attribute."""
    predictions = predictions_of(version)
    if last is not None:
        listing_id, attribute_id = last
        predictions = predictions.filter(listing__gte=listing_id).exclude(
            listing=listing_id, attribute__lte=attribute_id
        )
    # F() keeps Django from joining what the index has already.
    priority = (
        KeyTransform(priority_key, "listing__metadata")
        if priority_key
        else Value(None, output_field=JSONField())
    )
    rows = predictions.annotate(priority=priority).order_by(F("listing_id"), F("attribute_id"))
    columns = ("listing_id", "attribute_id", "counts", "majority", "chains", "listing__group_key", "priority")
    return list(rows.values_list(*columns)[:CHUNK])


def _labelled(first: int, last: int) -> set[tuple[int, int]]:
    """The questions about listings from the one to the other that have a label."""
    labels = Label.objects.filter(listing__gte=first, listing__lte=last, listing__split=Split.POOL)
    return set(labels.order_by().values_list("listing_id", "attribute_id"))


def _asked(
    row: tuple[Any, ...], names: Mapping[int, tuple[str, str]], labelled: set[tuple[int, int]]
) -> Asked:
    listing_id, attribute_id, counts, majority, chains, group, priority = row
    vertical, attribute = names[attribute_id]
    question = PoolQuestion(
        question_id=f"{listing_id}/{attribute_id}",
        group=group,
        vertical=vertical,
        attribute=attribute,
        counts=ranked(counts, majority),
        chains=chains,
        priority=priority_of(priority),
    )
    return Asked(question, listing_id, attribute_id, (listing_id, attribute_id) in labelled)


def ranked(counts: Mapping[str, int], majority: str) -> dict[str, int]:
    """The counts as votes have them, the most frequent first: a database keeps no order."""
    order = sorted(counts, key=lambda answer: (-counts[answer], answer != majority, answer))
    return {answer: counts[answer] for answer in order}


def priority_of(given: object) -> float:
    """How much a listing matters by what its metadata says; 1 where that is no number from 0 on."""
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return 1.0
    try:
        number = float(given)
    except ValueError:
        return 1.0
    return number if 0 <= number < float("inf") else 1.0

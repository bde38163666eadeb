"""Reads of how reliable reviewers are (labeling.reliability has the estimate)."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from django.db.models import Exists, OuterRef, TextField
from django.db.models.functions import Cast

from labeling.models import Annotation, Purpose, Turn
from labeling.reliability import Checks, Reliability, check
from labeling.selectors.verdicts import CHUNK, VERDICTS, verdicts

GIVEN = (Purpose.REVIEW, Purpose.AUDIT, Purpose.GOLD)
"""Answers that are checked against each other: nobody sees those of others."""

Said = tuple[str, str]
"""(values as JSON, state)"""


def reliability_now() -> Reliability:
    """What all verdicts tell of their reviewers, now."""
    reviewers = set(verdicts().order_by().values_list("annotator", flat=True).distinct())
    sums: defaultdict[tuple[int, int], Checks] = defaultdict(Checks)
    for attribute, said, decided in _questions():
        for person, found in check(said, decided).items():
            if person in reviewers:
                sums[person, attribute] += found
    return Reliability(sums)


def _questions() -> Iterator[tuple[int, dict[int, Said], tuple[int, Said] | None]]:
    """(attribute, {person: what they say now}, the adjudicator with theirs) of every question."""
    finished = Turn.objects.filter(task=OuterRef("task"), person=OuterRef("annotator")).exclude(finished=None)
    rows = Annotation.objects.filter(
        Exists(finished), task__purpose__in={*GIVEN, *VERDICTS}, withdrawn=None
    ).order_by("attribute", "listing", "pk")
    fields = rows.values_list(
        "attribute", "listing", "annotator", "task__purpose", Cast("values", TextField()), "state"
    )
    for (attribute, _), answers in groupby(fields.iterator(chunk_size=CHUNK), itemgetter(0, 1)):
        said: dict[int, Said] = {}
        decided: tuple[int, Said] | None = None
        for *_, person, purpose, values, state in answers:
            if purpose == Purpose.ADJUDICATION:
                decided = person, (values, state)
            else:
                said[person] = values, state
        yield attribute, said, decided

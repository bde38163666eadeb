"""Reads of all that people did, for the count of it (labeling.services.people); pages read what it stored."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import cast

from django.db.models import Count, Exists, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.models import Attribute
from catalog.schema.spec import AttributeSpec
from catalog.selectors import schema_now
from labeling.models import ALL_TIME, SPANS, Annotation, SetAside, Turn
from labeling.selectors.agreement import Selection, said_by_several
from labeling.selectors.days import midnight
from labeling.selectors.verdicts import CHUNK, verdicts
from labeling.truth import Said
from labeling.worked import Day, Place, Worked, verdict_of

Span = int
"""days, or ALL_TIME"""


@dataclass(slots=True)
class Counted:
    """What everybody did."""

    since: dict[Span, datetime | None]
    figures: defaultdict[tuple[Span, Place], Worked] = field(default_factory=lambda: defaultdict(Worked))
    days: defaultdict[tuple[int, date], Day] = field(default_factory=lambda: defaultdict(Day))

    def at(self, person: int, vertical: int, when: datetime) -> Iterator[Worked]:
        """Where something counts that the person did then: each span, the vertical and all of them."""
        for span, since in self.since.items():
            if since is None or when >= since:
                yield self.figures[span, (person, vertical)]
                yield self.figures[span, (person, None)]


def spans_until(now: datetime) -> dict[Span, datetime | None]:
    """{span: when it begins}: at the midnight that makes today its last day."""
    today = midnight(now)
    return {span: None if span == ALL_TIME else today - timedelta(days=span - 1) for span in SPANS}


def people_counted(now: datetime) -> Counted:
    """Count what everybody did until now."""
    counted = Counted(spans_until(now))
    _turns(counted)
    _verdicts(counted)
    _set_aside(counted)
    for span, since in counted.since.items():
        _agreement(counted, span, since)
    return counted


def _turns(counted: Counted) -> None:
    said = Annotation.objects.filter(
        task=OuterRef("task"), annotator=OuterRef("person"), withdrawn=None
    ).order_by()
    questions = said.values("task").annotate(count=Count("attribute", distinct=True)).values("count")
    turns = Turn.objects.exclude(finished=None).order_by()
    rows = turns.annotate(
        questions=Coalesce(Subquery(questions, output_field=IntegerField()), 0)
    ).values_list("person", "vertical", "finished", "questions", "seconds")
    found = cast(Iterator[tuple[int, int, datetime, int, float | None]], rows.iterator(chunk_size=CHUNK))
    for person, vertical, finished, count, took in found:
        seconds = took or 0.0
        for worked in counted.at(person, vertical, finished):
            worked.finish(finished, count, seconds)
        day = counted.days[person, timezone.localtime(finished).date()]
        day.listings += 1
        day.questions += count
        day.seconds += seconds


def _verdicts(counted: Counted) -> None:
    specs = _specs()
    rows = verdicts().exclude(suggestion=None).order_by()
    fields = rows.values_list(
        *("annotator", "attribute", "values", "state", "reasoning_wrong", "suggestion__leading", "created")
    )
    for person, attribute, values, state, reasoning_wrong, leading, created in fields.iterator(
        chunk_size=CHUNK
    ):
        vertical, spec = specs[attribute]
        said = Said(tuple(values), state)
        verdict = verdict_of(spec, said, leading, reasoning_wrong=reasoning_wrong)
        for worked in counted.at(person, vertical, created):
            worked.verdicts[verdict] += 1


def _set_aside(counted: Counted) -> None:
    finished = Turn.objects.filter(task=OuterRef("task"), person=OuterRef("person")).exclude(finished=None)
    rows = SetAside.objects.filter(~Exists(finished)).order_by()
    for person, vertical, created in rows.values_list("person", "task__listing__vertical", "created"):
        for worked in counted.at(person, vertical, created):
            worked.set_aside += 1


def _agreement(counted: Counted, span: Span, since: datetime | None) -> None:
    several = said_by_several(Selection(since=since))
    for vertical, attributes in _attributes().items():
        for person, share in several.with_others(attributes).items():
            for place in ((person, vertical), (person, None)):
                counted.figures[span, place].compared += share.questions
                counted.figures[span, place].same += share.count


def _attributes() -> dict[int, set[int]]:
    found = defaultdict[int, set[int]](set)
    for pk, vertical in Attribute.objects.values_list("pk", "vertical"):
        found[vertical].add(pk)
    return found


def _specs() -> dict[int, tuple[int, AttributeSpec]]:
    """{attribute: (its vertical, what it asks)}, of retired ones too."""
    rows = Attribute.objects.values_list("vertical__code", "code", "pk", "vertical")
    keys = {(vertical, code): (pk, vertical_id) for vertical, code, pk, vertical_id in rows}
    found = {}
    for spec in schema_now():
        for attribute in spec.attributes:
            pk, vertical = keys[spec.code, attribute.code]
            found[pk] = (vertical, attribute)
    return found

"""Reads for making labels of what a teacher proposed: of which attributes, and which answers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catalog import selectors as catalog
from catalog.splits import Split
from labeling.asked import Schema, schema_of
from labeling.errors import LabelingError
from labeling.models import Label, Provenance, TeacherAnswer, TeacherRun
from labeling.selectors.teacher import Agreement, run_agreement

PAGE = 500
"""Listings that are read at a time."""


@dataclass(frozen=True, slots=True)
class Minimum:
    """How well people must agree with a teacher before its answers may become labels."""

    percent: int = 90
    compared: int = 20
    """answers of the attribute that people were asked about too, at least"""

    def is_met(self, agreement: Agreement) -> bool:
        """The attribute's answers may become labels."""
        return agreement.compared >= self.compared and (agreement.percent or 0) >= self.percent


@dataclass(frozen=True, slots=True)
class Recordable:
    """An answer that may become the label of its question."""

    listing_id: int
    attribute: str
    values: tuple[str, ...]
    state: str
    evidence: int | None


@dataclass(frozen=True, slots=True)
class AttributeRecord:
    """What recording would do to one attribute."""

    agreement: Agreement
    is_met: bool
    labels: int
    """to be made or changed"""


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """What recording the labels of a run would do now."""

    minimum: Minimum
    attributes: tuple[AttributeRecord, ...]

    @property
    def labels(self) -> int:
        """To be made or changed."""
        return sum(one.labels for one in self.attributes)


def record_plan(run: TeacherRun, minimum: Minimum) -> RecordPlan:
    """What recording would do now."""
    agreements = run_agreement(run)
    allowed = [one.code for one in agreements if minimum.is_met(one)]
    counts = Counter(one.attribute for page in recordable_pages(run, allowed) for one in page)
    return RecordPlan(
        minimum,
        tuple(AttributeRecord(one, minimum.is_met(one), counts[one.code]) for one in agreements),
    )


def recordable_pages(run: TeacherRun, attributes: Sequence[str]) -> Iterator[list[Recordable]]:
    """The run's answers about these attributes that may become labels, listing by listing.

    Left out are gold listings, by which models are measured; answers that the schema does not allow any more;
    and questions whose label has more authority, or says the same.
    """
    version = catalog.schema_version_now(run.vertical_id)
    if version is None or not attributes:
        return
    schema = schema_of(version.pk)
    rows = TeacherAnswer.objects.filter(run=run, listing__retired=False).exclude(answers={})
    rows = rows.exclude(listing__split=Split.GOLD).order_by("pk")
    last = 0
    while page := list(rows.filter(pk__gt=last)[:PAGE]):
        found = [one for row in page for one in _answers(row, attributes, schema)]
        yield _without_labelled(found, schema)
        last = page[-1].pk


def _answers(row: TeacherAnswer, attributes: Sequence[str], schema: Schema) -> Iterator[Recordable]:
    for code, answer in row.answers.items():
        if code not in attributes or code not in schema.rules:
            continue
        try:
            values = schema.rules[code].checked(where=code, values=answer["values"], state=answer["state"])
        except LabelingError:
            continue
        yield Recordable(row.listing_id, code, tuple(values), answer["state"], answer["evidence"])


def _without_labelled(answers: Sequence[Recordable], schema: Schema) -> list[Recordable]:
    ids = {schema.attribute_ids[one.attribute] for one in answers}
    labels = Label.objects.filter(listing__in={one.listing_id for one in answers}, attribute__in=ids)
    kept = {
        (listing, attribute): (provenance, tuple(values), state)
        for listing, attribute, provenance, values, state in labels.values_list(
            "listing", "attribute", "provenance", "values", "state"
        )
    }
    teacher = Provenance.TEACHER.value
    return [
        one
        for one in answers
        for label in [kept.get((one.listing_id, schema.attribute_ids[one.attribute]))]
        if label is None or (label[0] == teacher and label != (teacher, one.values, one.state))
    ]

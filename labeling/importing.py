"""Answers that come in bulk -> labels: what each becomes, and the writing of a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from catalog.models import Attribute, Listing, SchemaVersion
from catalog.schema.codes import code_of
from catalog.selectors import attributes_with_values, schema_versions_now
from labeling.answers import Given, Rules
from labeling.errors import LabelingError
from labeling.labels import Question, labels_merge
from labeling.models import Label, Provenance

PROBLEMS_KEPT = 1000


@dataclass(slots=True)
class LabelImport:
    """What became of answers that came in bulk."""

    recorded: int = 0
    unchanged: int = 0
    """the label says so already"""
    outranked: int = 0
    """a person answered otherwise"""
    refused: int = 0
    """not to be recorded as they are"""
    outside: int = 0
    """listings with answers that are in other splits"""
    problems: list[str] = field(default_factory=list)
    """why answers were refused, each with its remedy: the first PROBLEMS_KEPT of them"""

    @property
    def summary(self) -> str:
        """The counts, for people."""
        counts = (
            f"{self.recorded} recorded, {self.unchanged} unchanged, "
            f"{self.outranked} left as a person answered, {self.refused} refused"
        )
        listings = "1 listing is" if self.outside == 1 else f"{self.outside} listings are"
        return counts + (f"; {listings} left out, neither seed nor gold" if self.outside else "")

    def refuse(self, problem: LabelingError) -> None:
        """Count an answer that cannot be recorded."""
        self.refused += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(str(problem))


@dataclass(frozen=True, slots=True)
class Asked:
    """The schema as it is now, for finding what an answer is about."""

    questions: Mapping[tuple[int, str], tuple[Attribute, Rules]]
    """{(vertical id, code, or the code that the label would have): attribute and what it allows}"""
    versions: Mapping[int, SchemaVersion]
    """{vertical id: its newest schema version}"""

    @classmethod
    def now(cls) -> Self:
        """Every attribute that is asked."""
        pairs = [(attribute, rules_of(attribute)) for attribute in attributes_with_values()]
        by_label = {(one.vertical_id, code_of(one.label)): (one, rules) for one, rules in pairs}
        by_code = {(one.vertical_id, one.code): (one, rules) for one, rules in pairs}
        return cls(by_label | by_code, schema_versions_now())

    def question(self, given: Given, *, vertical: int) -> tuple[Attribute, Rules]:
        """What the answer is about, in the vertical with this id.

        Raises:
            LabelingError: where it asks no such thing.
        """
        for name in (given.attribute, code_of(given.attribute)):
            if found := self.questions.get((vertical, name)):
                return found
        asked = {one.code for (of, _), (one, _) in self.questions.items() if of == vertical}
        raise LabelingError(
            f"{given.where}: the listing's vertical has no attribute {given.attribute!r}: add it to the "
            f"schema, or use one of {', '.join(sorted(asked)) or 'none'}"
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """A listing that answers are about."""

    pk: int
    vertical: int
    """its id"""
    photos: int


def rules_of(attribute: Attribute) -> Rules:
    """What the attribute allows now: values that are not retired, in order, and their names."""
    offered = [value for value in attribute.values.all() if not value.retired]
    names = {code_of(synonym): value.code for value in offered for synonym in value.synonyms}
    names |= {code_of(value.label): value.code for value in offered}
    codes, labels = tuple(value.code for value in offered), tuple(value.label for value in offered)
    return Rules(attribute.code, attribute.multi, codes, names, labels)


@transaction.atomic
def batch_record(
    batch: Sequence[Given], *, asked: Asked, source: str, by: User | None, result: LabelImport
) -> None:
    """Record what holds of the batch and count in `result` what became of each answer.

    Of two answers to one question the later holds.
    """
    labels = _labels(batch, asked=asked, source=source, result=result)
    merge = labels_merge(list(labels.values()), by=by)
    if merge.recorded:
        event_record(
            Action.LABELS_IMPORTED,
            kind=Kind.LISTINGS,
            name=source,
            by=by,
            after={"labels": merge.recorded, "listings": len({listing for listing, _ in labels})},
        )
    result.recorded += merge.recorded
    result.unchanged += merge.unchanged
    result.outranked += merge.outranked


def _labels(
    batch: Sequence[Given], *, asked: Asked, source: str, result: LabelImport
) -> dict[Question, Label]:
    """The labels that the batch asks for; answers that cannot be labels are counted as refused."""
    rows = Listing.objects.filter(external_id__in={given.listing for given in batch})
    listings = {
        name: _Found(pk, vertical, photos or 0)
        for name, pk, vertical, photos in rows.annotate(photos=Max("images__position")).values_list(
            "external_id", "pk", "vertical_id", "photos"
        )
    }
    labels = {}
    for given in batch:
        try:
            label = _label(given, listings.get(given.listing), asked)
        except LabelingError as error:
            result.refuse(error)
        else:
            label.source = source
            labels[label.listing_id, label.attribute_id] = label
    return labels


def _label(given: Given, listing: _Found | None, asked: Asked) -> Label:
    if listing is None:
        raise LabelingError(
            f"{given.where}: listing {given.listing!r} is not in the catalogue: import it first"
        )
    attribute, rules = asked.question(given, vertical=listing.vertical)
    values, state = rules.meant(given.values)
    if given.evidence_position is not None and not 1 <= given.evidence_position <= listing.photos:
        raise LabelingError(
            f"{given.where}: the listing has no photo {given.evidence_position}: "
            f"give a number from 1 to {listing.photos}, or none"
        )
    return Label(
        listing_id=listing.pk,
        attribute=attribute,
        values=rules.checked(where=given.where, values=values, state=state),
        state=state,
        provenance=Provenance.IMPORT,
        evidence_position=given.evidence_position,
        schema_version=asked.versions.get(listing.vertical),
    )

"""The page of one listing: what exists, what came with it, what people said, what the champion thinks."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from catalog.models import Attribute, Image, Listing
from catalog.selectors.schema import attributes_of, schema_version_now
from labeling.models import Label, LabelRevision, Provenance
from labeling.models.answers import BY_PEOPLE
from training.models import GoldAnswer, Prediction
from training.routed_words import routed_words
from training.selectors import champion_id

MOST_OF_GROUP = 50
SAID = {
    Provenance.TEACHER: "Recorded from",
    Provenance.IMPORT: "Imported from",
    Provenance.ANNOTATION: "Annotated by",
    Provenance.ADJUDICATION: "Adjudicated by",
    Provenance.VERDICT: "Decided by",
}


@dataclass(frozen=True, slots=True)
class Vote:
    """One answer of a prediction."""

    answer: str
    chains: int
    percent: float
    """of all chains"""
    is_majority: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A label as it was made or changed."""

    revision_id: int
    attribute: str
    before: str
    """empty when it was made"""
    after: str
    who: str
    when: datetime
    provenance: str
    reason: str
    holds: bool
    """the label says so now"""


@dataclass(frozen=True, slots=True)
class Question:
    """An attribute with everything that is known about it for this listing."""

    attribute: Attribute
    label: Label | None
    answer: str
    """what the label says"""
    is_outdated: bool
    """the label was given under an older schema than the present one"""
    claim: str
    """what came with the import and nobody confirmed"""
    claim_evidence: int | None
    prediction: Prediction | None
    votes: tuple[Vote, ...]
    differs: bool
    """label and prediction say different things"""
    routed: str
    """what becomes of the current routing's answer, in words; empty where nothing does"""

    @property
    def said_by(self) -> str:
        """Who or what the label is by."""
        if self.label is None:
            return ""
        source = f" {self.label.source}" if self.label.source else ""
        return f"{SAID[Provenance(self.label.provenance)]}{source}".removesuffix(" by").removesuffix(" from")

    @property
    def said_how(self) -> str:
        """How the label came about, without the names of people."""
        if self.label is None or Provenance(self.label.provenance) not in BY_PEOPLE:
            return self.said_by
        return SAID[Provenance(self.label.provenance)].removesuffix(" by")

    @property
    def agreement_percent(self) -> int | None:
        """The prediction's agreement in percent, without decimals."""
        return round(100 * self.prediction.agreement) if self.prediction else None


@dataclass(frozen=True, slots=True)
class ListingPage:
    """Everything about a listing."""

    listing: Listing
    images: Sequence[Image]
    questions: Sequence[Question]
    history: Sequence[Change]
    group: Sequence[Listing]
    """others of its group, MOST_OF_GROUP + 1 at most"""
    metadata: Sequence[tuple[str, str]]
    schema_number: int | None
    """of the newest schema version"""
    champion: str
    """whose predictions these are; empty where there are none"""

    @property
    def labelled(self) -> int:
        """Questions with a label, of those that are asked."""
        return sum(question.label is not None for question in self.asked)

    @property
    def asked(self) -> list[Question]:
        """Those whose attribute is not retired."""
        return [question for question in self.questions if not question.attribute.retired]

    @property
    def most_of_group(self) -> int:
        return MOST_OF_GROUP


def listing_page(external_id: str) -> ListingPage | None:
    """The page of the listing with this id; None where there is none."""
    if "\0" in external_id:
        return None
    related = ("vertical", "first_import", "last_import")
    listing = Listing.objects.select_related(*related).filter(external_id=external_id).first()
    if listing is None:
        return None
    attributes = list(attributes_of(listing.vertical_id))
    names = {one.pk: {value.code: value.label for value in one.values.all()} for one in attributes}
    version = schema_version_now(listing.vertical_id)
    number = version.number if version else None
    predictions = {one.attribute_id: one for one in _predictions(listing)}
    routed = routed_words(listing.pk, predictions.values())
    return ListingPage(
        listing=listing,
        images=list(listing.images.select_related("photo")),
        questions=_questions(listing, attributes, names, predictions, number, routed),
        history=_history(listing, names),
        group=list(_group(listing)[: MOST_OF_GROUP + 1]),
        metadata=[(str(name), _text(value)) for name, value in listing.metadata.items()],
        schema_number=number,
        champion=next((str(prediction.model_version) for prediction in predictions.values()), ""),
    )


def _questions(
    listing: Listing,
    attributes: Iterable[Attribute],
    names: Mapping[int, Mapping[str, str]],
    predictions: Mapping[int, Prediction],
    number: int | None,
    routed: Mapping[int, str],
) -> list[Question]:
    labels = {one.attribute_id: one for one in listing.labels.select_related("schema_version")}
    questions = (
        _question(
            attribute,
            names[attribute.pk],
            labels.get(attribute.pk),
            predictions.get(attribute.pk),
            listing.claims.get(attribute.code) or {},
            number,
            routed.get(attribute.pk, ""),
        )
        for attribute in attributes
    )
    return [one for one in questions if not one.attribute.retired or one.label or one.prediction]


def _question(
    attribute: Attribute,
    names: Mapping[str, str],
    label: Label | None,
    prediction: Prediction | None,
    claim: Mapping[str, Any],
    number: int | None,
    routed: str,
) -> Question:
    given = label.schema_version if label else None
    return Question(
        attribute=attribute,
        label=label,
        answer=_answer(label.values, label.state, names) if label else "",
        is_outdated=given is not None and number is not None and given.number < number,
        claim=_answer(claim.get("values") or (), claim.get("state") or "", names),
        claim_evidence=claim.get("evidence"),
        prediction=prediction,
        votes=votes_of(prediction) if prediction else (),
        differs=bool(
            label and prediction and (label.values, label.state) != (prediction.values, prediction.state)
        ),
        routed=routed,
    )


def _predictions(listing: Listing) -> QuerySet[Prediction]:
    return listing.predictions.filter(model_version=champion_id()).select_related("model_version__round")


def votes_of(prediction: Prediction | GoldAnswer) -> tuple[Vote, ...]:
    """The answers, most frequent first, then the chains that ended in none."""
    counts = dict(prediction.counts)
    if (silent := prediction.chains - sum(counts.values())) > 0:
        counts["no answer"] = silent
    return tuple(
        Vote(answer, count, round(100 * count / prediction.chains, 1), answer == prediction.majority)
        for answer, count in sorted(
            counts.items(), key=lambda item: (item[0] == "no answer", -item[1], item[0])
        )
        if count
    )


def _history(listing: Listing, names: Mapping[int, Mapping[str, str]]) -> list[Change]:
    """Every change of a label, newest first."""
    changes, said = [], dict[int, str]()
    labels = {one.attribute_id: (one.values, one.state) for one in listing.labels.all()}
    revisions = LabelRevision.objects.filter(listing=listing).select_related("attribute", "changed_by")
    for revision in revisions.order_by("created", "pk"):
        after = _answer(revision.values, revision.state, names.get(revision.attribute_id, {}))
        changes.append(
            Change(
                revision_id=revision.pk,
                attribute=revision.attribute.label,
                before=said.get(revision.attribute_id, ""),
                after=after,
                who=revision.changed_by.get_username() if revision.changed_by else revision.source,
                when=revision.created,
                provenance=revision.get_provenance_display(),
                reason=revision.reason,
                holds=labels.get(revision.attribute_id) == (revision.values, revision.state),
            )
        )
        said[revision.attribute_id] = after
    return changes[::-1]


def _group(listing: Listing) -> QuerySet[Listing]:
    others = Listing.objects.filter(vertical=listing.vertical_id, group_key=listing.group_key)
    return (
        others.exclude(pk=listing.pk).only("external_id", "title", "split", "retired").order_by("external_id")
    )


def _answer(values: Iterable[str], state: str, names: Mapping[str, str]) -> str:
    return state.replace("_", " ") or ", ".join(names.get(code, code) for code in values)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

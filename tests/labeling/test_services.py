import re
from typing import Any

import pytest

from attrx_web.roles import Role
from catalog.models import Attribute, Listing
from labeling.chains import LONGEST_LEADING, Chain
from labeling.errors import LabelingError
from labeling.models import Annotation, Label, Provenance
from labeling.services import annotation_record, label_record, suggestion_add
from tests.factories import (
    AttributeFactory,
    ImageFactory,
    ListingFactory,
    TaskFactory,
    ValueFactory,
    user_with,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing() -> Listing:
    listing = ListingFactory.create(external_id="w1", vertical__code="watch")
    ImageFactory.create(listing=listing)
    return listing


@pytest.fixture
def attribute(listing: Listing) -> Attribute:
    return AttributeFactory.create(vertical=listing.vertical, code="strap")


def annotate(listing: Listing, attribute: Attribute, **fields: Any) -> Annotation:
    given: dict[str, Any] = {
        "annotator": user_with(Role.ANNOTATOR),
        "idempotency_key": "k1",
        "values": ["red"],
    }
    return annotation_record(listing=listing, attribute=attribute, **(given | fields))


def judge(listing: Listing, attribute: Attribute, **fields: Any) -> Label:
    return label_record(
        listing=listing, attribute=attribute, provenance=Provenance.VERDICT, source="reviewer", **fields
    )


def test_a_label_is_recorded_and_replaced(listing: Listing, attribute: Attribute) -> None:
    first = label_record(
        listing=listing,
        attribute=attribute,
        provenance=Provenance.IMPORT,
        values=["red"],
        evidence_position=1,
    )
    second = label_record(
        listing=listing, attribute=attribute, provenance=Provenance.IMPORT, state="unknown", source="again"
    )
    label = Label.objects.get()
    assert first.pk == second.pk == label.pk
    assert (label.values, label.state, label.source, label.evidence_position) == (
        [],
        "unknown",
        "again",
        None,
    )


def test_a_label_with_more_authority_stays(listing: Listing, attribute: Attribute) -> None:
    judge(listing, attribute, values=["blue"])
    label = label_record(listing=listing, attribute=attribute, provenance=Provenance.IMPORT, values=["red"])
    assert (label.values, label.provenance, label.source) == (["blue"], "verdict", "reviewer")


def test_an_answer_that_is_not_allowed_is_refused(listing: Listing, attribute: Attribute) -> None:
    message = "listing 'w1', attribute 'strap': 'green' is not allowed: give one of red, blue"
    with pytest.raises(LabelingError, match=message):
        label_record(listing=listing, attribute=attribute, provenance=Provenance.IMPORT, values=["green"])
    assert not Label.objects.exists()


def test_a_retired_value_is_refused(listing: Listing, attribute: Attribute) -> None:
    ValueFactory.create(attribute=attribute, code="old", retired=True)
    with pytest.raises(LabelingError, match="'old' is not allowed"):
        annotate(listing, attribute, values=["old"])


def test_an_attribute_of_another_vertical_is_refused(listing: Listing) -> None:
    foreign = AttributeFactory.create(code="seats", vertical__code="sofa")
    message = "listing 'w1' is a 'watch', which has no attribute 'seats' of 'sofa': use an attribute of the"
    with pytest.raises(LabelingError, match=message):
        annotate(listing, foreign)
    with pytest.raises(LabelingError, match=message):
        suggestion_add(listing=listing, attribute=foreign, source="s", shares={"red": 1.0})


def test_a_photo_that_is_not_there_is_refused(listing: Listing, attribute: Attribute) -> None:
    with pytest.raises(LabelingError, match="the listing has no photo 2: give a number from 1 to 1"):
        annotate(listing, attribute, evidence_position=2)


def test_an_annotation_becomes_the_label(listing: Listing, attribute: Attribute) -> None:
    task = TaskFactory.create(listing=listing)
    annotation = annotate(listing, attribute, evidence_position=1, task=task)
    label = Label.objects.get()
    assert (annotation.values, annotation.task, annotation.evidence_position) == (["red"], task, 1)
    assert (label.values, label.provenance, label.source) == (["red"], "annotation", "annotator")
    assert label.evidence_position == 1


def test_the_same_annotation_sent_twice_counts_once(listing: Listing, attribute: Attribute) -> None:
    first = annotate(listing, attribute)
    annotate(listing, attribute, idempotency_key="k2", values=["blue"])
    assert annotate(listing, attribute) == first
    assert Annotation.objects.count() == 2
    assert Label.objects.get().values == ["blue"]


def test_a_key_is_not_reused_for_another_answer(listing: Listing, attribute: Attribute) -> None:
    annotate(listing, attribute)
    with pytest.raises(
        LabelingError, match="key 'k1' was used for another answer: send each new answer under a"
    ):
        annotate(listing, attribute, values=["blue"])
    assert Label.objects.get().values == ["red"]


def test_an_annotation_does_not_overrule_a_verdict(listing: Listing, attribute: Attribute) -> None:
    judge(listing, attribute, values=["blue"])
    annotate(listing, attribute)
    assert Label.objects.get().values == ["blue"]


def test_a_suggestion_keeps_shares_and_chains(listing: Listing, attribute: Attribute) -> None:
    shares = {"red": 0.7, "blue": 0.2}
    suggestion = suggestion_add(
        listing=listing,
        attribute=attribute,
        source="round 1",
        shares=shares,
        chains=[Chain("It is red.", "red", -0.5), Chain("I cannot tell.")],
    )
    suggestion.refresh_from_db()
    assert (suggestion.shares, suggestion.leading, suggestion.source) == (shares, "red", "round 1")
    assert suggestion.chains == [
        {"text": "It is red.", "answer": "red", "logprob": -0.5},
        {"text": "I cannot tell.", "answer": "", "logprob": None},
    ]


def test_of_equal_shares_the_first_leads_and_a_long_answer_is_cut(
    listing: Listing, attribute: Attribute
) -> None:
    long = "red, " * 60
    leading = [
        suggestion_add(listing=listing, attribute=attribute, source="s", shares=shares).leading
        for shares in ({"red": 0.5, "blue": 0.5}, {long: 0.6, "blue": 0.4})
    ]
    assert leading == ["red", long[:LONGEST_LEADING]]


@pytest.mark.parametrize(
    "shares", [{}, {"red": 1.2}, {"red": -0.1}, {"red": 0.7, "blue": 0.7}, {"red": float("nan")}]
)
def test_shares_that_cannot_be_shares_are_refused(
    listing: Listing, attribute: Attribute, shares: dict[str, float]
) -> None:
    with pytest.raises(
        LabelingError, match=re.escape(f"{shares} are no shares: give each answer a number from 0")
    ):
        suggestion_add(listing=listing, attribute=attribute, source="s", shares=shares)

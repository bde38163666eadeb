import pytest
from django.contrib.auth.models import User

from catalog.models import Attribute, Listing
from catalog.schema.spec import AttributeSpec, ValueSpec
from labeling.errors import LabelingError
from labeling.models import Label, LabelRevision, Provenance
from labeling.services import label_record, label_restore
from tests.labeling.workspace import CLOSING, annotator, bag, listings, reviewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing() -> Listing:
    [listing] = listings(1)
    return listing


@pytest.fixture
def colour(listing: Listing) -> Attribute:
    return Attribute.objects.get(vertical=listing.vertical, code="colour")


def record(listing: Listing, colour: Attribute, value: str, provenance: Provenance, by: User) -> None:
    label_record(
        listing=listing,
        attribute=colour,
        provenance=provenance,
        values=[value],
        source=by.username,
        evidence_position=1,
        by=by,
        reason="because",
    )


def test_a_label_says_again_what_it_said_and_its_history_says_who_and_why(
    listing: Listing, colour: Attribute
) -> None:
    record(listing, colour, "red", Provenance.ANNOTATION, annotator())
    record(listing, colour, "blue", Provenance.VERDICT, reviewer())
    first = LabelRevision.objects.earliest("pk")
    label_restore(revision_id=first.pk, by=reviewer("max"), reason="it was right")
    label = Label.objects.get()
    assert (label.values, label.provenance, label.source) == (["red"], "annotation", "anna")
    assert (label.evidence_position, label.schema_version) == (1, first.schema_version)
    history = LabelRevision.objects.order_by("pk").values_list("values", "changed_by__username", "reason")
    assert list(history) == [
        (["red"], "anna", "because"),
        (["blue"], "rita", "because"),
        (["red"], "max", f"restored what held on {first.created:%Y-%m-%d %H:%M}: it was right"),
    ]


def test_a_restoration_is_restored_like_any_change(listing: Listing, colour: Attribute) -> None:
    record(listing, colour, "red", Provenance.ANNOTATION, annotator())
    record(listing, colour, "blue", Provenance.ANNOTATION, annotator())
    first, second = LabelRevision.objects.order_by("pk")
    label_restore(revision_id=first.pk, by=reviewer())
    label_restore(revision_id=second.pk, by=reviewer())
    assert Label.objects.get().values == ["blue"]
    assert LabelRevision.objects.count() == 4


def test_a_label_that_is_gone_is_made_again(listing: Listing, colour: Attribute) -> None:
    record(listing, colour, "red", Provenance.ANNOTATION, annotator())
    Label.objects.all().delete()
    assert label_restore(revision_id=LabelRevision.objects.get().pk, by=reviewer()).values == ["red"]


def test_what_the_schema_does_not_allow_any_more_is_not_restored(listing: Listing, colour: Attribute) -> None:
    record(listing, colour, "red", Provenance.ANNOTATION, annotator())
    record(listing, colour, "blue", Provenance.ANNOTATION, annotator())
    bag(AttributeSpec("colour", "Colour", values=(ValueSpec("blue", "Blue"),)), CLOSING)
    with pytest.raises(LabelingError, match="'red' is not allowed"):
        label_restore(revision_id=LabelRevision.objects.earliest("pk").pk, by=reviewer())
    assert Label.objects.get().values == ["blue"]
    assert LabelRevision.objects.count() == 2


def test_there_must_be_such_a_revision() -> None:
    with pytest.raises(LabelingError, match="there is no revision 77 of a label: choose one of its history"):
        label_restore(revision_id=77, by=reviewer())

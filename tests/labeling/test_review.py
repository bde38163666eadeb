"""A review: wrong reasoning noted once, and confirmed listings to compare with."""

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Attribute, Listing, Photo
from labeling.models import Annotation, Label, Provenance, Purpose
from labeling.selectors.similar import similar_confirmed
from labeling.services import label_record
from labeling.services.tasks import tasks_open
from tests.factories import ImageFactory
from tests.labeling.reviews import voted
from tests.labeling.workspace import answer, bag, claim, listings, message, reviewer, send, statuses

pytestmark = pytest.mark.django_db


def review(listing: Listing | None = None) -> Listing:
    """A listing to review, on whose colour a model votes."""
    listing = listing or listings(1)[0]
    voted(listing)
    tasks_open(listing_ids=[listing.pk], purpose=Purpose.REVIEW, asks=["colour"])
    return listing


def test_wrong_reasoning_is_kept_with_the_answer_once() -> None:
    listing = review()
    rita = reviewer()
    (lease,) = claim(rita, purpose=Purpose.REVIEW)
    shown = listing.suggestions.get().pk
    said = answer(lease, "colour", "red", suggestion=shown, reasoning_wrong=True)
    for _ in range(2):
        assert statuses(send(rita, said, message("finish", lease, key="end"))) == ["done", "done"]
    kept = Annotation.objects.get()
    assert (kept.values, kept.reasoning_wrong, kept.suggestion_id) == (["red"], True, shown)
    assert Label.objects.get().provenance == Provenance.VERDICT


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"reasoning_wrong": True}, "reasoning_wrong says nothing without a suggestion"),
        ({"reasoning_wrong": "yes"}, "reasoning_wrong is 'yes': give true or false"),
    ],
)
def test_what_cannot_be_wrong_is_refused(fields: dict[str, object], error: str) -> None:
    review()
    rita = reviewer()
    (lease,) = claim(rita, purpose=Purpose.REVIEW)
    (reply,) = send(rita, answer(lease, "colour", "red", **fields))
    assert error in reply["error"]
    assert not Annotation.objects.exists()


def test_a_task_left_out_of_a_grid_is_given_back_once() -> None:
    review()
    rita = reviewer()
    (lease,) = claim(rita, purpose=Purpose.REVIEW)
    left = message("single", lease)
    assert statuses(send(rita, left) + send(rita, left)) == ["done", "done"]
    (again,) = claim(reviewer("sam"), purpose=Purpose.REVIEW)
    assert again.task_id == lease.task_id
    assert send(rita, left)[0]["status"] == "done"


class TestSimilar:
    """Listings that people confirmed to be red or blue, beside one under review."""

    @pytest.fixture
    def listing(self) -> Listing:
        return review(photographed(0b1111))

    def test_the_nearest_confirmed_ones_of_each_answer_in_question(self, listing: Listing) -> None:
        far, near, same = (confirmed("red", phash) for phash in (0b0, 0b111, 0b1111))
        blue = confirmed("blue", 0b1)
        for other in (confirmed("red", 0b1111, Provenance.TEACHER), confirmed("red", 0b1111)):
            other.retired = other.labels.get().provenance != Provenance.TEACHER
            other.save()
        found = similar(listing)["colour"]
        assert [(one["listing"], one["values"], one["distance"]) for one in found] == [
            (same.external_id, ["red"], 0),
            (near.external_id, ["red"], 1),
            (blue.external_id, ["blue"], 3),
        ]
        assert far.external_id not in str(found)

    def test_the_listing_is_not_compared_with_itself(self, listing: Listing) -> None:
        label(listing, "red", Provenance.ANNOTATION)
        assert similar(listing) == {"colour": []}

    def test_photos_without_a_hash_come_last(self, listing: Listing) -> None:
        confirmed("red", None)
        confirmed("red", -1)
        assert [one["distance"] for one in similar(listing)["colour"]] == [60, None]

    def test_only_whoever_has_the_turn_is_told(self, listing: Listing, client: Client) -> None:
        confirmed("red", 0b1111)
        rita, sam = reviewer(), reviewer("sam")
        (lease,) = claim(rita, purpose=Purpose.REVIEW)
        assert similar_confirmed(person=sam, turn_id=lease.turn_id) == {}
        client.force_login(rita)
        told = client.get(reverse("labeling:api_similar", args=[lease.turn_id])).json()
        assert len(told["similar"]["colour"]) == 1

    def test_an_answer_of_several_values_is_compared_as_a_whole(self) -> None:
        listing = photographed(1)
        voted(listing, "closing", {"Zip, Button": 1.0})
        tasks_open(listing_ids=[listing.pk], purpose=Purpose.REVIEW, asks=["closing"])
        both, only = photographed(1), photographed(1)
        for one, values in ((both, ["zip", "button"]), (only, ["zip"])):
            attribute = Attribute.objects.get(code="closing")
            label_record(listing=one, attribute=attribute, provenance=Provenance.ANNOTATION, values=values)
        assert [one["listing"] for one in similar(listing)["closing"]] == [both.external_id]


def similar(listing: Listing) -> dict[str, list[dict[str, object]]]:
    """What whoever reviews the listing is shown."""
    rita = reviewer()
    (lease,) = claim(rita, purpose=Purpose.REVIEW)
    return similar_confirmed(person=rita, turn_id=lease.turn_id)


def photographed(phash: int | None) -> Listing:
    """A listing whose first photo has this hash."""
    (listing,) = listings(1, bag())
    photo = Photo.objects.create(
        sha256=f"{listing.pk:064}", file=f"{listing.pk}.png", bytes=1, width=8, height=6, phash=phash
    )
    listing.images.all().delete()
    ImageFactory.create(listing=listing, photo=photo)
    return listing


def confirmed(colour: str, phash: int | None, provenance: Provenance = Provenance.ANNOTATION) -> Listing:
    """A listing that somebody or something says has this colour."""
    listing = photographed(phash)
    label(listing, colour, provenance)
    return listing


def label(listing: Listing, colour: str, provenance: Provenance) -> None:
    attribute = Attribute.objects.get(code="colour")
    label_record(listing=listing, attribute=attribute, provenance=provenance, values=[colour])

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Attribute
from labeling.agreement import Share
from labeling.agreement_page import AgreementPage, agreement_page
from labeling.models import Annotation, Label, Provenance, Purpose
from labeling.selectors.agreement import Selection, attribute_named, said_by_several
from labeling.services import label_record
from tests.labeling.workspace import (
    annotator,
    answer,
    claim,
    label_all,
    message,
    rule,
    send,
    tasks,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> None:
    """Anna says red four times, ben three times red and once blue; about the closing they agree."""
    rule(Purpose.GOLD, overlap=2, agree=2)
    tasks(4)
    anna, ben = annotator("anna"), annotator("ben")
    label_all(anna, 4)
    label_all(ben, 3)
    label_all(ben, 1, colour="blue")


def colour() -> Attribute:
    found = attribute_named(vertical="bag", code="colour")
    assert found
    return found


def page(**fields: object) -> AgreementPage:
    return agreement_page(Selection(**fields))  # type: ignore[arg-type]


def test_verticals_then_attributes_are_told_apart(team: None) -> None:
    overview = page()
    assert [(part.label, part.code, part.agreement.questions) for part in overview.parts] == [
        ("Bag", "bag", 8)
    ]
    assert overview.whole.percent == 88
    bags = page(vertical="bag")
    assert [(part.code, part.agreement.percent) for part in bags.parts] == [("colour", 75), ("closing", 100)]
    assert page(vertical="hat").whole.questions == 0


def test_two_by_two_is_kappa(team: None) -> None:
    [pair] = page(vertical="bag").pairs
    assert (pair.one, pair.other) == ("anna", "ben")
    assert (pair.agreement.questions, pair.agreement.observed) == (8, 0.875)
    # By hand: chance alone gives 4 of 4 same closings and 3 of 4 same colours.
    assert pair.agreement.beyond == pytest.approx((7 - 7) / (8 - 7))


def test_values_that_are_confused_are_told(team: None) -> None:
    rows = {row.label: row for row in agreement_page(Selection(vertical="bag"), colour()).values}
    assert list(rows) == ["Blue", "Red"]
    red, blue = rows["Red"], rows["Blue"]
    assert (red.given, red.together, red.others, red.more) == (4, 3, [("Blue", 1)], 0)
    assert red.percent == 86, "2 * 3 of 2 * 3 + 1"
    assert (blue.given, blue.percent) == (1, 0)


def test_people_are_compared_with_others_and_with_labels(team: None) -> None:
    whole = page(vertical="bag")
    assert {one.name: (one.others, one.label) for one in whole.people} == {
        "anna": (Share(7, 8), Share(7, 7)),
        "ben": (Share(7, 8), Share(7, 7)),
    }
    [disputed] = {*Annotation.objects.values_list("listing", flat=True)} - {
        *Label.objects.filter(attribute=colour()).values_list("listing", flat=True)
    }
    listing = Annotation.objects.filter(listing=disputed).first()
    assert listing
    label_record(listing=listing.listing, attribute=colour(), provenance=Provenance.VERDICT, values=["blue"])
    decided = agreement_page(Selection(vertical="bag"), colour())
    assert {one.name: one.label for one in decided.people} == {"anna": Share(3, 4), "ben": Share(4, 4)}


def test_only_what_several_people_finished_counts(team: None) -> None:
    tasks(2)
    label_all(annotator("anna"), 2)
    [lease] = claim(annotator("ben"))
    send(annotator("ben"), answer(lease, "colour", "blue"))
    assert page().whole.questions == 8
    send(annotator("ben"), answer(lease, "closing", "zip"), message("finish", lease, seconds=1))
    assert page().whole.questions == 10


def test_a_purpose_and_a_time_are_asked_for(team: None) -> None:
    assert page(purpose=Purpose.GOLD).whole.questions == 8
    assert page(purpose=Purpose.SEED).whole.questions == 0
    assert page(since=timezone.now() - timedelta(days=1)).whole.questions == 8
    assert page(since=timezone.now() + timedelta(days=1)).whole.questions == 0


def test_values_in_another_order_are_the_same_answer() -> None:
    rule(Purpose.GOLD, overlap=2, agree=2)
    tasks(1)
    for name, values in (("anna", ["zip", "button"]), ("ben", ["button", "zip"])):
        person = annotator(name)
        [lease] = claim(person)
        send(
            person,
            answer(lease, "colour", "red"),
            answer(lease, "closing", *values),
            message("finish", lease, seconds=1),
        )
    several = said_by_several(Selection())
    assert all(len(tally.pairs) == 1 for tally in several.tallies.values())
    assert page().whole.percent == 100

import pytest
from django.contrib.auth.models import User

from catalog.models import Listing
from labeling.items import items_of
from labeling.models import Purpose, Task
from labeling.queue import turns_claim, wanted
from labeling.selectors.disputes import Dispute, disputed_verticals, disputes_of, disputes_open
from labeling.services.turns import turn_send_back
from tests.labeling.workspace import (
    annotator,
    answer,
    claim,
    label_all,
    message,
    reviewer,
    rule,
    send,
    step_clock,
    tasks,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> User:
    return annotator("anna")


@pytest.fixture
def ben() -> User:
    return annotator("ben")


@pytest.fixture
def listing(anna: User, ben: User) -> Listing:
    """A listing of which one person says that it is red and the other that it is blue."""
    rule(Purpose.GOLD, overlap=2, agree=2)
    [task] = tasks(1)
    label_all(anna)
    label_all(ben, colour="blue")
    return task.listing


def dispute() -> Dispute:
    [found] = disputes_of(list(disputes_open()))
    return found


def said(found: Dispute) -> dict[str, list[str]]:
    return {
        one.attribute.code: [answer.said if answer else "" for answer in one.answers]
        for one in found.questions
    }


def test_what_each_person_said_is_side_by_side(listing: Listing) -> None:
    found = dispute()
    assert found.listing == listing
    assert [witness.name for witness in found.witnesses] == ["anna", "ben"]
    assert said(found) == {"colour": ["Red", "Blue"]}, "closing is agreed on"
    assert found.photo == listing.images.get().photo
    assert disputed_verticals() == [(listing.vertical, 1)]


def test_states_and_several_values_are_told_in_words(anna: User, ben: User) -> None:
    rule(Purpose.GOLD, overlap=2, agree=2)
    tasks(1)
    for person, answered in (
        (anna, {"state": "not_visible"}),
        (ben, {"values": ["zip", "button"], "evidence": 1}),
    ):
        [lease] = claim(person)
        send(
            person,
            answer(lease, "colour", "red"),
            message("answer", lease, attribute="closing", **{"values": [], **answered}),
            message("finish", lease, seconds=3),
        )
    assert said(dispute()) == {"closing": ["not visible", "Zip, Button"]}
    [question] = dispute().questions
    assert [one.evidence if one else None for one in question.answers] == [None, 1]


def test_what_was_sent_back_is_marked_and_may_be_over(listing: Listing, ben: User) -> None:
    [_, witness] = dispute().witnesses
    assert not witness.is_returned
    turn_send_back(turn_id=witness.turn_id, by=reviewer(), text="The colour.")
    assert dispute().witnesses[1].is_returned
    [lease] = claim(ben)
    send(ben, answer(lease, "colour", "red"), message("finish", lease, seconds=2))
    found = dispute()
    assert not found.witnesses[1].is_returned
    assert found.questions[0].is_over


def test_who_has_it_on_the_screen_is_told_until_the_lease_ends(listing: Listing) -> None:
    assert dispute().held_by == ""
    claim(reviewer("rita"), purpose=Purpose.ADJUDICATION)
    assert dispute().held_by == "rita"
    step_clock(120)
    assert dispute().held_by == ""


def test_what_is_decided_or_retired_is_not_listed(listing: Listing) -> None:
    rita = reviewer()
    [lease] = claim(rita, purpose=Purpose.ADJUDICATION)
    Listing.objects.update(retired=True)
    assert not disputes_open()
    Listing.objects.update(retired=False)
    send(rita, answer(lease, "colour", "red"), message("finish", lease, seconds=2))
    assert not disputes_open()


def test_disputes_of_one_vertical_are_asked_for_by_its_code(listing: Listing) -> None:
    assert disputes_open("bag").count() == 1
    assert disputes_open("hat").count() == 0


def test_a_reviewer_is_given_the_dispute_that_they_chose(anna: User, ben: User) -> None:
    rule(Purpose.GOLD, overlap=2, agree=2)
    tasks(3)
    label_all(anna, 3)
    label_all(ben, 3, colour="blue")
    last = Task.objects.filter(purpose=Purpose.ADJUDICATION).order_by("pk").last()
    assert last
    rita = reviewer()
    chosen = wanted(allowed=tuple(Purpose), purposes=[Purpose.ADJUDICATION], task_id=last.pk)
    [lease] = turns_claim(person=rita, wanted=chosen, count=1)
    assert lease.task_id == last.pk
    [other] = turns_claim(person=reviewer("remo"), wanted=chosen, count=1)
    assert other.task_id != last.pk, "it is not to be had any more"


def test_each_answer_is_shown_once_to_whoever_decides(listing: Listing) -> None:
    rita = reviewer()
    [item] = items_of(person=rita, leases=claim(rita, purpose=Purpose.ADJUDICATION))
    assert [(one["by"], one["values"]) for one in item["said"]["colour"]] == [
        ("anna", ["red"]),
        ("ben", ["blue"]),
    ]

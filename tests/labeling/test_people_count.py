"""What a count stores of people: the same as the statistics of other pages, for every span."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalog.models import Attribute, Status
from labeling import tasks as jobs
from labeling.models import (
    ALL_TIME,
    Annotation,
    PeopleCount,
    PersonDay,
    PersonFigures,
    PersonReliability,
    Purpose,
    Turn,
)
from labeling.selectors.agreement import Selection, said_by_several
from labeling.selectors.reliability import reliability_now
from labeling.services import people
from tests.labeling.counted import count, days_ago, figures, verdict
from tests.labeling.workspace import (
    annotator,
    answer,
    claim,
    label_all,
    listings,
    message,
    reviewer,
    rule,
    send,
    tasks,
)
from tests.queues import Queue, memory_queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def default_queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    with memory_queue(monkeypatch, "default") as queue:
        yield queue


@pytest.fixture
def pair() -> tuple[User, User]:
    """Anna and ben answered the same four listings, and differ about the colour of one."""
    rule(Purpose.GOLD, overlap=2, agree=2)
    tasks(4)
    anna, ben = annotator("anna"), annotator("ben")
    label_all(anna, 4)
    label_all(ben, 3)
    label_all(ben, 1, colour="blue")
    return anna, ben


def test_listings_questions_and_medians_are_of_finished_turns(pair: tuple[User, User]) -> None:
    anna, _ = pair
    for turn, seconds in zip(Turn.objects.filter(person=anna).order_by("pk"), (0, 10, 20, 60), strict=True):
        Turn.objects.filter(pk=turn.pk).update(seconds=seconds)
    count()
    found = figures(anna)
    assert (found.listings, found.questions) == (4, 8)
    assert (found.timed_questions, found.seconds) == (6, 90)
    assert (found.listing_seconds, found.question_seconds) == (20, 10)
    assert figures(anna, vertical="bag").listings == 4
    assert found.last == Turn.objects.filter(person=anna).order_by("-finished")[0].finished


def test_what_was_taken_back_or_never_finished_does_not_count(pair: tuple[User, User]) -> None:
    anna, _ = pair
    corrected, begun, *_ = Turn.objects.filter(person=anna).order_by("pk")
    said = Annotation.objects.filter(annotator=anna, task=corrected.task_id, attribute__code="colour")
    said.update(withdrawn=timezone.now())
    Turn.objects.filter(pk=begun.pk).update(finished=None)
    count()
    assert (figures(anna).listings, figures(anna).questions) == (3, 5)


@pytest.mark.parametrize(("span", "kept"), [(7, 2), (30, 3), (ALL_TIME, 4)])
def test_each_span_ends_today(pair: tuple[User, User], span: int, kept: int) -> None:
    anna, _ = pair
    turns = list(Turn.objects.filter(person=anna).order_by("pk").values_list("pk", flat=True))
    days_ago(6, turns[1])
    days_ago(7, turns[2])
    days_ago(30, turns[3])
    count()
    assert figures(anna, span).listings == kept


def test_agreement_is_that_of_the_page_of_agreement(pair: tuple[User, User]) -> None:
    anna, ben = pair
    days_ago(10, *Turn.objects.filter(person=ben).order_by("pk").values_list("pk", flat=True)[:2])
    count()
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    attributes = set(Attribute.objects.values_list("pk", flat=True))
    for span, since in ((7, midnight - timedelta(days=6)), (30, midnight - timedelta(days=29)), (0, None)):
        shares = said_by_several(Selection(since=since)).with_others(attributes)
        for person in (anna, ben):
            found = figures(person, span)
            assert (found.same, found.compared) == (shares[person.pk].count, shares[person.pk].questions)
    assert (figures(anna, 0).same, figures(anna, 0).compared) == (7, 8)
    assert figures(anna, 7).compared == 4


def test_verdicts_are_told_apart_by_what_they_say_to_the_majority() -> None:
    rita = reviewer()
    red, blue, wrong, none, blind = listings(5)
    verdict(rita, red, "red")
    verdict(rita, blue, "blue")
    verdict(rita, wrong, "red", reasoning_wrong=True)
    verdict(rita, none, state="not_visible")
    verdict(rita, blind, "blue", suggestion=None)
    count()
    found = figures(rita)
    assert (found.accepted, found.changed, found.reasoning, found.no_value) == (1, 1, 1, 1)
    assert found.listings == 5


def test_a_listing_set_aside_counts_until_it_is_finished() -> None:
    tasks(2)
    anna = annotator()
    first, second = claim(anna, 2)
    send(anna, message("aside", first, reason="blurred", minutes=None))
    send(anna, answer(second, "colour", "red"), message("aside", second, reason="", minutes=10))
    count()
    assert figures(anna).set_aside == 2
    Turn.objects.filter(pk=second.turn_id).update(person=anna, finished=timezone.now())
    count()
    assert figures(anna).set_aside == 1


def test_reliability_is_the_estimate_of_now() -> None:
    rule(Purpose.REVIEW, second_opinion=100)
    tasks(4, purpose=Purpose.REVIEW)
    rita, rob = reviewer("rita"), reviewer("rob")
    label_all(rita, 4, purpose=Purpose.REVIEW)
    label_all(rob, 3, purpose=Purpose.REVIEW)
    label_all(rob, 1, purpose=Purpose.REVIEW, colour="blue")
    count()
    known = reliability_now()
    rows = {(row.person_id, row.attribute_id): row for row in PersonReliability.objects.all()}
    assert rows[None, None].mean == pytest.approx(known.everybody().mean)
    assert rows[rob.pk, None].high == pytest.approx(known.of_person(rob.pk).high)
    colour = Attribute.objects.get(code="colour").pk
    assert rows[rob.pk, colour].mean == pytest.approx(known.of(rob.pk, colour).mean)
    assert rows[rob.pk, colour].checks == 4
    assert len(rows) == 1 + 2 + 4


def test_days_are_those_of_the_site(pair: tuple[User, User]) -> None:
    anna, _ = pair
    days_ago(3, Turn.objects.filter(person=anna).order_by("pk")[0].pk)
    count()
    today = timezone.localdate()
    days = {row.day: (row.listings, row.questions) for row in PersonDay.objects.filter(person=anna)}
    assert days == {today: (3, 6), today - timedelta(days=3): (1, 2)}


def stored() -> list[object]:
    return [
        *PersonFigures.objects.order_by("person", "span", "vertical").values_list(
            "person", "span", "vertical", "listings", "same", "compared", "seconds"
        ),
        *PersonDay.objects.order_by("person", "day").values_list("person", "day", "questions"),
        *PersonReliability.objects.order_by("person", "attribute").values_list("person", "mean"),
    ]


def test_a_second_count_says_the_same_and_forgets_what_is_gone(pair: tuple[User, User]) -> None:
    _, ben = pair
    count()
    before = stored()
    count()
    assert stored() == before
    Turn.objects.filter(person=ben).update(finished=None)
    count()
    assert not PersonFigures.objects.filter(person=ben).exists()


@pytest.mark.django_db(transaction=True)
def test_the_sweep_queues_a_count_once_an_hour(default_queue: Queue) -> None:
    jobs.sweep_people()
    one = PeopleCount.objects.get()
    assert default_queue.take() == [(people.PEOPLE_COUNT, one.pk)]
    jobs.count_people(one.pk)
    jobs.count_people(one.pk)
    jobs.sweep_people()
    assert default_queue.take() == []
    assert PeopleCount.objects.get().status == Status.DONE
    PeopleCount.objects.update(created=timezone.now() - timedelta(minutes=61))
    jobs.sweep_people()
    assert PeopleCount.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_count_whose_worker_is_gone_is_queued_again(default_queue: Queue) -> None:
    one = people.count_queue(tell=False)
    assert people.count_claim(count_id=one.pk, worker="process 7 on laptop")
    PeopleCount.objects.update(heartbeat=timezone.now() - timedelta(minutes=5))
    jobs.sweep_people()
    assert PeopleCount.objects.get().status == Status.QUEUED
    assert default_queue.take() == [(people.PEOPLE_COUNT, one.pk)]


def test_one_count_is_at_work_at_a_time() -> None:
    first = people.count_queue(tell=False)
    assert people.count_queue(tell=False) == first
    assert people.count_claim(count_id=first.pk, worker="one")
    second = people.count_queue(tell=False)
    assert second != first
    assert people.count_claim(count_id=second.pk, worker="another") is None


def test_a_count_that_breaks_keeps_the_last_one_and_says_what_happened(
    pair: tuple[User, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    count()
    before = stored()
    monkeypatch.setattr(people, "reliability_now", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        count()
    newest = PeopleCount.objects.first()
    assert newest and newest.status == Status.FAILED
    assert "ZeroDivisionError" in newest.error
    assert stored() == before


def test_the_command_counts_here_unless_a_worker_does(pair: tuple[User, User]) -> None:
    out = StringIO()
    call_command("people_count", stdout=out)
    assert '"figures": 12, "days": 2, "reliabilities": 1' in out.getvalue()
    assert people.count_claim(count_id=people.count_queue(tell=False).pk, worker="one")
    with pytest.raises(CommandError, match="counting already"):
        call_command("people_count", stdout=out)

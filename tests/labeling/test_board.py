"""What waits for people and what they did: selectors/board.py and selectors/people.py."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attrx_web.roles import Role
from catalog.models import Vertical
from catalog.schema.spec import VerticalSpec
from catalog.services.schema import schema_save
from labeling.access import purposes_of
from labeling.models import Purpose, SetAside, Turn, VerticalAssignment
from labeling.selectors import board
from labeling.selectors.board import open_counts, progress_of, waiting_for
from labeling.selectors.people import PersonRow, people_rows, person_row, vertical_rows
from labeling.services.talk import comment_add
from labeling.services.tasks import tasks_open
from labeling.services.turns import turn_send_back
from tests.factories import ListingFactory, UserFactory, VerticalFactory, user_with
from tests.labeling.workspace import (
    COLOUR,
    annotator,
    bag,
    claim,
    label_all,
    message,
    reviewer,
    rule,
    send,
    tasks,
)

pytestmark = pytest.mark.django_db


def hats(number: int, purpose: Purpose = Purpose.GOLD) -> Vertical:
    """The vertical hat with so many listings that wait."""
    schema_save(spec=VerticalSpec("hat", "Hat", (COLOUR,)))
    hat = Vertical.objects.get(code="hat")
    made = [ListingFactory.create(vertical=hat) for _ in range(number)]
    tasks_open(listing_ids=[listing.pk for listing in made], purpose=purpose)
    return hat


def waiting(name: str) -> dict[str, list[int]]:
    """{vertical: what waits for the person, by each of their purposes}."""
    person = annotator(name)
    return {row.vertical.code: list(row.counts) for row in waiting_for(person, purposes_of(person))}


def row_of(name: str, days: int | None = None) -> PersonRow:
    since = None if days is None else timezone.now() - timedelta(days=days)
    return next(row for row in people_rows(since=since) if row.person.username == name)


def test_what_waits_is_told_by_vertical_and_purpose() -> None:
    tasks(3)
    hats(2, Purpose.SEED)
    assert waiting("anna") == {"bag": [0, 3], "hat": [2, 0]}


def test_a_listing_that_several_answer_waits_once_for_each() -> None:
    rule(Purpose.GOLD, overlap=2, agree=2)
    tasks(3)
    anna = annotator("anna")
    label_all(anna, 2)
    assert waiting("anna") == {"bag": [0, 1]}
    assert waiting("ben") == {"bag": [0, 3]}
    label_all(annotator("ben"), 3)
    assert waiting("anna") == {"bag": [0, 1]}, "the third, which ben alone has answered"
    assert waiting("ben") == {}


def test_what_a_person_set_aside_does_not_wait_for_them_while_it_is_aside() -> None:
    tasks(2)
    anna = annotator("anna")
    [first, second] = claim(anna, 2)
    send(anna, message("aside", first, reason="blurred", minutes=None))
    send(anna, message("aside", second, reason="", minutes=10))
    assert waiting("anna") == {}
    assert waiting("ben") == {"bag": [0, 2]}
    SetAside.objects.filter(task=second.task_id).update(until=timezone.now() - timedelta(seconds=1))
    assert waiting("anna") == {"bag": [0, 1]}


def test_what_was_answered_and_set_aside_later_is_taken_off_once() -> None:
    rule(Purpose.GOLD, overlap=2, agree=2)
    tasks(2)
    anna = annotator("anna")
    [lease] = label_all(anna, 1)
    SetAside.objects.create(task_id=lease.task_id, person=anna)
    assert waiting("anna") == {"bag": [0, 1]}


def test_only_assigned_verticals_wait_for_whoever_has_some() -> None:
    tasks(3)
    hat = hats(2)
    VerticalAssignment.objects.create(person=annotator("anna"), vertical=hat)
    assert waiting("anna") == {"hat": [0, 2]}


def test_done_and_withdrawn_turns_are_not_open() -> None:
    first, second = tasks(2)
    label_all(annotator("anna"))
    Turn.objects.filter(task=second).update(withdrawn=timezone.now())
    assert not open_counts()


def test_progress_counts_today_the_week_and_all() -> None:
    tasks(4)
    anna = annotator("anna")
    leases = label_all(anna, 3)
    now = timezone.now()
    for lease, days, seconds in zip(leases, (0, 3, 30), (10.0, 20.0, 400.0), strict=True):
        finished = now - timedelta(days=days)
        Turn.objects.filter(pk=lease.turn_id).update(finished=finished, seconds=seconds)
    done = progress_of(anna)
    assert (done.today, done.week, done.ever, done.median) == (1, 2, 3, 15.0)
    assert [(vertical.code, of.count, of.median) for vertical, of in done.verticals] == [("bag", 2, 15.0)]
    assert progress_of(annotator("ben")).median is None


def test_what_was_sent_back_is_counted() -> None:
    tasks(2)
    anna = annotator("anna")
    [lease] = label_all(anna, 1)
    turn_send_back(turn_id=lease.turn_id, by=reviewer(), text="The colour.")
    assert progress_of(anna).returned == 1


def test_speed_is_that_of_the_last_listings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "TIMED", 2)
    tasks(3)
    anna = annotator("anna")
    for lease, seconds in zip(label_all(anna, 3), (500.0, 10.0, 20.0), strict=True):
        finished = timezone.now() - timedelta(minutes=600 - seconds)
        Turn.objects.filter(pk=lease.turn_id).update(seconds=seconds, finished=finished)
    Turn.objects.filter(seconds=500).update(finished=timezone.now() - timedelta(days=1))
    assert progress_of(anna).median == 15.0


def test_managers_see_each_person_by_vertical() -> None:
    rule(Purpose.GOLD, overlap=2, agree=2)
    tasks(3)
    hats(2, Purpose.SEED)
    anna, ben = annotator("anna"), annotator("ben")
    label_all(anna, 2)
    label_all(ben, 1)
    label_all(ben, 2, colour="blue")
    comment_add(listing=tasks(1)[0].listing, attribute="", author=ben, text="Blurred.", flag=True)
    row = row_of("ben")
    assert [(vertical.code, work.done, work.left, work.flagged) for vertical, work in row.parts] == [
        ("bag", 3, 1, 1),
        ("hat", 0, 2, 0),
    ]
    assert (row.total.done, row.total.left, row.total.seconds) == (3, 3, 4.0)
    share = row.total.agreement
    assert share.questions == 4, "colour and closing of two listings that anna answered too"
    assert share.count < share.questions
    assert row.last
    assert row_of("anna").total.agreement == share


def test_what_is_older_than_asked_for_is_left_out() -> None:
    tasks(2)
    [lease] = label_all(annotator("anna"), 1)
    Turn.objects.filter(pk=lease.turn_id).update(finished=timezone.now() - timedelta(days=9))
    assert row_of("anna", 7).total.done == 0
    assert row_of("anna", 30).total.done == row_of("anna").total.done == 1
    assert row_of("anna", 7).last, "whenever it was"


def test_nothing_is_left_for_whoever_may_not_sign_in_or_has_no_role() -> None:
    tasks(2)
    anna = annotator("anna")
    label_all(anna, 1)
    anna.is_active = False
    anna.save()
    assert row_of("anna").total.left == 0
    anna.is_active = True
    anna.save()
    anna.groups.clear()
    assert (row_of("anna").total.left, row_of("anna").roles) == (0, [])
    UserFactory.create(username="nobody")
    assert {row.person.username for row in people_rows(since=None)} == {"anna"}


def test_one_person_is_found_by_key() -> None:
    tasks(1)
    anna, ben = annotator("anna"), annotator("ben")
    found = person_row(ben.pk, since=None)
    assert found and found.person == ben
    assert person_row(anna.pk + ben.pk, since=None) is None


def test_a_vertical_tells_whom_it_waits_for() -> None:
    tasks(3)
    hat = hats(2)
    sofa = VerticalFactory.create(code="sofa")
    anna = annotator("anna")
    VerticalAssignment.objects.create(person=anna, vertical=hat)
    rows = {row.vertical.code: row for row in vertical_rows([Purpose.SEED, Purpose.GOLD])}
    assert (rows["hat"].counts, rows["hat"].people, rows["hat"].is_stuck) == ([0, 2], ["anna"], False)
    assert (rows["bag"].left, rows["bag"].people, rows["bag"].is_stuck) == (3, [], True)
    assert not rows[sofa.code].is_stuck, "nothing waits"
    annotator("ben")
    rows = {row.vertical.code: row for row in vertical_rows([Purpose.SEED, Purpose.GOLD])}
    assert (rows["bag"].others, rows["bag"].is_stuck) == (1, False)


def test_more_people_and_verticals_take_no_more_queries() -> None:
    tasks(1)
    annotator("anna")
    with CaptureQueriesContext(connection) as few:
        people_rows(since=None)
    hats(1)
    for name in ("ben", "cem", "dora"):
        user_with(Role.REVIEWER, name)
    with CaptureQueriesContext(connection) as many:
        people_rows(since=None)
    assert len(many) == len(few)


def test_a_vertical_without_work_is_not_on_the_board() -> None:
    bag()
    assert waiting("anna") == {}

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from catalog.models import Vertical
from catalog.schema.spec import VerticalSpec
from catalog.services.schema import schema_save
from labeling import queue
from labeling.errors import LabelingError
from labeling.leases import TERM, new_token, was_leased
from labeling.models import Purpose, SetAside, Turn, VerticalAssignment
from labeling.selectors.work import waiting_counts
from labeling.services.turns import turn_send_back
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
    step_clock,
    tasks,
)

pytestmark = pytest.mark.django_db


def hat() -> Vertical:
    schema_save(spec=VerticalSpec("hat", "Hat", (COLOUR,)))
    return Vertical.objects.get(code="hat")


def test_the_most_urgent_task_comes_first_and_of_equal_ones_the_oldest() -> None:
    first, second = tasks(2)
    [urgent] = tasks(1, priority=5)
    leases = claim(annotator(), 3)
    assert [lease.task_id for lease in leases] == [urgent.pk, first.pk, second.pk]


def test_a_lease_is_for_one_person_and_ends_by_itself() -> None:
    tasks(1)
    [lease] = claim(annotator())
    turn = Turn.objects.get(pk=lease.turn_id)
    assert (turn.person, turn.token) == (annotator(), lease.token)
    assert turn.expires is not None and turn.started is not None
    assert abs(turn.expires - timezone.now() - TERM) < timedelta(seconds=5)
    assert claim(annotator("bo")) == []


def test_people_get_different_tasks() -> None:
    tasks(4)
    leases = claim(annotator(), 2) + claim(annotator("bo"), 3)
    assert len({lease.task_id for lease in leases}) == len(leases) == 4


def test_a_task_has_as_many_people_as_its_overlap_and_each_once() -> None:
    rule(Purpose.GOLD, overlap=2)
    [task] = tasks(1)
    assert [lease.task_id for lease in claim(annotator(), 3)] == [task.pk]
    assert claim(annotator(), 3) == []
    assert [lease.task_id for lease in claim(annotator("bo"), 3)] == [task.pk]
    assert claim(annotator("cy"), 3) == []


def test_everything_is_looked_at_once_before_anything_twice() -> None:
    rule(Purpose.GOLD, overlap=2)
    first, second = tasks(2)
    assert [lease.task_id for lease in claim(annotator())] == [first.pk]
    assert [lease.task_id for lease in claim(annotator("bo"))] == [second.pk]
    assert [lease.task_id for lease in claim(annotator("bo"))] == [first.pk]


def test_a_silent_browser_loses_its_turn_within_a_minute() -> None:
    tasks(1)
    [lost] = claim(annotator())
    step_clock(49)
    assert claim(annotator("bo")) == []
    step_clock(2)
    [taken] = claim(annotator("bo"))
    assert taken.turn_id == lost.turn_id
    assert queue.leases_extend(person=annotator(), tokens=[lost.token]) == set()
    assert queue.leases_release(person=annotator(), tokens=[lost.token]) == 0
    assert Turn.objects.get().token == taken.token


@pytest.mark.parametrize("seconds", [-3600.0, -15.0])
def test_a_clock_that_is_set_back_holds_no_turn_for_longer_than_a_minute(seconds: float) -> None:
    tasks(1)
    claim(annotator())
    step_clock(seconds)
    assert len(claim(annotator("bo"))) == 1


def test_a_clock_that_is_set_back_a_little_takes_nothing_from_whoever_is_there() -> None:
    tasks(1)
    claim(annotator())
    step_clock(-5)
    assert claim(annotator("bo")) == []


def test_signs_of_life_keep_a_turn_also_after_its_term_as_long_as_nobody_took_it() -> None:
    tasks(1)
    [lease] = claim(annotator())
    step_clock(45)
    assert queue.leases_extend(person=annotator(), tokens=[lease.token]) == {lease.token}
    step_clock(45)
    assert claim(annotator("bo")) == []
    step_clock(3600)
    assert queue.leases_extend(person=annotator(), tokens=[lease.token]) == {lease.token}
    assert claim(annotator("bo")) == []


def test_nobody_extends_or_releases_the_turn_of_somebody_else() -> None:
    tasks(1)
    [lease] = claim(annotator())
    assert queue.leases_extend(person=annotator("bo"), tokens=[lease.token]) == set()
    assert queue.leases_release(person=annotator("bo"), tokens=[lease.token]) == 0
    assert queue.leases_of(person=annotator("bo"), tokens=[lease.token]) == []
    assert queue.leases_of(person=annotator(), tokens=[lease.token]) == [lease]


def test_a_turn_that_is_released_is_free_at_once() -> None:
    tasks(1)
    [lease] = claim(annotator())
    assert queue.leases_release(person=annotator(), tokens=[lease.token]) == 1
    assert Turn.objects.filter(person=None, token=None, expires=None, started=None).count() == 1
    assert len(claim(annotator("bo"))) == 1


def test_two_windows_of_a_person_get_different_tasks() -> None:
    rule(Purpose.GOLD, overlap=2)
    tasks(3)
    leases = claim(annotator(), 1) + claim(annotator(), 2)
    assert len({lease.task_id for lease in leases}) == 3


def test_a_person_whose_lease_expired_gets_the_turn_again_but_not_beside_itself() -> None:
    rule(Purpose.GOLD, overlap=2)
    [task] = tasks(1)
    [lost] = claim(annotator())
    step_clock(60)
    [again] = claim(annotator(), 2)
    assert (again.turn_id, again.task_id) == (lost.turn_id, task.pk)
    assert again.token != lost.token


def test_what_a_page_shows_already_is_not_given_to_it_again() -> None:
    tasks(1)
    [lease] = claim(annotator())
    step_clock(60)
    assert claim(annotator(), except_turns=[lease.turn_id]) == []


def test_a_task_that_is_set_aside_is_not_offered_to_that_person() -> None:
    [task] = tasks(1)
    SetAside.objects.create(task=task, person=annotator(), reason="blurred")
    assert claim(annotator()) == []
    assert len(claim(annotator("bo"))) == 1


def test_a_task_that_is_postponed_comes_back() -> None:
    [task] = tasks(1)
    until = Now() + timedelta(minutes=10)
    SetAside.objects.create(task=task, person=annotator(), until=until)
    assert claim(annotator()) == []
    step_clock(601)
    assert len(claim(annotator())) == 1


def test_a_retired_listing_is_not_offered() -> None:
    [task] = tasks(1)
    task.listing.retired = True
    task.listing.save()
    assert claim(annotator()) == []


def test_people_work_on_the_verticals_that_are_assigned_to_them() -> None:
    tasks(1)
    [of_hat] = tasks(1, vertical=hat())
    VerticalAssignment.objects.create(person=annotator(), vertical=hat())
    assert [lease.task_id for lease in claim(annotator(), 3)] == [of_hat.pk]
    assert claim(annotator(), vertical_id=bag().pk) == []


def test_of_several_assigned_verticals_the_most_urgent_comes_first() -> None:
    [of_bag] = tasks(1)
    [of_hat] = tasks(1, vertical=hat(), priority=9)
    for vertical in (bag(), hat()):
        VerticalAssignment.objects.create(person=annotator(), vertical=vertical)
    assert [lease.task_id for lease in claim(annotator(), 3)] == [of_hat.pk, of_bag.pk]


def test_the_wanted_vertical_comes_before_others_whatever_their_priority() -> None:
    [of_bag] = tasks(1, priority=9)
    [of_hat] = tasks(1, vertical=hat())
    leases = claim(annotator(), 3, vertical_id=hat().pk)
    assert [lease.task_id for lease in leases] == [of_hat.pk, of_bag.pk]


def test_purposes_are_looked_for_in_the_order_that_is_asked() -> None:
    [gold], [seed] = tasks(1), tasks(1, purpose=Purpose.SEED)
    wanted = queue.wanted(allowed=list(Purpose), purposes=["seed", "gold"])
    leases = queue.turns_claim(person=annotator(), wanted=wanted, count=3)
    assert [lease.task_id for lease in leases] == [seed.pk, gold.pk]


@pytest.mark.parametrize("purposes", [[], ["review"], ["gold", "fun"]])
def test_purposes_that_are_not_the_persons_are_refused(purposes: list[str]) -> None:
    with pytest.raises(LabelingError, match=r"^purposes are .*: give one or more of seed, gold$"):
        queue.wanted(allowed=[Purpose.SEED, Purpose.GOLD], purposes=purposes)


def test_a_turn_that_was_sent_back_comes_first_and_only_to_its_annotator() -> None:
    tasks(2)
    [done] = label_all(annotator())
    turn_send_back(turn_id=done.turn_id, by=reviewer(), text="look at the back")
    assert [lease.turn_id for lease in claim(annotator("bo"), 3)] == [done.turn_id + 1]
    assert [lease.turn_id for lease in claim(annotator(), 3)] == [done.turn_id]
    assert claim(annotator(), 3) == []
    assert Turn.objects.exclude(finished=None).filter(pk=done.turn_id, returned__isnull=False).exists()


def test_only_whoever_finished_a_turn_leases_it_again() -> None:
    tasks(1)
    [done] = label_all(annotator())
    turn = Turn.objects.get()
    assert queue.turn_lease_again(turn=turn, person=annotator("bo")) is None
    lease = queue.turn_lease_again(turn=turn, person=annotator())
    assert lease is not None and lease.token != done.token
    assert queue.leases_release(person=annotator(), tokens=[lease.token]) == 1
    turn.refresh_from_db()
    assert turn.finished is not None and turn.person == annotator()


def test_a_finished_turn_that_is_leased_again_is_nobody_elses_when_it_expires() -> None:
    tasks(1)
    [done] = label_all(annotator())
    send(annotator(), message("reopen", done.turn_id))
    step_clock(3600)
    assert claim(annotator("bo")) == []


def test_why_there_is_nothing_to_do_is_told() -> None:
    first, second = tasks(2)
    SetAside.objects.create(task=first, person=annotator("bo"), reason="blurred")
    assert [lease.task_id for lease in claim(annotator(), 2)] == [first.pk, second.pk]
    assert claim(annotator("bo")) == []
    wanted = queue.wanted(allowed=list(Purpose), purposes=["gold"])
    assert waiting_counts(person=annotator("bo"), wanted=wanted) == {"others": 2, "aside": 1}
    assert waiting_counts(person=annotator(), wanted=wanted) == {"others": 0, "aside": 0}
    VerticalAssignment.objects.create(person=annotator("bo"), vertical=hat())
    assert waiting_counts(person=annotator("bo"), wanted=wanted) == {"others": 0, "aside": 0}


def test_the_number_of_queries_does_not_depend_on_the_number_of_tasks(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people = [annotator(), annotator("bo")]
    tasks(3)
    with django_assert_num_queries(10) as few:
        assert len(claim(people[0], 3)) == 3
    tasks(30)
    with django_assert_num_queries(len(few)):
        assert len(claim(people[1], 3)) == 3


def test_a_token_is_good_for_its_turn_and_person_alone() -> None:
    token = new_token(turn_id=1, person_id=2)
    assert was_leased(turn_id=1, person_id=2, token=token)
    assert not was_leased(turn_id=1, person_id=3, token=token)
    assert not was_leased(turn_id=2, person_id=2, token=token)
    assert not was_leased(turn_id=1, person_id=2, token=None)
    assert new_token(turn_id=1, person_id=2) != token


def test_a_token_outlives_a_change_of_the_secret_key(settings: Settings) -> None:
    token = new_token(turn_id=1, person_id=2)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert was_leased(turn_id=1, person_id=2, token=token)
    settings.SECRET_KEY_FALLBACKS = []
    assert not was_leased(turn_id=1, person_id=2, token=token)

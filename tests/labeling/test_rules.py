from itertools import pairwise

import pytest
from pytest_django.fixtures import Settings

from labeling.errors import LabelingError
from labeling.models import Label, Purpose, PurposeRule, Task, TaskStatus, Turn, VerticalAssignment
from labeling.services import rules
from labeling.tasks import apply_rules
from tests.factories import UserFactory, VerticalFactory
from tests.labeling.workspace import (
    annotator,
    answers,
    claim,
    label_all,
    reviewer,
    rule,
    send,
    statuses,
    step_clock,
    tasks,
)

pytestmark = pytest.mark.django_db


def change(overlap: int, agree: int = 1, *, purpose: Purpose = Purpose.GOLD) -> None:
    """Change the rule, and bring the tasks to it."""
    rules.rule_set(purpose=purpose, overlap=overlap, agree=agree, suggestions=False, by=reviewer())
    rules.rules_apply()


def offered() -> list[tuple[int, int]]:
    """(task, number) of the turns that are to be finished."""
    rows = Turn.objects.filter(finished=None, withdrawn=None).order_by("task", "number")
    return list(rows.values_list("task", "number"))


def test_a_rule_holds_for_tasks_that_are_opened_from_then_on() -> None:
    change(3, 2)
    [task] = tasks(1)
    assert offered() == [(task.pk, 1), (task.pk, 2), (task.pk, 3)]
    kept = PurposeRule.objects.get(purpose=Purpose.GOLD)
    assert (kept.overlap, kept.agree, kept.suggestions, kept.changed_by) == (3, 2, False, reviewer())
    assert not kept.pending


@pytest.mark.parametrize(
    ("purpose", "overlap", "agree", "problem"),
    [
        (Purpose.GOLD, 0, 1, "gold: 0 people cannot answer: give a number from 1 to 20"),
        (Purpose.GOLD, 21, 1, "gold: 21 people cannot answer: give a number from 1 to 20"),
        (Purpose.SEED, 2, 3, "seed: 3 of 2 cannot agree: give a number from 1 to 2"),
        (Purpose.ADJUDICATION, 2, 1, "adjudication: one reviewer decides, not 2: give 1"),
    ],
)
def test_numbers_that_cannot_be_are_refused(purpose: Purpose, overlap: int, agree: int, problem: str) -> None:
    with pytest.raises(LabelingError, match=problem):
        change(overlap, agree, purpose=purpose)
    assert PurposeRule.objects.get(purpose=purpose).overlap == 1


def test_tasks_that_nobody_has_begun_lose_the_turns_too_many() -> None:
    rule(Purpose.GOLD, overlap=3)
    first, second = tasks(2)
    change(1)
    assert offered() == [(first.pk, 1), (second.pk, 1)]


def test_whoever_is_at_a_task_stays_and_idle_turns_go() -> None:
    rule(Purpose.GOLD, overlap=2)
    [task] = tasks(1)
    claim(annotator())
    [lease] = claim(annotator("bo"))
    [gone] = Turn.objects.filter(person=annotator())
    step_clock(30)
    send(annotator("bo"))
    Turn.objects.filter(pk=gone.pk).update(person=None, token=None, expires=None, started=None)
    change(1)
    assert offered() == [(task.pk, 2)]
    assert statuses(send(annotator("bo"), *answers(lease))) == ["done"] * 3
    assert Task.objects.get().status == TaskStatus.DONE


def test_of_too_many_who_are_at_a_task_all_may_finish_but_nobody_follows_them() -> None:
    rule(Purpose.GOLD, overlap=2)
    tasks(1)
    leases = [claim(annotator(name))[0] for name in ("anna", "bo")]
    change(1)
    step_clock(60)
    assert len(claim(annotator("cy")) + claim(annotator("dee"))) == 1
    for name, lease in zip(("anna", "bo"), leases, strict=True):
        assert statuses(send(annotator(name), *answers(lease))) == ["done"] * 3
    assert Label.objects.count() == 2


def test_tasks_that_enough_have_answered_already_are_done() -> None:
    rule(Purpose.GOLD, overlap=3, agree=3)
    [task] = tasks(1)
    label_all(annotator())
    label_all(annotator("bo"))
    assert not Label.objects.exists()
    change(2, 2)
    assert Label.objects.get(attribute__code="colour").source == "2 of 2: anna, bo"
    assert Task.objects.get(pk=task.pk).status == TaskStatus.DONE
    assert offered() == []


def test_more_people_are_asked_about_tasks_that_are_begun() -> None:
    [task] = tasks(1)
    [lease] = claim(annotator())
    change(3, 2)
    assert offered() == [(task.pk, 1), (task.pk, 2), (task.pk, 3)]
    assert statuses(send(annotator(), *answers(lease))) == ["done"] * 3
    assert not Label.objects.exists()


def test_turns_that_were_withdrawn_are_offered_again_before_new_ones() -> None:
    rule(Purpose.GOLD, overlap=2)
    [task] = tasks(1)
    claim(annotator())
    change(1)
    change(3)
    assert offered() == [(task.pk, 1), (task.pk, 2), (task.pk, 3)]


def test_done_tasks_stay_done_until_more_people_are_asked_for() -> None:
    first, second = tasks(2)
    label_all(annotator(), 2)
    change(2, 2)
    assert offered() == []
    assert rules.tasks_ask_again(purpose=Purpose.GOLD) == 2
    assert rules.tasks_ask_again(purpose=Purpose.GOLD) == 0
    assert offered() == [(first.pk, 2), (second.pk, 2)]
    assert claim(annotator(), 2) == []
    label_all(annotator("bo"), 2, colour="blue")
    asked = Task.objects.filter(purpose=Purpose.ADJUDICATION)
    assert [task.asks for task in asked] == [["colour"], ["colour"]]


def test_listings_that_are_retired_are_not_asked_about_again() -> None:
    [task] = tasks(1)
    label_all(annotator())
    type(task.listing).objects.update(retired=True)
    change(2)
    assert rules.tasks_ask_again(purpose=Purpose.GOLD) == 0


def test_a_rule_that_cannot_be_sent_is_applied_by_the_beat(settings: Settings) -> None:
    rule(Purpose.GOLD, overlap=2)
    [task] = tasks(1)
    rules.rule_set(purpose=Purpose.GOLD, overlap=1, agree=1, suggestions=True, by=reviewer())
    assert PurposeRule.objects.get(purpose=Purpose.GOLD).pending
    assert len(offered()) == 2
    assert settings.CELERY_BEAT_SCHEDULE["rules-apply"]["task"] == apply_rules.name == rules.RULES_APPLY
    apply_rules()
    assert offered() == [(task.pk, 1)]
    assert not PurposeRule.objects.get(purpose=Purpose.GOLD).pending


def test_whoever_changes_only_suggestions_moves_no_task() -> None:
    rules.rule_set(purpose=Purpose.GOLD, overlap=1, agree=1, suggestions=True, by=reviewer())
    assert not PurposeRule.objects.get(purpose=Purpose.GOLD).pending


def test_many_tasks_are_brought_to_a_rule_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "BATCH", 2)
    rule(Purpose.GOLD, overlap=3)
    made = tasks(5)
    change(2)
    assert offered() == [(task.pk, number) for task in made for number in (1, 2)]


def test_people_are_assigned_verticals_or_all() -> None:
    person, [one, two, three] = UserFactory.create(), [VerticalFactory.create() for _ in range(3)]
    for verticals in ([one.pk, two.pk], [two.pk, three.pk, 10**9], []):
        rules.assignments_set(person_id=person.pk, vertical_ids=verticals)
        assigned = VerticalAssignment.objects.filter(person=person).values_list("vertical_id", flat=True)
        assert set(assigned) == set(verticals) - {10**9}
    with pytest.raises(LabelingError, match="there is no person 77: choose one of the list"):
        rules.assignments_set(person_id=77, vertical_ids=[])


def test_no_overlap_ever_leaves_a_task_with_more_turns_than_it_needs() -> None:
    [task] = tasks(1)
    label_all(annotator())
    Task.objects.update(status=TaskStatus.OPEN)
    for overlap, following in pairwise([4, 2, 5, 1, 3]):
        change(overlap)
        change(following)
        assert len(offered()) == following - 1
        Task.objects.filter(pk=task.pk).update(status=TaskStatus.OPEN)

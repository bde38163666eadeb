import pytest

from labeling.errors import LabelingError
from labeling.models import Label, Purpose, PurposeRule, Task, TaskStatus, Turn
from labeling.second import is_second, needed, overlap_needed, takes_second
from labeling.services import rules
from labeling.services.tasks import turns_restore, turns_withdraw
from tests.factories import TaskFactory
from tests.labeling.workspace import claim, label_all, reviewer, tasks

pytestmark = pytest.mark.django_db


def share(percent: int, **fields: int) -> None:
    """Ask a second opinion of so many reviews, and bring the tasks to it."""
    given = {"overlap": 1, "agree": 1} | fields
    rules.rule_set(
        purpose=Purpose.REVIEW, suggestions=True, second_opinion=percent, by=reviewer("chief"), **given
    )
    rules.rules_apply()


def reviews(number: int = 1) -> list[Task]:
    return tasks(number, purpose=Purpose.REVIEW)


def turns_of(task: Task) -> int:
    """That are finished or to be finished."""
    return task.turns.filter(withdrawn=None).count()


@pytest.mark.parametrize("percent", [0, 1, 10, 50, 100])
def test_the_draw_takes_its_share_and_only_ever_adds(percent: int) -> None:
    drawn = {number for number in range(1, 20_001) if takes_second(number, percent=percent)}
    assert len(drawn) == pytest.approx(percent * 200, abs=40)
    assert all(takes_second(number, percent=min(percent + 5, 100)) for number in drawn)


def test_the_database_draws_the_same() -> None:
    for pk in (1, 2, 999, 2**31 - 1, 2**31, 2**31 + 1, 2**40):
        TaskFactory.create(pk=pk)
    for percent in (0, 7, 30, 61, 100):
        found = set(Task.objects.filter(is_second(percent)).values_list("pk", flat=True))
        every = Task.objects.values_list("pk", flat=True)
        assert found == {pk for pk in every if takes_second(pk, percent=percent)}
        held = PurposeRule(purpose=Purpose.REVIEW, second_opinion=percent, overlap=1)
        asked = dict(Task.objects.annotate(people=overlap_needed(held)).values_list("pk", "people"))
        assert asked == {pk: needed(held, pk).overlap for pk in every}


def test_reviews_that_are_drawn_go_to_two_people_and_others_to_one() -> None:
    share(50)
    made = reviews(20)
    counts = {task.pk: task.turns.count() for task in made}
    assert counts == {task.pk: 2 if takes_second(task.pk, percent=50) else 1 for task in made}
    assert set(counts.values()) == {1, 2}


def test_two_who_agree_settle_a_review_and_the_first_alone_does_not() -> None:
    share(100)
    [task] = reviews()
    label_all(reviewer("rita"), purpose=Purpose.REVIEW)
    assert not Label.objects.exists()
    assert claim(reviewer("rita"), purpose=Purpose.REVIEW) == []
    label_all(reviewer("rob"), purpose=Purpose.REVIEW)
    label = Label.objects.get(attribute__code="colour")
    assert (label.values, label.provenance, label.source) == (["red"], "verdict", "2 of 2: rita, rob")
    assert Task.objects.get(pk=task.pk).status == TaskStatus.DONE


def test_two_who_differ_are_adjudicated() -> None:
    share(100)
    reviews()
    label_all(reviewer("rita"), purpose=Purpose.REVIEW)
    label_all(reviewer("rob"), purpose=Purpose.REVIEW, colour="blue")
    [asked] = Task.objects.filter(purpose=Purpose.ADJUDICATION)
    assert asked.asks == ["colour"]
    assert {label.attribute.code for label in Label.objects.all()} == {"closing"}


def test_a_share_that_grows_reaches_reviews_that_are_open() -> None:
    untouched, begun = reviews(2)
    [lease] = claim(reviewer("rita"), purpose=Purpose.REVIEW)
    assert lease.task_id == untouched.pk
    share(100)
    assert (turns_of(untouched), turns_of(begun)) == (2, 1)
    label_all(reviewer("rob"), 2, purpose=Purpose.REVIEW)
    assert turns_of(begun) == 2
    assert not Label.objects.exists()


def test_a_share_that_shrinks_settles_what_one_person_answered() -> None:
    share(100)
    first, second = reviews(2)
    label_all(reviewer("rita"), purpose=Purpose.REVIEW)
    share(0)
    assert Label.objects.count() == 2
    assert (turns_of(first), turns_of(second)) == (1, 1)


def test_further_people_are_asked_only_where_a_second_opinion_is_missing() -> None:
    made = reviews(12)
    label_all(reviewer("rita"), 12, purpose=Purpose.REVIEW)
    share(50)
    drawn = {task.pk for task in made if takes_second(task.pk, percent=50)}
    assert 0 < len(drawn) < 12
    assert rules.tasks_ask_again(purpose=Purpose.REVIEW) == len(drawn)
    asked = Turn.objects.filter(finished=None, withdrawn=None)
    assert set(asked.values_list("task", flat=True)) == drawn
    assert rules.tasks_ask_again(purpose=Purpose.REVIEW) == 0


def test_a_rule_of_several_people_stays_and_at_least_two_must_agree() -> None:
    held = PurposeRule(purpose=Purpose.REVIEW, overlap=3, agree=1, second_opinion=100)
    assert (needed(held, 5).overlap, needed(held, 5).agree) == (3, 2)


@pytest.mark.parametrize(
    ("purpose", "percent", "problem"),
    [
        (Purpose.REVIEW, 101, "review: a second opinion of 101 % cannot be: give a number from 0 to 100"),
        (Purpose.AUDIT, 5, "audit: only reviews get a second opinion: give 0, or more people for each"),
    ],
)
def test_shares_that_cannot_be_are_refused(purpose: Purpose, percent: int, problem: str) -> None:
    with pytest.raises(LabelingError, match=problem):
        rules.rule_set(
            purpose=purpose, overlap=1, agree=1, suggestions=False, second_opinion=percent, by=reviewer()
        )
    assert PurposeRule.objects.get(purpose=purpose).second_opinion == 0


def test_listings_taken_back_into_use_get_their_second_turns_again() -> None:
    share(50)
    made = reviews(8)
    ids = [task.listing_id for task in made]
    before = {task.pk: turns_of(task) for task in made}
    label_all(reviewer("rita"), purpose=Purpose.REVIEW)
    turns_withdraw(listing_ids=ids)
    assert not Turn.objects.filter(withdrawn=None, finished=None).exists()
    turns_restore(listing_ids=ids)
    assert {task.pk: turns_of(task) for task in made} == before

import pytest

from labeling.models import Label, LabelRevision, Purpose, Task, TaskStatus, Turn
from labeling.services import settling
from labeling.services.turns import turn_send_back
from tests.labeling.workspace import (
    annotator,
    answer,
    answers,
    claim,
    label_all,
    message,
    reviewer,
    rule,
    send,
    statuses,
    step_clock,
    tasks,
)

pytestmark = pytest.mark.django_db


def labels() -> dict[str, tuple[list[str], str, str]]:
    """{attribute: (values, provenance, source)}."""
    rows = Label.objects.values_list("attribute__code", "values", "provenance", "source")
    return {code: (values, provenance, source) for code, values, provenance, source in rows}


def test_one_answer_becomes_the_label_where_one_person_is_asked() -> None:
    [task] = tasks(1)
    label_all(annotator())
    assert labels() == {
        "colour": (["red"], "annotation", "anna"),
        "closing": (["zip"], "annotation", "anna"),
    }
    assert Task.objects.get(pk=task.pk).status == TaskStatus.DONE
    revisions = LabelRevision.objects.values_list("changed_by__username", "reason")
    assert set(revisions) == {("anna", "gold")}


def test_two_who_must_agree_make_a_label_together() -> None:
    rule(Purpose.GOLD, overlap=2, agree=2)
    [task] = tasks(1)
    label_all(annotator())
    assert labels() == {}
    assert Task.objects.get().status == TaskStatus.OPEN
    label_all(annotator("bo"))
    assert labels()["colour"] == (["red"], "annotation", "2 of 2: anna, bo")
    assert Task.objects.get(pk=task.pk).status == TaskStatus.DONE
    assert set(LabelRevision.objects.values_list("reason", flat=True)) == {"gold: 2 of 2 must agree"}


def test_a_majority_outvotes_one_person_as_soon_as_it_is_there() -> None:
    rule(Purpose.GOLD, overlap=3, agree=2)
    tasks(1)
    label_all(annotator())
    label_all(annotator("bo"), colour="blue")
    assert set(labels()) == {"closing"}
    label_all(annotator("cy"))
    assert labels()["colour"] == (["red"], "annotation", "2 of 3: anna, cy")
    assert not Task.objects.filter(purpose=Purpose.ADJUDICATION).exists()


def test_what_is_disputed_goes_to_a_reviewer_whose_answer_is_the_label() -> None:
    rule(Purpose.GOLD, overlap=2, agree=2)
    tasks(1)
    label_all(annotator())
    label_all(annotator("bo"), colour="blue")
    assert set(labels()) == {"closing"}
    asked = Task.objects.get(purpose=Purpose.ADJUDICATION)
    assert (asked.asks, asked.priority) == (["colour"], settling.ADJUDICATION_PRIORITY)
    [lease] = claim(reviewer(), purpose=Purpose.ADJUDICATION)
    sent = [answer(lease, "colour", "blue"), message("finish", lease, seconds=1)]
    assert statuses(send(reviewer(), *sent)) == ["done", "done"]
    assert labels()["colour"] == (["blue"], "adjudication", "rita")
    assert not Task.objects.filter(status=TaskStatus.OPEN).exists()


def test_what_a_reviewer_decided_is_not_asked_again_nor_overruled() -> None:
    test_what_is_disputed_goes_to_a_reviewer_whose_answer_is_the_label()
    turn = Turn.objects.get(person=annotator())
    late = answer(turn.pk, "colour", state="not_visible")
    assert statuses(send(annotator(), late)) == ["done"]
    assert labels()["colour"] == (["blue"], "adjudication", "rita")
    assert Task.objects.filter(purpose=Purpose.ADJUDICATION).count() == 1


def test_further_disputes_are_added_to_the_adjudication_that_is_open() -> None:
    rule(Purpose.GOLD, overlap=2, agree=2)
    tasks(1)
    label_all(annotator())
    label_all(annotator("bo"), colour="blue")
    turn = Turn.objects.get(person=annotator())
    assert statuses(send(annotator(), answer(turn.pk, "closing", "button"))) == ["done"]
    assert Task.objects.get(purpose=Purpose.ADJUDICATION).asks == ["colour", "closing"]


def test_of_a_purpose_with_two_answers_that_one_suffices_for_a_tie_is_disputed() -> None:
    rule(Purpose.GOLD, overlap=2, agree=1)
    tasks(1)
    label_all(annotator())
    assert labels()["colour"][0] == ["red"]
    label_all(annotator("bo"), colour="blue")
    assert Task.objects.get(purpose=Purpose.ADJUDICATION).asks == ["colour"]


def test_a_reviewers_answer_is_a_verdict() -> None:
    tasks(1, purpose=Purpose.REVIEW)
    label_all(reviewer(), purpose=Purpose.REVIEW)
    assert labels()["colour"] == (["red"], "verdict", "rita")


def test_a_question_that_nobody_must_answer_gets_a_label_only_from_an_answer() -> None:
    tasks(2)
    first, second = claim(annotator(), 2)
    send(annotator(), answer(first, "note", "old"), *answers(first), *answers(second))
    assert Label.objects.filter(attribute__code="note").get().values == ["old"]


def test_the_photo_that_shows_it_comes_with_the_label() -> None:
    tasks(1)
    [lease] = claim(annotator())
    closing, finish = answers(lease)[1:]
    send(annotator(), answer(lease, "colour", "red", evidence=1), closing, finish)
    assert dict(Label.objects.values_list("attribute__code", "evidence_position")) == {
        "colour": 1,
        "closing": None,
    }


def test_nobody_is_asked_any_more_when_enough_have_answered() -> None:
    rule(Purpose.GOLD, overlap=2)
    [task] = tasks(1)
    [lost] = claim(annotator())
    step_clock(60)
    [taken] = claim(annotator("bo"))
    send(annotator("bo"), *answers(taken))
    send(annotator(), *answers(lost))
    assert Task.objects.get(pk=task.pk).status == TaskStatus.DONE
    assert claim(annotator("cy")) == []
    assert Turn.objects.filter(withdrawn__isnull=False).count() == 1


def test_a_task_that_a_late_third_person_answered_otherwise_goes_to_a_reviewer() -> None:
    tasks(1)
    [lost] = claim(annotator())
    step_clock(60)
    label_all(annotator("bo"), colour="blue")
    replies = send(annotator(), *answers(lost))
    assert statuses(replies) == ["done", "done", "conflict"]
    assert labels()["colour"][0] == ["blue"]
    assert Task.objects.get(purpose=Purpose.ADJUDICATION).asks == ["colour"]


def test_what_was_sent_back_gets_new_labels_when_it_is_answered_again() -> None:
    tasks(1)
    [done] = label_all(annotator())
    turn_send_back(turn_id=done.turn_id, by=reviewer(), text="it is blue")
    [again] = claim(annotator())
    assert statuses(send(annotator(), answer(again, "colour", "blue"), message("finish", again))) == [
        *("done", "done")
    ]
    assert labels()["colour"][0] == ["blue"]
    assert not Turn.objects.filter(returned__isnull=False).exists()


def test_a_long_list_of_people_is_counted_in_the_source() -> None:
    rule(Purpose.GOLD, overlap=3, agree=3)
    tasks(1)
    for name in "xyz":
        label_all(annotator(name * 60))
    assert labels()["colour"][2] == "3 of 3 people"


def test_a_disputed_question_of_a_retired_listing_opens_no_task() -> None:
    rule(Purpose.GOLD, overlap=2, agree=2)
    [task] = tasks(1)
    label_all(annotator())
    [lease] = claim(annotator("bo"))
    type(task.listing).objects.update(retired=True)
    assert statuses(send(annotator("bo"), *answers(lease, colour="blue"))) == ["done"] * 3
    assert not Task.objects.filter(purpose=Purpose.ADJUDICATION).exists()

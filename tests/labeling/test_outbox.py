from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from catalog.schema.spec import AttributeSpec, ValueSpec
from labeling.leases import Lease
from labeling.models import (
    Annotation,
    Comment,
    Label,
    Purpose,
    Receipt,
    SetAside,
    Task,
    TaskStatus,
    Turn,
)
from tests.factories import AttributeFactory, SuggestionFactory
from tests.labeling.workspace import (
    COLOUR,
    annotator,
    answer,
    answers,
    bag,
    claim,
    message,
    reviewer,
    send,
    statuses,
    step_clock,
    tasks,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lease() -> Lease:
    """A lease of anna's on the only task."""
    tasks(1)
    [lease] = claim(annotator())
    return lease


def said() -> list[tuple[str, list[str], str]]:
    """What anna says now: (attribute, values, state)."""
    rows = Annotation.objects.filter(annotator=annotator(), withdrawn=None).order_by("pk")
    return list(rows.values_list("attribute__code", "values", "state"))


def error(replies: list[dict[str, Any]]) -> str:
    """Why the only message was refused."""
    [reply] = replies
    assert reply["status"] == "refused", reply
    return str(reply["error"])


def test_an_answer_is_kept_with_all_that_belongs_to_it(lease: Lease) -> None:
    task = Task.objects.get()
    suggestion = SuggestionFactory.create(
        listing=task.listing, attribute=task.listing.vertical.attributes.get(code="colour")
    )
    sent = answer(lease, "colour", "red", evidence=1, suggestion=suggestion.pk)
    assert send(annotator(), sent) == [{"key": sent["key"], "status": "done"}]
    kept = Annotation.objects.get()
    assert (kept.values, kept.state, kept.evidence_position) == (["red"], "", 1)
    assert (kept.task, kept.listing, kept.annotator) == (task, task.listing, annotator())
    assert (kept.suggestion, kept.lease, kept.withdrawn) == (suggestion, lease.token, None)
    assert kept.schema_version == task.listing.vertical.schema_versions.get()
    assert not Label.objects.exists()


def test_the_same_message_again_changes_nothing_and_gets_the_same_reply(lease: Lease) -> None:
    sent = [*answers(lease), message("remark", lease, text="blurred", flag=True)]
    replies = send(annotator(), *sent)
    assert send(annotator(), *sent) == send(annotator(), *sent, *sent)[4:] == replies
    assert (Annotation.objects.count(), Receipt.objects.count(), Comment.objects.count()) == (2, 4, 1)


def test_a_message_that_comes_twice_in_a_request_is_done_once(lease: Lease) -> None:
    remark = message("remark", lease, text="blurred")
    first, second = send(annotator(), remark, remark)
    assert first == second == {"key": remark["key"], "status": "done", "comment": Comment.objects.get().pk}


def test_two_people_may_use_the_same_key(lease: Lease) -> None:
    tasks(1)
    [other] = claim(annotator("bo"))
    assert statuses(send(annotator(), answer(lease, "colour", "red", key="k"))) == ["done"]
    assert statuses(send(annotator("bo"), answer(other, "colour", "blue", key="k"))) == ["done"]
    assert Annotation.objects.count() == 2


def test_a_new_answer_takes_the_place_of_the_earlier_one_which_is_kept(lease: Lease) -> None:
    send(annotator(), answer(lease, "colour", "red"), answer(lease, "colour", state="not_visible"))
    assert said() == [("colour", [], "not_visible")]
    assert Annotation.objects.exclude(withdrawn=None).get().values == ["red"]


def test_an_answer_is_taken_back(lease: Lease) -> None:
    send(annotator(), answer(lease, "colour", "red"), answer(lease, "colour"))
    assert said() == []
    assert Annotation.objects.count() == 1
    assert statuses(send(annotator(), answer(lease, "closing"))) == ["done"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"attribute": "size"},
            "attribute 'size' is not asked (any more): answer one of colour, closing, note",
        ),
        ({"values": ["green"]}, "'green' is not allowed: give one of red, blue"),
        ({"values": ["red", "blue"]}, "['red', 'blue'] are several values: give one of red, blue"),
        ({"state": "unknown"}, "both the values ['red'] and the state 'unknown': give one of them"),
        ({"values": [], "state": "hidden"}, "'hidden' is no state: use one of"),
        ({"evidence": 2}, "there is no photo 2: give a number from 1 to 1"),
        ({"suggestion": 77}, "there is no suggestion 77 for it: leave it out"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_with_the_reason(
    lease: Lease, fields: dict[str, Any], problem: str
) -> None:
    where = f"listing '{Task.objects.get().listing}'"
    told = error(send(annotator(), answer(lease, "colour", "red") | fields))
    assert told.startswith(where) and problem in told
    assert not Annotation.objects.exists() and not Receipt.objects.exists()


def test_a_suggestion_about_another_question_is_refused(lease: Lease) -> None:
    other = SuggestionFactory.create(attribute=AttributeFactory.create())
    assert "there is no suggestion" in error(
        send(annotator(), answer(lease, "colour", "red", suggestion=other.pk))
    )


def test_what_is_refused_does_not_keep_the_rest_of_a_request_from_being_done(lease: Lease) -> None:
    sent = [answer(lease, "colour", "red"), answer(lease, "colour", "green"), answer(lease, "closing", "zip")]
    assert statuses(send(annotator(), *sent, {"kind": "dance"})) == ["done", "refused", "done", "refused"]
    assert said() == [("colour", ["red"], ""), ("closing", ["zip"], "")]


def test_a_message_that_was_refused_may_come_again(lease: Lease) -> None:
    finish = message("finish", lease)
    assert "not answered yet: Closing" in error(send(annotator(), answer(lease, "colour", "red"), finish)[1:])
    assert statuses(send(annotator(), answer(lease, "closing", "zip"), finish)) == ["done", "done"]


def test_messages_that_come_in_another_order_lose_nothing(lease: Lease) -> None:
    colour, closing, finish = answers(lease)
    assert statuses(send(annotator(), finish, closing, colour)) == ["refused", "done", "done"]
    assert statuses(send(annotator(), finish)) == ["done"]
    assert Label.objects.count() == 2


@pytest.mark.parametrize("kind", ["answer", "finish", "aside", "reopen", "remark"])
def test_a_turn_that_was_never_the_persons_is_refused_like_one_that_is_not_there(
    lease: Lease, kind: str
) -> None:
    fields = {"attribute": "colour", "values": ["red"], "text": "hi", "reason": "no", "seconds": 1}
    if kind == "remark":
        fields.pop("attribute")
    refusal = "it was never yours, or is gone: take the next item"
    for token in (None, str(lease.token), str(uuid4())):
        told = error(send(annotator("bo"), message(kind, lease.turn_id, **fields) | {"token": token}))
        assert told == f"turn {lease.turn_id}: {refusal}"
    assert error(send(annotator("bo"), message(kind, 10**9, **fields))) == f"turn {10**9}: {refusal}"
    assert not Receipt.objects.exists() and not Annotation.objects.exists() and not Comment.objects.exists()


def test_whoever_may_not_work_on_the_purpose_any_more_is_refused() -> None:
    tasks(1, purpose=Purpose.REVIEW)
    person = reviewer()
    [lease] = claim(person, purpose=Purpose.REVIEW)
    person.groups.clear()
    person = type(person).objects.get(pk=person.pk)
    assert "it was never yours" in error(send(person, answer(lease, "colour", "red")))


def test_whoever_lost_a_turn_may_still_answer_and_finish_it(lease: Lease) -> None:
    step_clock(60)
    [taken] = claim(annotator("bo"))
    assert statuses(send(annotator("bo"), *answers(taken))) == ["done"] * 3
    replies = send(annotator(), *answers(lease, colour="blue"))
    assert statuses(replies) == ["done", "done", "conflict"]
    assert replies[2]["theirs"] == [
        {"attribute": "colour", "values": ["red"], "state": "", "evidence": None, "by": "bo"}
    ]
    turns = Turn.objects.filter(task=lease.task_id, finished__isnull=False).order_by("number")
    assert [(turn.person, turn.number) for turn in turns] == [(annotator("bo"), 1), (annotator(), 2)]
    assert Task.objects.get(purpose=Purpose.ADJUDICATION).asks == ["colour"]


def test_whoever_finishes_a_lost_turn_first_leaves_the_other_at_it_and_asks_nobody_else(lease: Lease) -> None:
    step_clock(60)
    [taken] = claim(annotator("bo"))
    assert statuses(send(annotator(), *answers(lease))) == ["done"] * 3
    assert Task.objects.get(pk=lease.task_id).status == TaskStatus.DONE
    step_clock(60)
    assert claim(annotator("cy")) == []
    assert statuses(send(annotator("bo"), *answers(taken, colour="blue"))) == ["done"] * 3
    assert Task.objects.get(purpose=Purpose.ADJUDICATION).asks == ["colour"]


def test_a_turn_that_was_released_and_that_nobody_took_is_finished_as_it_is(lease: Lease) -> None:
    send(annotator(), message("aside", lease, minutes=5))
    assert statuses(send(annotator(), *answers(lease))) == ["done"] * 3
    assert Turn.objects.get().person == annotator()


def test_another_window_with_a_newer_lease_is_not_overwritten(lease: Lease) -> None:
    step_clock(60)
    [newer] = claim(annotator())
    assert statuses(send(annotator(), *answers(newer, colour="blue"))) == ["done"] * 3
    late = answer(lease, "colour", "red")
    theirs = {"attribute": "colour", "values": ["blue"], "state": "", "evidence": None, "by": "anna"}
    assert send(annotator(), late) == [{"key": late["key"], "status": "conflict", "theirs": [theirs]}]
    assert said() == [("colour", ["blue"], ""), ("closing", ["zip"], "")]
    assert Annotation.objects.get(values=["red"]).withdrawn is not None
    assert statuses(send(annotator(), answer(lease, "colour", "blue"))) == ["done"]
    assert statuses(send(annotator(), answer(lease, "closing", "zip"), message("finish", lease))) == [
        *("done", "done"),
    ]
    assert Label.objects.get(attribute__code="colour").values == ["blue"]


def test_the_lease_that_holds_replaces_what_was_said_under_an_older_one(lease: Lease) -> None:
    send(annotator(), answer(lease, "colour", "red"))
    step_clock(60)
    [newer] = claim(annotator())
    assert statuses(send(annotator(), answer(newer, "colour", "blue"))) == ["done"]
    assert said() == [("colour", ["blue"], "")]


def test_an_answer_after_the_end_changes_the_label_but_none_can_be_taken_back(lease: Lease) -> None:
    send(annotator(), *answers(lease))
    assert statuses(send(annotator(), answer(lease, "colour", "blue"))) == ["done"]
    assert Label.objects.get(attribute__code="colour").values == ["blue"]
    assert "the listing is finished: reopen it first" in error(send(annotator(), answer(lease, "colour")))
    assert said() == [("closing", ["zip"], ""), ("colour", ["blue"], "")]


def test_a_skip_needs_a_reason_and_lasts(lease: Lease) -> None:
    assert "no reason: say why you skip it" in error(send(annotator(), message("aside", lease, reason=" ")))
    assert statuses(send(annotator(), message("aside", lease, reason="blurred"))) == ["done"]
    aside = SetAside.objects.get()
    assert (aside.person, aside.reason, aside.until) == (annotator(), "blurred", None)
    step_clock(10**7)
    assert claim(annotator()) == []
    assert len(claim(annotator("bo"))) == 1


def test_what_is_postponed_comes_back_with_its_answers(lease: Lease) -> None:
    send(annotator(), answer(lease, "colour", "red"), message("aside", lease, minutes=10))
    assert claim(annotator()) == []
    step_clock(601)
    assert len(claim(annotator())) == 1
    assert said() == [("colour", ["red"], "")]


def test_a_flag_is_a_remark_that_waits(lease: Lease) -> None:
    send(annotator(), message("remark", lease, attribute="colour", text=" red or rust? ", flag=True))
    remark = Comment.objects.get()
    assert (remark.text, remark.is_flag, remark.resolved) == ("red or rust?", True, None)
    assert remark.attribute is not None and remark.attribute.code == "colour"


def test_reopening_gives_the_item_with_its_answers_and_leaves_the_labels(lease: Lease) -> None:
    send(annotator(), *answers(lease))
    [reply] = send(annotator(), reopen := message("reopen", lease.turn_id))
    assert reply["item"]["turn"] == lease.turn_id and reply["item"]["token"] == reply["token"]
    assert reply["item"]["answers"]["colour"] == {
        **{"values": ["red"], "state": "", "evidence": None},
        "reasoning_wrong": False,
    }
    assert reply["item"]["again"] is True
    assert Label.objects.get(attribute__code="colour").values == ["red"]
    assert send(annotator(), reopen) == [reply]


def test_labels_follow_what_is_changed_in_a_reopened_listing_also_if_it_is_never_finished_again(
    lease: Lease,
) -> None:
    send(annotator(), *answers(lease))
    [reply] = send(annotator(), message("reopen", lease.turn_id))
    change = answer(lease.turn_id, "colour", "blue") | {"token": reply["token"]}
    assert statuses(send(annotator(), change)) == ["done"]
    assert Label.objects.get(attribute__code="colour").values == ["blue"]
    finish = message("finish", lease.turn_id, seconds=3) | {"token": reply["token"]}
    assert statuses(send(annotator(), finish)) == ["done"]
    assert Label.objects.get(attribute__code="colour").values == ["blue"]
    assert Turn.objects.get().seconds == 7


def test_an_answer_that_is_taken_back_while_reopened_leaves_the_label_until_another_is_given(
    lease: Lease,
) -> None:
    send(annotator(), *answers(lease))
    [reply] = send(annotator(), message("reopen", lease.turn_id))
    token = {"token": reply["token"]}
    assert statuses(send(annotator(), answer(lease.turn_id, "colour") | token)) == ["done"]
    assert Label.objects.get(attribute__code="colour").values == ["red"]
    assert "not answered yet: Colour" in error(send(annotator(), message("finish", lease.turn_id) | token))
    assert statuses(send(annotator(), answer(lease.turn_id, "colour", "blue") | token)) == ["done"]
    assert Label.objects.get(attribute__code="colour").values == ["blue"]


def test_a_repeated_reopening_whose_lease_is_gone_has_no_item(lease: Lease) -> None:
    send(annotator(), *answers(lease))
    reopen = message("reopen", lease.turn_id)
    [reply] = send(annotator(), reopen)
    send(annotator(), message("finish", lease.turn_id) | {"token": reply["token"]})
    assert send(annotator(), reopen) == [reply | {"item": None}]


def test_only_what_is_finished_can_be_reopened(lease: Lease) -> None:
    assert "you have not finished it" in error(send(annotator(), message("reopen", lease)))


def test_messages_of_one_request_see_what_those_before_did(lease: Lease) -> None:
    sent = [*answers(lease), message("reopen", lease.turn_id), message("finish", lease, seconds=1)]
    assert statuses(send(annotator(), *sent)) == ["done"] * 5
    assert Turn.objects.get().token is None


def test_a_schema_that_changed_meanwhile_refuses_what_is_not_allowed_any_more(lease: Lease) -> None:
    green = AttributeSpec("colour", "Colour", values=(ValueSpec("green", "Green"),))
    size = AttributeSpec("size", "Size", values=(ValueSpec("s", "S"),))
    send(annotator(), answer(lease, "closing", "zip"))
    bag(green, size)
    replies = send(annotator(), answer(lease, "colour", "red"), answer(lease, "closing", "zip"))
    assert "'red' is not allowed: give one of green" in replies[0]["error"]
    assert "attribute 'closing' is not asked (any more): answer one of colour, size" in replies[1]["error"]
    replies = send(annotator(), answer(lease, "colour", "green"), message("finish", lease))
    assert "not answered yet: Size: answer, or choose a state" in replies[1]["error"]
    assert statuses(send(annotator(), answer(lease, "size", "s"), message("finish", lease))) == ["done"] * 2
    assert set(Label.objects.values_list("attribute__code", flat=True)) == {"colour", "size"}


def test_a_listing_that_was_retired_meanwhile_can_still_be_finished(lease: Lease) -> None:
    task = Task.objects.get()
    task.listing.retired = True
    task.listing.save()
    assert statuses(send(annotator(), *answers(lease))) == ["done"] * 3
    assert Label.objects.count() == 2


def test_the_number_of_queries_of_a_request_grows_by_one_an_answer() -> None:
    person = annotator()
    codes = [f"a{number}" for number in range(8)]
    tasks(3, vertical=bag(*(AttributeSpec(code, code, values=COLOUR.values) for code in codes)))
    warm, one, two = claim(person, 3)
    send(person, answer(warm, "a0", "red"))

    def queries(*sent: dict[str, Any]) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert set(statuses(send(person, *sent))) == {"done"}
        return len(captured)

    first = queries(answer(one, "a0", "red"))
    assert queries(*(answer(two, code, "red") for code in codes)) == first + 7


def test_a_message_that_was_done_before_takes_few_queries(
    lease: Lease, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    send(annotator(), *(sent := answers(lease)))
    person = annotator()
    with django_assert_num_queries(4):
        send(person, *sent)

"""The labelling screen as a form, without a browser."""

from typing import Any

from catalog.schema.spec import AttributeSpec, ValueSpec
from labeling.plainform import Vote, form_messages, plain_questions
from tests.labeling.workspace import CLOSING, COLOUR, NOTE

HEAD = {"key": ["k"], "turn": ["7"], "token": ["t"]}


def test_a_finished_form_is_its_answers_and_the_end() -> None:
    form = HEAD | {
        "do": ["finish"],
        "answer-colour": ["", "value:red"],
        "evidence-colour": ["2"],
        "answer-closing": ["", "value:zip", "value:button"],
        "answer-fit": ["state:not_visible"],
        "evidence-fit": [""],
    }
    *answers, end = form_messages(form)
    assert [one["key"] for one in answers] == ["k:0", "k:1", "k:2"]
    assert {(one["turn"], one["token"], one["kind"]) for one in answers} == {(7, "t", "answer")}
    assert [(one["values"], one["state"], one["evidence"]) for one in answers] == [
        (["red"], "", 2),
        (["zip", "button"], "", None),
        ([], "not_visible", None),
    ]
    assert end == {"turn": 7, "token": "t", "kind": "finish", "key": "k", "seconds": 0}


def test_a_question_left_open_takes_its_answer_back() -> None:
    form = HEAD | {"do": ["finish"], "answer-note": [""], "evidence-note": ["1"]}
    answer, _ = form_messages(form)
    assert (answer["values"], answer["state"], answer["evidence"]) == ([], "", None)


def test_skipping_and_postponing_say_nothing_else() -> None:
    said = {"answer-colour": ["value:red"], "reason": ["blurred"], "minutes": ["60"]}
    (skipped,) = form_messages(HEAD | said | {"do": ["skip"]})
    assert (skipped["kind"], skipped["reason"], skipped["minutes"]) == ("aside", "blurred", None)
    (postponed,) = form_messages(HEAD | said | {"do": ["postpone"]})
    assert (postponed["kind"], postponed["reason"], postponed["minutes"]) == ("aside", "", 60)


def test_a_form_of_nonsense_is_left_to_the_outbox_to_refuse() -> None:
    (end,) = form_messages({"turn": ["seven"], "do": ["finish"]})
    assert (end["turn"], end["token"], end["key"]) == (None, None, "")


def test_questions_show_what_was_said_and_then_what_was_typed() -> None:
    said: dict[str, dict[str, Any]] = {"colour": {"values": ["blue"], "state": "", "evidence": 3}}
    colour, closing, _ = plain_questions([COLOUR, CLOSING, NOTE], answers=said, typed={})
    assert [one.name for one in colour.choices if one.chosen] == ["value:blue"]
    assert (colour.evidence, closing.evidence) == ("3", "")
    typed = {"answer-colour": ["state:unknown"], "evidence-colour": [""]}
    (colour,) = plain_questions([COLOUR], answers=said, typed=typed)
    assert [one.name for one in colour.choices if one.chosen] == ["state:unknown"]
    assert colour.evidence == ""


def test_only_optional_questions_may_stay_open() -> None:
    colour, note = plain_questions([COLOUR, NOTE], answers={}, typed={})
    assert "Leave open" not in [one.label for one in colour.choices]
    assert [one.label for one in note.choices if one.chosen] == ["Leave open"]


def test_many_values_of_which_one_counts_unfold() -> None:
    values = tuple(ValueSpec(f"v{number}", f"V {number}") for number in range(12))
    one, several = (AttributeSpec("a", "A", values=values, multi=multi) for multi in (False, True))
    assert [question.is_list for question in plain_questions([one, several], answers={}, typed={})] == [
        True,
        False,
    ]


def test_a_review_has_the_vote_to_read_and_reasoning_can_be_wrong() -> None:
    chains = [{"text": text, "answer": "Red", "logprob": None} for text in ("surest", "less sure")]
    shown = {"id": 9, "shares": {"Blue": 0.25, "Red": 0.75}, "leading": "Red", "chains": chains}
    colour, note = plain_questions([COLOUR, NOTE], answers={}, typed={}, suggestions={"colour": shown})
    assert colour.votes == (Vote("Red", 75, ("surest", "less sure")), Vote("Blue", 25, ()))
    assert (colour.suggestion, colour.is_wrong, note.votes, note.suggestion) == (9, False, (), None)
    form = {colour.field: ["value:red"], colour.suggestion_field: ["9"], colour.wrong_field: ["1"]}
    answer, _ = form_messages(HEAD | {"do": ["finish"]} | form)
    assert (answer["suggestion"], answer["reasoning_wrong"]) == (9, True)
    (again,) = plain_questions([COLOUR], answers={}, typed=form, suggestions={"colour": shown})
    assert again.is_wrong


def test_a_suggestion_without_chains_is_not_shown_before_the_answer() -> None:
    shown = {"id": 9, "shares": {"Red": 1.0}, "leading": "Red"}
    (colour,) = plain_questions([COLOUR], answers={}, typed={}, suggestions={"colour": shown})
    assert (colour.votes, colour.suggestion) == ((), None)

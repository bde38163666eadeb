import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from training.ml.gate import (
    GateOutcome,
    GateParams,
    GoldAnswers,
    GoldQuestion,
    Why,
    gate,
    mcnemar_exact,
    p_text,
    refused,
)

LENIENT = GateParams(fewest=1)


def answers(right: str, *, vertical: str = "cap", number: int = 1, truth: str = "red") -> GoldAnswers:
    """A version that answered one question a letter: r rightly, w wrongly, n in no readable way."""
    said = {"r": truth, "w": "something else", "n": None}
    return GoldAnswers(
        number,
        {f"{vertical}-{place}": GoldQuestion(vertical, "as ever", truth) for place in range(len(right))},
        {f"{vertical}-{place}": said[letter] for place, letter in enumerate(right)},
    )


def together(*parts: GoldAnswers) -> GoldAnswers:
    """One version on several verticals."""
    return GoldAnswers(
        parts[0].round_number,
        {name: one for part in parts for name, one in part.questions.items()},
        {name: one for part in parts for name, one in part.answers.items()},
    )


def whys(outcome: GateOutcome) -> list[Why]:
    return [reason.why for reason in outcome.reasons]


@given(st.integers(0, 400), st.integers(0, 400))
def test_p_is_that_of_scipys_two_sided_binomial_test(b: int, c: int) -> None:
    expected = binomtest(b, b + c, 0.5).pvalue if b + c else 1.0
    assert mcnemar_exact(b, c) == pytest.approx(expected, rel=1e-9)


def test_p_of_a_published_table() -> None:
    # Airway hyper-responsiveness before and after stem cell transplantation, in Fagerland et al. 2013.
    assert mcnemar_exact(1, 7) == pytest.approx(0.0703125)


def test_p_stays_a_number_for_very_many_discordant_pairs() -> None:
    assert mcnemar_exact(9_000, 11_000) == pytest.approx(binomtest(9_000, 20_000).pvalue, rel=1e-6)


@pytest.mark.parametrize(("b", "c"), [(-1, 2), (2, -1)])
def test_negative_counts_are_refused(b: int, c: int) -> None:
    with pytest.raises(ValueError, match="counts are not negative"):
        mcnemar_exact(b, c)


def test_a_version_that_wins_enough_questions_passes() -> None:
    outcome = gate(answers("r" * 60), answers("r" * 54 + "w" * 6))
    assert outcome.passed
    assert (outcome.questions, outcome.wins, outcome.losses, outcome.both_right) == (60, 6, 0, 54)
    assert outcome.p_value == pytest.approx(2 / 64)


def test_five_wins_are_not_enough_whatever_the_number_of_questions() -> None:
    outcome = gate(answers("r" * 900), answers("r" * 895 + "w" * 5))
    assert whys(outcome) == [Why.NOT_SIGNIFICANT]
    assert "alone is right on 5 and the champion alone on 0 of 900 gold questions (p = 0.062)" in (
        outcome.reasons[0].text
    )


def test_a_version_that_loses_significantly_is_said_to_be_worse() -> None:
    outcome = gate(answers("r" * 200 + "w" * 6), answers("r" * 206))
    assert whys(outcome) == [Why.WORSE]


def test_an_unreadable_answer_is_wrong() -> None:
    outcome = gate(answers("r" * 60), answers("r" * 54 + "n" * 6))
    assert outcome.wins == 6


def test_a_vertical_may_lose_the_margin_and_no_more() -> None:
    better = answers("r" * 60, vertical="bag"), answers("w" * 60, vertical="bag")
    within = gate(
        together(better[0], answers("r" * 38 + "ww")),
        together(better[1], answers("r" * 40)),
    )
    assert within.passed
    beyond = gate(
        together(better[0], answers("r" * 37 + "www")),
        together(better[1], answers("r" * 40)),
    )
    assert [reason.text for reason in beyond.reasons] == [
        "Vertical 'cap' is 7.5 points worse than the champion: "
        "37 instead of 40 of 40 gold questions are right, and the margin is 5.0."
    ]


def test_too_few_gold_questions_decide_nothing() -> None:
    outcome = gate(answers("r" * 49), answers("w" * 49))
    assert whys(outcome) == [Why.TOO_FEW]
    assert gate(answers("r" * 50), answers("w" * 50)).passed


def test_another_gold_set_is_refused_with_what_to_do() -> None:
    champion = answers("w" * 10)
    outcome = gate(answers("r" * 60), champion)
    assert whys(outcome) == [Why.OTHER_GOLD]
    assert "it answered 10 of this version's 60 gold questions" in outcome.reasons[0].text
    assert "start a round now" in outcome.reasons[0].text
    assert outcome.unshared == 50


def test_without_a_shared_question_there_is_no_p() -> None:
    outcome = gate(answers("rr", vertical="bag"), answers("rr", vertical="cap"), LENIENT)
    assert outcome.p_value is None
    assert whys(outcome) == [Why.OTHER_GOLD]


def test_a_vertical_that_only_one_version_answered_is_named() -> None:
    version, champion = answers("r" * 60), answers("w" * 60)
    new = gate(together(version, answers("rrr", vertical="bag")), champion)
    assert [reason.text.partition(":")[0] for reason in new.reasons] == ["Vertical 'bag' cannot be compared"]
    assert "the champion never answered" in new.reasons[0].text
    gone = gate(version, together(champion, answers("rrr", vertical="bag")))
    assert whys(gone) == [Why.VERTICAL_UNKNOWN]
    assert "this version never answered" in gone.reasons[0].text


def test_a_question_that_was_asked_in_other_words_is_not_compared() -> None:
    version, champion = answers("r" * 60), answers("w" * 60)
    questions = {**champion.questions, "cap-0": GoldQuestion("cap", "with other allowed values", "red")}
    outcome = gate(version, GoldAnswers(1, questions, champion.answers))
    assert (outcome.questions, outcome.unshared) == (59, 1)


@pytest.mark.parametrize("newest", [1, 3])
def test_both_are_judged_by_the_labels_of_the_newer_round(newest: int) -> None:
    """The champion's labels of round 2 say red, the version's say blue; both answered red throughout."""
    champion = answers("r" * 60, number=2, truth="red")
    version = GoldAnswers(
        newest,
        {name: GoldQuestion("cap", "as ever", "blue") for name in champion.questions},
        champion.answers,
    )
    outcome = gate(version, champion)
    assert (outcome.wins, outcome.losses) == (0, 0)
    assert outcome.both_right == (0 if newest == 3 else 60)
    assert outcome.relabelled == 60


def test_who_always_gives_the_most_frequent_label_of_an_attribute_is_counted() -> None:
    """Forty red and thirty blue caps, and fifty lamps whose shades are of ten colours."""
    labels = ["red"] * 40 + ["blue"] * 30 + [f"colour {number % 10}" for number in range(50)]
    asked = {
        f"{place}": GoldQuestion("cap" if place < 70 else "lamp", "as ever", label, "colour")
        for place, label in enumerate(labels)
    }
    said = {name: one.truth if int(name) < 44 else None for name, one in asked.items()}
    version, champion = GoldAnswers(1, asked, said), GoldAnswers(1, asked, dict.fromkeys(asked))
    outcome = gate(version, champion)
    assert (outcome.most_frequent, outcome.correct, outcome.passed) == (45, 44, True)
    assert outcome.is_below_most_frequent
    knows_one_more = GoldAnswers(1, asked, said | {"44": "blue"})
    assert not gate(knows_one_more, champion).is_below_most_frequent


def test_an_outcome_of_before_they_were_counted_says_nothing_of_them() -> None:
    kept = gate(answers("r" * 40), answers("w" * 40)).to_json()
    del kept["most_frequent"]
    assert not GateOutcome.from_json(kept).is_below_most_frequent


def test_an_outcome_survives_storage() -> None:
    outcome = gate(answers("r" * 37 + "www"), answers("r" * 40))
    assert outcome.reasons
    assert GateOutcome.from_json(json.loads(json.dumps(outcome.to_json()))) == outcome


def test_a_refusal_does_not_pass_and_counts_nothing() -> None:
    outcome = refused("There are no answers.")
    assert (outcome.passed, whys(outcome), outcome.p_value) == (False, [Why.NO_ANSWERS], None)


def test_p_is_written_for_people() -> None:
    assert [p_text(p) for p in (1.0, 0.0312, 0.0004)] == ["= 1.000", "= 0.031", "< 0.001"]

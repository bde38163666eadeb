"""The chains of an evaluation, question by question."""

from __future__ import annotations

import pytest

from training.ml.golds import answers_on_gold
from training.ml.records import Chain
from training.ml.shards import GREEDY


def chains(question_id: str, greedy: str | None, *sampled: tuple[str | None, float]) -> list[Chain]:
    drawn = [(greedy, -0.5), *sampled]
    return [
        Chain(question_id, index, "text", answer, logprob)
        for index, (answer, logprob) in enumerate(drawn, GREEDY)
    ]


def test_the_greedy_answer_stands_beside_the_vote_of_the_others() -> None:
    [one] = answers_on_gold(
        chains("a/colour", "blue", ("red", -1.0), ("red", -3.0), ("blue", -9.0), (None, 0.0))
    )
    assert (one.question_id, one.greedy, one.vote.majority, one.vote.agreement) == (
        *("a/colour", "blue", "red"),
        0.5,
    )
    assert dict(one.vote.counts) == {"red": 2, "blue": 1}
    assert one.logprob == pytest.approx(-2.0), "of the chains that say red"


def test_without_an_answer_there_is_no_log_probability() -> None:
    [one] = answers_on_gold(chains("a/colour", None, (None, -1.0), (None, -2.0)))
    assert (one.greedy, one.vote.majority, one.vote.agreement, one.logprob) == (None, None, 0.0, None)


def test_questions_come_in_the_order_of_their_chains() -> None:
    drawn = [*chains("b/x", "1", ("1", -1.0)), *chains("a/x", "2", ("2", -1.0))]
    assert [one.question_id for one in answers_on_gold(drawn)] == ["b/x", "a/x"]

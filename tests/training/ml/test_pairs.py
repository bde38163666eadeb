"""Pairs prefer chains of the majority, and only where chains disagree."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.ml.test_vote import cast
from training.ml.confirmed import Confirmed
from training.ml.pairs import make_pairs
from training.ml.params import PairParams
from training.ml.records import Chain, Pair
from training.ml.vote import count_votes

MANY = PairParams(pairs_per_question=100)
answers = st.lists(st.sampled_from(["red", "green", "blue", None]), min_size=1, max_size=10)


def distinct(said: Sequence[str | None], *, question: str = "a/colour") -> list[Chain]:
    """Chains that all say something else, in the words of chains with the same answer."""
    return [replace(chain, text=f"{chain.index}: {chain.answer}") for chain in cast(said, question=question)]


def pairs_of(chains: list[Chain], params: PairParams = MANY, *, seed: int = 0) -> list[Pair]:
    return make_pairs(chains, count_votes(chains), params, seed=seed)


def test_every_majority_chain_can_win_over_every_other() -> None:
    made = pairs_of(distinct(["red", "red", "green", None]))
    assert {(pair.chosen, pair.rejected) for pair in made} == {
        (chosen, rejected) for chosen in ("0: red", "1: red") for rejected in ("2: green", "3: None")
    }


@pytest.mark.parametrize("said", [["red"] * 4, [None] * 4])
def test_a_unanimous_question_and_one_without_answers_give_no_pair(said: list[str | None]) -> None:
    assert pairs_of(distinct(said)) == []


def test_no_pair_is_made_twice() -> None:
    assert len(pairs_of(cast(["red", "red", "red", "green", "green"]))) == 1


def test_a_text_that_many_chains_said_is_drawn_as_often() -> None:
    many, once, lost = distinct(["red", "red", "green"])
    chains = [*(replace(many, index=index) for index in range(6)), once, lost]
    one = PairParams(pairs_per_question=1)
    drawn = Counter(pair.chosen for seed in range(700) for pair in pairs_of(chains, one, seed=seed))
    assert 560 < drawn[many.text] < 640, "six in seven of 700, within about four deviations"
    both = pairs_of(chains, PairParams(pairs_per_question=5))
    assert {pair.chosen for pair in both} == {many.text, once.text}


def test_a_question_gives_at_most_so_many_pairs() -> None:
    chains = distinct(["red"] * 5 + ["green"] * 3)
    made = pairs_of(chains, PairParams(pairs_per_question=4))
    assert len({(pair.chosen, pair.rejected) for pair in made}) == len(made) == 4


@pytest.mark.parametrize(("threshold", "count"), [(0.0, 1), (0.5, 1), (0.51, 0)])
def test_a_question_below_the_vote_threshold_gives_no_pair(threshold: float, count: int) -> None:
    made = pairs_of(distinct(["red", "red", "green", None]), PairParams(vote_threshold=threshold))
    assert len(made) == count


def test_a_pair_knows_its_votes_and_weighs_one_or_their_margin() -> None:
    chains = distinct(["red"] * 5 + ["green"] * 2 + [None])
    plain = pairs_of(chains)
    weighted = pairs_of(chains, replace(MANY, weighting="margin"))
    assert {pair.weight for pair in plain} == {1.0}
    by_loser = {pair.rejected: pair for pair in weighted}
    assert (by_loser["5: green"].weight, by_loser["7: None"].weight) == (3 / 8, 5 / 8)
    assert [replace(pair, weight=1.0) for pair in weighted] == plain
    green = by_loser["6: green"]
    assert (green.chosen_votes, green.rejected_votes, green.chains) == (5, 2, 8)


@given(answers, st.integers())
def test_the_majority_always_wins(said: list[str | None], seed: int) -> None:
    chains = distinct(said)
    (vote,) = count_votes(chains)
    answer_of = {chain.text: chain.answer for chain in chains}
    for pair in pairs_of(chains, seed=seed):
        assert answer_of[pair.chosen] == vote.majority
        assert answer_of[pair.rejected] != vote.majority
        assert pair.chosen_votes >= pair.rejected_votes


@given(st.integers(), st.integers())
def test_the_draw_depends_on_seed_and_question_alone(seed: int, order: int) -> None:
    params = PairParams(pairs_per_question=2)
    said = ["red"] * 5 + ["green"] * 3
    alone = distinct(said)
    other = distinct(said, question="b/colour")
    together = random.Random(order).choice((alone + other, other + alone))
    made = pairs_of(together, params, seed=seed)
    assert [pair for pair in made if pair.question_id == "a/colour"] == pairs_of(alone, params, seed=seed)


def test_another_seed_draws_other_pairs() -> None:
    chains = distinct(["red"] * 5 + ["green"] * 5)
    drawn = {tuple(pairs_of(chains, PairParams(pairs_per_question=3), seed=seed)) for seed in range(5)}
    assert len(drawn) > 1


def confirmed_pairs(
    said: Sequence[str | None], confirmed: Confirmed, params: PairParams = MANY, *, seed: int = 0
) -> list[Pair]:
    """The pairs of one question whose answer people confirmed."""
    chains = distinct(said)
    return make_pairs(chains, count_votes(chains), params, seed=seed, confirmed={"a/colour": confirmed})


def test_a_confirmed_minority_wins_over_the_majority() -> None:
    made = confirmed_pairs(["red", "red", "green", None], Confirmed("green"))
    assert {(pair.chosen, pair.rejected) for pair in made} == {
        ("2: green", other) for other in ("0: red", "1: red", "3: None")
    }
    assert {pair.chosen_votes for pair in made} == {1}
    assert {pair.rejected: pair.rejected_votes for pair in made}["0: red"] == 2
    assert all(pair.confirmed for pair in made)


def test_a_unanimous_question_that_people_confirmed_gives_no_pair() -> None:
    assert confirmed_pairs(["red"] * 4, Confirmed("red", written="written red")) == []


def test_where_no_chain_is_right_the_written_one_is_preferred() -> None:
    made = confirmed_pairs(["red"] * 3, Confirmed("blue", written="written blue"))
    assert {(pair.chosen, pair.rejected) for pair in made} == {
        ("written blue", f"{number}: red") for number in range(3)
    }
    assert {(pair.chosen_votes, pair.rejected_votes) for pair in made} == {(0, 3)}
    assert confirmed_pairs(["red"] * 3, Confirmed("blue")) == []


def test_the_written_chain_is_not_used_where_the_model_has_one_of_its_own() -> None:
    made = confirmed_pairs(["red", "blue"], Confirmed("blue", written="written blue"))
    assert [pair.chosen for pair in made] == ["1: blue"]


def test_chains_of_a_right_value_with_wrong_reasoning_neither_win_nor_lose() -> None:
    said = Confirmed("red", is_unreasoned=True, written="written red")
    made = confirmed_pairs(["red", "red", "green"], said)
    assert [(pair.chosen, pair.rejected) for pair in made] == [("written red", "2: green")]
    assert confirmed_pairs(["red", "red", "green"], replace(said, written="")) == []


def test_a_confirmed_question_needs_no_clear_vote() -> None:
    strict = replace(MANY, vote_threshold=0.9)
    assert confirmed_pairs(["red", "green"], Confirmed("green"), strict)
    assert [pair.weight for pair in confirmed_pairs(["red", "green"], Confirmed("green", 0.8), strict)] == [
        0.8
    ]


@pytest.mark.parametrize(
    ("weighting", "answer", "weights"),
    [
        # The majority (5 of 8) confirmed, against 2 votes and against none.
        ("none", "red", {"green": 1.0, "None": 1.0}),
        ("margin", "red", {"green": 0.9 + 0.1 * 3 / 8, "None": 0.9 + 0.1 * 5 / 8}),
        # The minority confirmed, against the majority and against a chain without an answer.
        ("none", "green", {"red": 0.9 - 0.1, "None": 0.9}),
        ("margin", "green", {"red": 0.9 - 0.1 * 3 / 8, "None": 0.9 + 0.1 * 2 / 8}),
    ],
)
def test_a_confirmed_pair_weighs_what_is_expected_of_people_and_votes(
    weighting: Literal["none", "margin"], answer: str, weights: dict[str, float]
) -> None:
    made = confirmed_pairs(
        ["red"] * 5 + ["green"] * 2 + [None], Confirmed(answer, 0.9), replace(MANY, weighting=weighting)
    )
    assert {pair.rejected.split(": ")[1]: pair.weight for pair in made} == pytest.approx(weights)


def test_whom_nobody_can_trust_does_not_overrule_the_vote() -> None:
    assert confirmed_pairs(["red"] * 3 + ["green"], Confirmed("green", 0.4)) == []


@given(answers, st.sampled_from(["red", "green", "blue"]), st.floats(0, 1), st.integers())
def test_the_confirmed_answer_never_loses(
    said: list[str | None], answer: str, weight: float, seed: int
) -> None:
    for pair in confirmed_pairs(said, Confirmed(answer, weight, written=f"w: {answer}"), seed=seed):
        assert pair.chosen.endswith(answer)
        assert not pair.rejected.endswith(f": {answer}")
        assert 0 < pair.weight <= 1


def test_questions_without_a_verdict_are_paired_as_ever() -> None:
    chains = distinct(["red", "red", "green"]) + distinct(["red", "green", "green"], question="b/colour")
    votes = count_votes(chains)
    made = make_pairs(chains, votes, MANY, seed=0, confirmed={"b/colour": Confirmed("red")})
    plain = make_pairs(chains, votes, MANY, seed=0)
    assert [pair for pair in made if not pair.confirmed] == [
        pair for pair in plain if pair.question_id == "a/colour"
    ]
    assert {pair.chosen for pair in made if pair.confirmed} == {"0: red"}

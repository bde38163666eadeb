"""A vote counts answers, and never depends on the order of chains."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from training.ml.records import Chain
from training.ml.vote import agreements, count_votes

answers = st.lists(st.sampled_from(["red", "green", "blue", None]), min_size=1, max_size=10)


def cast(
    said: Sequence[str | None], *, question: str = "a/colour", logprobs: list[float] | None = None
) -> list[Chain]:
    return [
        Chain(question, index, str(answer), answer, logprobs[index] if logprobs else -1.0)
        for index, answer in enumerate(said)
    ]


def test_the_most_frequent_answer_is_the_majority_and_unparseable_chains_lower_agreement() -> None:
    (vote,) = count_votes(cast(["red", None, "green", "red", None]))
    assert vote.counts == {"red": 2, "green": 1}
    assert (vote.majority, vote.chains, vote.agreement) == ("red", 5, 0.4)


def test_chains_without_any_answer_have_no_majority() -> None:
    (vote,) = count_votes(cast([None, None]))
    assert (vote.majority, vote.counts, vote.agreement) == (None, {}, 0.0)


def test_a_tie_goes_to_the_likelier_answer_and_then_to_the_alphabet() -> None:
    (likelier,) = count_votes(cast(["blue", "red", "blue", "red"], logprobs=[-3.0, -1.0, -3.0, -4.0]))
    (alphabet,) = count_votes(cast(["red", "blue"]))
    assert list(likelier.counts) == ["red", "blue"]
    assert alphabet.majority == "blue"


def test_questions_keep_the_order_of_their_first_chain() -> None:
    chains = [*cast(["red"], question="b/colour"), *cast(["red"]), *cast(["green"], question="b/colour")]
    assert [(vote.question_id, vote.chains) for vote in count_votes(chains)] == [
        ("b/colour", 2),
        ("a/colour", 1),
    ]


def test_no_chains_give_no_votes() -> None:
    assert count_votes([]) == []


@given(answers, st.integers())
def test_the_order_of_chains_does_not_matter(said: list[str | None], seed: int) -> None:
    logprobs = [-float(2**index) for index in range(len(said))]
    chains = cast(said, logprobs=logprobs)
    shuffled = random.Random(seed).sample(chains, len(chains))
    assert count_votes(shuffled) == count_votes(chains)


@given(answers)
def test_counts_add_up_and_agreement_is_the_share_of_the_majority(said: list[str | None]) -> None:
    (vote,) = count_votes(cast(said))
    assert sum(vote.counts.values()) == sum(answer is not None for answer in said)
    assert vote.agreement * len(said) == max(vote.counts.values(), default=0)
    assert list(vote.counts.values()) == sorted(vote.counts.values(), reverse=True)


def test_agreements_are_counted_by_how_many_chains_agree() -> None:
    votes = count_votes([*cast(["red"] * 4), *cast(["red", "red", "blue", None], question="b/colour")])
    assert agreements((vote.agreement, vote.chains) for vote in votes) == [0, 0, 1, 0, 1]
    assert agreements([]) == [0]

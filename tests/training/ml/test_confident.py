"""Self-training learns from one majority chain of each question that the model is sure about."""

from __future__ import annotations

import pytest

from training.ml.confident import confident_chains
from training.ml.params import SelfTrainingParams
from training.ml.records import Chain
from training.ml.vote import count_votes

ANSWERS: dict[str, list[str | None]] = {
    "sure": [*["red"] * 3, "blue"],
    "split": ["red", "red", "blue", "blue"],
    "mute": [None] * 4,
}
CHAINS = [
    Chain(question, index, f"{question} {index}", answer, -1.0)
    for question, answers in ANSWERS.items()
    for index, answer in enumerate(answers)
]


@pytest.mark.parametrize(("least", "questions"), [(0.75, ["sure"]), (0.5, ["sure", "split"]), (0.8, [])])
def test_questions_below_the_agreement_are_left_out(least: float, questions: list[str]) -> None:
    chosen = confident_chains(CHAINS, count_votes(CHAINS), SelfTrainingParams(agreement=least), seed=0)
    assert [chain.question_id for chain in chosen] == questions


def test_the_chain_is_of_the_majority_and_drawn_by_seed_and_question_alone() -> None:
    params, votes = SelfTrainingParams(agreement=0.5), count_votes(CHAINS)
    drawn = {seed: confident_chains(CHAINS, votes, params, seed=seed) for seed in range(8)}
    assert {chosen[0].answer for chosen in drawn.values()} == {"red"}
    assert len({chosen[0].text for chosen in drawn.values()}) > 1
    only = [chain for chain in CHAINS if chain.question_id == "split"]
    assert confident_chains(only, count_votes(only), params, seed=3) == drawn[3][1:]

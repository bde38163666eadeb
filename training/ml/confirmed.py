"""What people confirmed about questions of the pool, as pairs need it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from training.ml.params import LoopParams
from training.ml.records import Question
from training.ml.written import written_chains


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The answer that reviewers gave to one question."""

    answer: str
    weight: float = 1.0
    """How likely it is right, in [0, 1]."""
    is_unreasoned: bool = False
    """It is right, but chains that give it were found to reason wrongly: none of them is preferred."""
    written: str = ""
    """The chain that is preferred where none of the sampled ones can be; empty: none."""


def confirmed_answers(questions: Iterable[Question], params: LoopParams) -> dict[str, Confirmed]:
    """{question id: what was confirmed} of these answered questions."""
    return {question.question_id: _confirmed(question, params) for question in questions}


def _confirmed(question: Question, params: LoopParams) -> Confirmed:
    assert question.answer is not None
    chains = (
        written_chains(question, count=1, use_evidence=params.sft.use_evidence, seed=params.seed)
        if params.pair.write_confirmed
        else []
    )
    return Confirmed(question.answer, question.weight, question.is_unreasoned, "".join(chains))

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


def confirmed_answers(
    questions: Iterable[Question], params: LoopParams, *, write: bool
) -> dict[str, Confirmed]:
    """{question id: what was confirmed} of these answered questions.

    Args:
        write: a chain as SFT writes it, for where none of the sampled ones can be preferred.
    """
    return {question.question_id: _confirmed(question, params, write=write) for question in questions}


def _confirmed(question: Question, params: LoopParams, *, write: bool) -> Confirmed:
    assert question.answer is not None
    use_evidence = params.sft.use_evidence
    chains = written_chains(question, count=1, use_evidence=use_evidence, seed=params.seed) if write else []
    return Confirmed(question.answer, question.weight, question.is_unreasoned, "".join(chains))

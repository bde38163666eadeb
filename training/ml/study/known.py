"""Voted questions whose truth is known, and reviewers who answer them."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from training.ml.calibration import Judged
from training.ml.records import JsonRecord
from training.ml.routing import PoolQuestion


@dataclass(frozen=True, slots=True)
class Known(JsonRecord):
    """A question with its vote and the true answer."""

    question_id: str
    group: str
    vertical: str
    attribute: str
    allowed: tuple[str, ...]
    truth: str
    counts: Mapping[str, int]
    """{canonical answer: chains}, most frequent first"""
    chains: int
    logprob: float | None = None
    """Mean log-probability of the majority's chains (nats)."""

    @property
    def majority(self) -> str | None:
        return next(iter(self.counts), None)

    @property
    def right(self) -> bool:
        return self.majority == self.truth

    @property
    def agreement(self) -> float:
        return next(iter(self.counts.values()), 0) / self.chains

    def asked(self) -> PoolQuestion:
        """The question as routing sees it."""
        return PoolQuestion(
            self.question_id, self.group, self.vertical, self.attribute, self.counts, self.chains
        )

    def judged(self, answer: str) -> Judged:
        """The question once somebody has answered it."""
        return Judged(
            question_id=self.question_id,
            group=self.group,
            vertical=self.vertical,
            attribute=self.attribute,
            votes=next(iter(self.counts.values()), 0),
            chains=self.chains,
            correct=self.majority == answer,
            logprob=self.logprob,
        )


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who knows the truth, and gives another allowed answer in a share `errs` of all questions."""

    errs: float = 0.0
    seed: int = 0

    def answer(self, question: Known) -> str:
        """The same one each time."""
        draw = random.Random(f"{self.seed}:{question.question_id}")
        others = [value for value in question.allowed if value != question.truth]
        return draw.choice(others) if others and draw.random() < self.errs else question.truth


def pool_of(questions: Iterable[Known]) -> dict[tuple[str, str], Counter[float]]:
    """The questions counted as thresholds.choose_thresholds takes them."""
    pool: defaultdict[tuple[str, str], Counter[float]] = defaultdict(Counter)
    for one in questions:
        pool[one.vertical, one.attribute][one.agreement] += 1
    return dict(pool)


def drawn_gold(
    questions: Sequence[Known], *, per_vertical: int, seed: int
) -> tuple[list[Known], list[Known]]:
    """The questions of so many listings of each vertical, drawn at random, and the other questions."""
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for one in questions:
        groups[one.vertical].add(one.group)
    draw = random.Random(f"gold {seed}")
    gold = {
        group
        for vertical in sorted(groups)
        for group in draw.sample(sorted(groups[vertical]), min(per_vertical, len(groups[vertical])))
    }
    return [one for one in questions if one.group in gold], [
        one for one in questions if one.group not in gold
    ]

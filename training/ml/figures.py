"""Figures of answers on gold beside accuracy: precision and recall of each value, averages, confusions.

Answers are canonical texts. An answer of several values counts for each of them; a state is a value of its
own; what cannot be parsed (None) counts for no value, so that it lowers recall and leaves precision alone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from training.ml.metrics import Z_95, wilson_interval
from training.ml.records import Attribute

Answer = tuple[str, str | None]
"""(what people said, what the model said; None: nothing that is allowed)"""

PRECISION, RECALL, F1, MACRO_F1 = "precision", "recall", "f1", "macro_f1"
MACRO, WEIGHTED = "macro_accuracy", "weighted_accuracy"
MACRO_MAJORITY, WEIGHTED_MAJORITY = "macro_majority_accuracy", "weighted_majority_accuracy"
"""Names of figures as RoundFigure keeps them: means over attributes, and over what the catalogue holds."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float
    count: int
    hits: int | None = None
    """The numerator, where the share is one of `count`."""


@dataclass(frozen=True, slots=True)
class ValueFigures:
    """One value, or state, of an attribute: how many gold questions have it, and have it said."""

    answer: str
    true: int
    """Of how many questions it is true."""
    said: int
    both: int

    @property
    def precision(self) -> Estimate | None:
        """None where it was never said."""
        return share_of(self.both, self.said) if self.said else None

    @property
    def recall(self) -> Estimate | None:
        """None where it is never true."""
        return share_of(self.both, self.true) if self.true else None

    @property
    def f1(self) -> Estimate:
        """Harmonic mean of precision and recall; 0 where the value is never both true and said.

        With j = both / (true or said), F1 = 2j / (1 + j). j is a proportion, so that Wilson's interval of it,
        mapped alike, is F1's: the indirect method of Lam, Gopal and Qian, arXiv 2309.14621 (2023).
        """
        either = self.true + self.said - self.both
        low, high = (2 * end / (1 + end) for end in wilson_interval(self.both, either))
        return _within(2 * self.both / (self.true + self.said), low, high, either)


def share_of(hits: int, count: int) -> Estimate:
    """The share with Wilson's interval; count is at least 1."""
    return _within(hits / count, *wilson_interval(hits, count), count, hits)


def value_figures(attribute: Attribute, answers: Iterable[Answer]) -> list[ValueFigures]:
    """Every value and state that is true or said somewhere: values in the attribute's order, then states."""
    true, said, both = Counter[str](), Counter[str](), Counter[str]()
    for truth, answer in answers:
        there = set(attribute.values_of(truth))
        heard = set() if answer is None else set(attribute.values_of(answer))
        true.update(there)
        said.update(heard)
        both.update(there & heard)
    place = {value: number for number, value in enumerate(attribute.allowed_values)}
    found = sorted(true.keys() | said.keys(), key=lambda one: (place.get(one, len(place)), one))
    return [ValueFigures(one, true[one], said[one], both[one]) for one in found]


def macro_f1(values: Sequence[ValueFigures]) -> float:
    """Mean F1 of the values that occur: a rare value counts as much as a frequent one."""
    return math.fsum(one.f1.value for one in values) / len(values)


def confusions(answers: Iterable[Answer]) -> Counter[Answer]:
    """{(truth, said): questions}, of whole answers, right ones as well."""
    return Counter(answers)


@dataclass(frozen=True, slots=True)
class Part:
    """An accuracy that is averaged, of one attribute."""

    correct: int
    questions: int
    weight: float = 1.0


def mean_of(parts: Sequence[Part]) -> Estimate:
    """The weighted mean of independent accuracies, with the interval that their Wilson intervals make.

    Each end is as far from the mean as the root of the summed squares of (weight x the part's distance to its
    own end): the MOVER of Zou and Donner, Statistics in Medicine 27 (2008). Unlike a normal interval it has
    a width where every part is 0 or 1.

    Raises:
        ValueError: without parts, or without weight.
    """
    total = math.fsum(part.weight for part in parts)
    if total <= 0:
        raise ValueError(f"{len(parts)} accuracies of weight {total}: there is nothing to average")
    shares = [(part.weight / total, share_of(part.correct, part.questions)) for part in parts]
    mean = math.fsum(weight * one.value for weight, one in shares)
    below = math.fsum((weight * (one.value - one.low)) ** 2 for weight, one in shares)
    above = math.fsum((weight * (one.high - one.value)) ** 2 for weight, one in shares)
    low, high = max(0.0, mean - math.sqrt(below)), min(1.0, mean + math.sqrt(above))
    return _within(mean, low, high, sum(part.questions for part in parts))


def labels_to_halve(correct: int, questions: int) -> int:
    """How many more gold questions would halve Wilson's interval if the same share of them were right.

    With p the share, n questions have the width w = 2z sqrt(p(1-p)n + z^2/4) / (n + z^2): solved for n.
    """
    low, high = wilson_interval(correct, questions)
    share, z2 = correct / questions, Z_95 * Z_95
    wanted = ((high - low) / 2) ** 2
    spread = 4 * z2 * share * (1 - share)
    linear, constant = 2 * wanted * z2 - spread, (wanted - 1) * z2 * z2
    needed = (-linear + math.sqrt(linear * linear - 4 * wanted * constant)) / (2 * wanted)
    return math.ceil(needed - 1e-9) - questions


def _within(value: float, low: float, high: float, count: int, hits: int | None = None) -> Estimate:
    """Rounding must not leave the value outside its own interval."""
    return Estimate(value, min(low, value), max(high, value), count, hits)

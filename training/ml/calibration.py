"""How likely a majority is right, by its agreement: learned from questions that people have judged.

An attribute with few judged answers borrows from its vertical, from attributes of the same name and from the
whole catalogue; the more it has of its own, the less it borrows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from training.ml.errors import DataError
from training.ml.records import JsonRecord

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

OFFSET_SD = 1.0
"""How far an attribute, a vertical or a name is expected to lie off the whole, in log-odds."""
PRIOR_ANSWERS = 20.0
"""So many judged answers of a level weigh as much as what the level borrows."""
SWEEPS = 25


@dataclass(frozen=True, slots=True)
class Judged(JsonRecord):
    """A question whose majority people have judged: of the gold set, or audited."""

    question_id: str
    group: str
    """Its listing, or the listing's group of near-duplicates: what was drawn as one."""
    vertical: str
    attribute: str
    votes: int
    """Chains of the majority; 0 where no chain ended in an answer."""
    chains: int
    correct: bool
    """Whether the majority is what people answered."""
    weight: float = 1.0
    """How many pool questions it stands for, up to a factor: 1 / the probability of being drawn."""
    logprob: float | None = None
    """Mean log-probability of the majority's chains (nats); kept to be studied, not used (decision 23)."""

    def __post_init__(self) -> None:
        if not (0 <= self.votes <= self.chains and self.chains > 0 and self.weight > 0):
            raise DataError(
                f"question {self.question_id}: {self.votes} of {self.chains} votes, weight {self.weight}: "
                "at most all of at least one chain vote, and a weight is positive"
            )

    @property
    def agreement(self) -> float:
        return self.votes / self.chains


@dataclass(frozen=True, slots=True)
class Calibration:
    """How likely a majority is to be right: for each attribute a curve over agreement that never falls."""

    levels: tuple[float, ...]
    """The agreements that were seen, ascending."""
    whole: tuple[float, ...]
    """A probability for each level."""
    verticals: Mapping[str, tuple[float, ...]]
    attributes: Mapping[str, Mapping[str, tuple[float, ...]]]
    """{vertical: {attribute: a probability for each level}}, those with judged questions."""

    def probability(self, vertical: str, attribute: str, agreement: float) -> float:
        """That the majority is right; of an attribute never judged that of its vertical, or of the whole.

        An agreement between two levels counts as the lower one. Without an agreement nothing is right.
        """
        if agreement <= 0 or not self.levels:
            return 0.0
        return self.curve(vertical, attribute)[max(0, bisect_right(self.levels, agreement + 1e-9) - 1)]

    def curve(self, vertical: str, attribute: str) -> tuple[float, ...]:
        """The probability at each level."""
        own = self.attributes.get(vertical, {}).get(attribute)
        return own or self.verticals.get(vertical, self.whole)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Rebuild from to_json()."""
        return cls(
            levels=tuple(row["levels"]),
            whole=tuple(row["whole"]),
            verticals={name: tuple(curve) for name, curve in row["verticals"].items()},
            attributes={
                vertical: {code: tuple(curve) for code, curve in curves.items()}
                for vertical, curves in row["attributes"].items()
            },
        )


def calibrate(judged: Iterable[Judged]) -> Calibration:
    """Learn the curves from judged questions; without any, nothing is likely to be right.

    The whole catalogue's curve is isotonic in agreement. On the log-odds scale each vertical, each name of
    an attribute and each attribute has an offset to it, drawn towards nought (a ridge, that is a normal
    prior). What an attribute's own answers say at a level is then mixed in as a beta-binomial posterior mean
    whose prior is that prediction, and the curve is made isotonic again.
    """
    rows = list(judged)
    if not rows:
        return Calibration((), (), {}, {})
    levels = sorted({one.agreement for one in rows})
    pairs = sorted({(one.vertical, one.attribute) for one in rows})
    right, count = _tables(rows, levels, pairs)
    whole = _whole(right.sum(0), count.sum(0))
    named = _Offsets.of(pairs)
    offsets = named.fit(_logit(whole), right, count)
    expected = _sigmoid(_logit(whole) + offsets[:, None])
    attributes: dict[str, dict[str, tuple[float, ...]]] = {}
    for row, (vertical, attribute) in enumerate(pairs):
        mixed = (right[row] + PRIOR_ANSWERS * expected[row]) / (count[row] + PRIOR_ANSWERS)
        curve = isotonic(mixed, count[row] + PRIOR_ANSWERS)
        attributes.setdefault(vertical, {})[attribute] = _plain(curve)
    return Calibration(
        levels=tuple(levels),
        whole=_plain(whole),
        verticals={
            vertical: _plain(_sigmoid(_logit(whole) + offset)) for vertical, offset in named.of_verticals()
        },
        attributes=attributes,
    )


def isotonic(values: Sequence[float] | Floats, weights: Sequence[float] | Floats) -> Floats:
    """The never falling sequence nearest to `values` in weighted squares (pool adjacent violators)."""
    means: list[float] = []
    masses: list[float] = []
    sizes: list[int] = []
    for value, weight in zip(values, weights, strict=True):
        means.append(float(value))
        masses.append(float(weight))
        sizes.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            mass = masses[-2] + masses[-1]
            means[-2:] = [(means[-2] * masses[-2] + means[-1] * masses[-1]) / mass]
            masses[-2:] = [mass]
            sizes[-2:] = [sizes[-2] + sizes[-1]]
    return np.repeat(means, sizes)


def _tables(
    rows: Sequence[Judged], levels: Sequence[float], pairs: Sequence[tuple[str, str]]
) -> tuple[Floats, Floats]:
    """Right and all judged questions, shape (attributes, levels), in weights that are 1 on average."""
    level_of = {level: at for at, level in enumerate(levels)}
    pair_of = {pair: at for at, pair in enumerate(pairs)}
    mean = sum(one.weight for one in rows) / len(rows)
    right, count = np.zeros((len(pairs), len(levels))), np.zeros((len(pairs), len(levels)))
    for one in rows:
        at = pair_of[one.vertical, one.attribute], level_of[one.agreement]
        count[at] += one.weight / mean
        right[at] += one.correct * one.weight / mean
    return right, count


def _whole(right: Floats, count: Floats) -> Floats:
    """The catalogue's curve; one answer's worth of the mean keeps it off 0 and 1."""
    mean = (right.sum() + 0.5) / (count.sum() + 1)
    return isotonic((right + mean) / (count + 1), count + 1)


@dataclass(slots=True)
class _Offsets:
    """The log-odds by which verticals, names and attributes lie off the whole."""

    names: list[tuple[str, ...]]
    """Of each kind (vertical, name, attribute) its members."""
    members: list[Ints]
    """(attributes,) of each kind: which member an attribute belongs to."""
    values: list[Floats]

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]]) -> Self:
        names, members = [], []
        for labels in ([v for v, _ in pairs], [a for _, a in pairs], [f"{v}/{a}" for v, a in pairs]):
            found, member = np.unique(labels, return_inverse=True)
            names.append(tuple(str(one) for one in found))
            members.append(member)
        return cls(names, members, [np.zeros(len(one)) for one in names])

    def fit(self, whole: Floats, right: Floats, count: Floats) -> Floats:
        """The summed offset of each attribute at the maximum of the posterior, by sweeps of Newton steps."""
        ridge = 1 / OFFSET_SD**2
        for _ in range(SWEEPS):
            for member, values in zip(self.members, self.values, strict=True):
                chance = _sigmoid(whole + self._total()[:, None])
                slope = np.bincount(member, (right - count * chance).sum(1), len(values))
                bend = np.bincount(member, (count * chance * (1 - chance)).sum(1), len(values))
                values += np.clip((slope - ridge * values) / (bend + ridge), -1, 1)
        return self._total()

    def of_verticals(self) -> list[tuple[str, float]]:
        return list(zip(self.names[0], self.values[0].tolist(), strict=True))

    def _total(self) -> Floats:
        total: Floats = np.sum(
            [values[member] for member, values in zip(self.members, self.values, strict=True)], axis=0
        )
        return total


def _logit(chance: Floats) -> Floats:
    return np.log(chance) - np.log1p(-chance)


def _sigmoid(log_odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-log_odds))


def _plain(curve: Floats) -> tuple[float, ...]:
    return tuple(round(value, 6) for value in curve.tolist())

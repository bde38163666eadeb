"""Where a pool question goes: accepted, to a reviewer, or to audit (METHOD.md, step 8).

Audit comes first and does not look at the model: whether a listing is audited depends on its group alone, so
that what is audited is a random sample of everything, and stays the same one from round to round.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from training.ml.errors import DataError
from training.ml.policy import Policy
from training.ml.records import JsonRecord

Confusion = tuple[str, str, str, str]
"""(vertical, attribute, the two most frequent answers in alphabetical order; the second may be empty)"""


class Route(StrEnum):
    """What happens to a pool question."""

    ACCEPT = "accept"
    REVIEW = "review"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class RoutingParams:
    """What an admin decides."""

    audit_share: float = 0.02
    """Share of the groups of listings that are audited, (0, 1]."""
    salt: str = "audit"
    """Keep it, and the same listings are audited in every round."""
    per_day: int = 500
    """Reviews that people can give in a day."""
    review_seconds: float = 6.0
    audit_seconds: float = 12.0
    """What a verdict takes; measured where there are enough, else these guesses."""
    attribute_weights: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """{(vertical, attribute): how much its mistakes matter}; 1 where absent."""

    def __post_init__(self) -> None:
        if not 0 < self.audit_share <= 1:
            raise DataError(
                f"audit_share is {self.audit_share}: give a share above 0 and up to 1, such as 0.02"
            )
        if self.per_day < 1 or min(self.review_seconds, self.audit_seconds) <= 0:
            raise DataError("per_day, review_seconds and audit_seconds must be positive")
        if bad := {name: weight for name, weight in self.attribute_weights.items() if not weight >= 0}:
            raise DataError(f"attribute_weights {bad}: a weight is 0 or more")


@dataclass(frozen=True, slots=True)
class PoolQuestion:
    """A pool question with its vote."""

    question_id: str
    group: str
    """The listing's group of near-duplicates, or its id."""
    vertical: str
    attribute: str
    counts: Mapping[str, int]
    """{canonical answer: chains}, most frequent first (Vote.counts)"""
    chains: int
    priority: float = 1.0
    """How much its listing matters, 0 or more."""

    @property
    def majority(self) -> str | None:
        return next(iter(self.counts), None)

    @property
    def agreement(self) -> float:
        return next(iter(self.counts.values()), 0) / self.chains


@dataclass(frozen=True, slots=True)
class Routed(JsonRecord):
    """Where a question goes."""

    question_id: str
    route: Route
    probability: float
    """Calibrated probability that the majority is right."""
    value: float
    """What a verdict on it is worth, comparable within a routing; 0 where it is not for review."""
    confusion: Confusion
    inclusion: float
    """Probability with which its group is audited: what live accuracy is weighted by."""


def route(question: PoolQuestion, policy: Policy, params: RoutingParams) -> Routed:
    """Route one question; depends on nothing but its arguments."""
    vertical, attribute = question.vertical, question.attribute
    probability = policy.calibration.probability(vertical, attribute, question.agreement)
    if is_audited(question.group, share=params.audit_share, salt=params.salt):
        chosen = Route.AUDIT
    elif policy.accepts(vertical, attribute, question.agreement):
        chosen = Route.ACCEPT
    else:
        chosen = Route.REVIEW
    weight = question.priority * params.attribute_weights.get((vertical, attribute), 1.0)
    return Routed(
        question_id=question.question_id,
        route=chosen,
        probability=probability,
        value=disagreement(question) * weight if chosen == Route.REVIEW else 0.0,
        confusion=confusion_of(question),
        inclusion=params.audit_share,
    )


def is_audited(group: str, *, share: float, salt: str) -> bool:
    """Whether a group is in the audited slice: a stable draw with probability `share`.

    A larger share audits all groups that a smaller one does, and more.
    """
    drawn = int.from_bytes(hashlib.sha256(f"{salt}:{group}".encode()).digest()[:8], "big")
    return drawn < share * 2**64


def disagreement(question: PoolQuestion) -> float:
    """How far the chains differ, in [0, 1]: the entropy of the vote over the most it could be.

    Chains that ended in no answer count as one answer each of their own.
    """
    votes = list(question.counts.values())
    lost = question.chains - sum(votes)
    shares = [votes_ / question.chains for votes_ in votes] + [1 / question.chains] * lost
    if question.chains == 1:
        return float(lost)
    return max(0.0, -sum(share * math.log(share) for share in shares if share) / math.log(question.chains))


def confusion_of(question: PoolQuestion) -> Confusion:
    """The attribute and the two answers that the chains waver between."""
    first, second = sorted([*question.counts, "", ""][:2])
    return question.vertical, question.attribute, first, second

"""Second opinions: a share of the reviews goes to two people, and both must agree.

Which ones is a stable draw by the task's number (Knuth's multiplicative hash, "The Art of Computer
Programming", volume 3, section 6.4), so that no column says it and everybody, the database too, finds the
same. Numbers that follow each other are spread evenly.
"""

from dataclasses import dataclass

from django.db.models import Case, F, IntegerField, Q, Value, When
from django.db.models.functions import Mod
from django.db.models.lookups import LessThan

from labeling.models import PurposeRule

OPINIONS = 2
_MULTIPLIER, _RANGE = 1_327_217_885, 2**31
"""The range over the golden ratio; the product of two of its numbers fits 64 bits."""


@dataclass(frozen=True, slots=True)
class Needed:
    """How many people a task takes."""

    overlap: int
    """who answer it"""
    agree: int
    """who must say the same"""


def needed(rule: PurposeRule, task_id: int) -> Needed:
    """How many people the rule wants at this task."""
    if not takes_second(task_id, percent=rule.second_opinion):
        return Needed(rule.overlap, rule.agree)
    return Needed(max(rule.overlap, OPINIONS), max(rule.agree, OPINIONS))


def takes_second(task_id: int, *, percent: int) -> bool:
    """The task is among the so many percent of which a second opinion is asked."""
    return task_id % _RANGE * _MULTIPLIER % _RANGE < _limit(percent)


def is_second(percent: int, task: str = "pk") -> Q:
    """`takes_second` in the database; `task` is the path to the task's number."""
    drawn = Mod(Mod(F(task), Value(_RANGE)) * Value(_MULTIPLIER), Value(_RANGE))
    return Q(LessThan(drawn, _limit(percent)))


def overlap_needed(rule: PurposeRule, task: str = "pk") -> Case:
    """`needed(...).overlap` in the database."""
    more = When(is_second(rule.second_opinion, task), then=Value(max(rule.overlap, OPINIONS)))
    return Case(more, default=Value(rule.overlap), output_field=IntegerField())


def _limit(percent: int) -> int:
    return percent * _RANGE // 100

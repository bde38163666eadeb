"""How likely a reviewer's verdict is right, by attribute, from what others said independently. Pure.

**Evidence.** A verdict is checked where somebody else answered the same question without seeing it, or where
another person adjudicated it. An adjudication decides. Without one the answers are counted as if one of those
who answered, drawn by chance, were right: two who say the same are right, two who differ are half right each
until somebody decides. To leave out what is still disputed would flatter everybody.

**Errors alike.** Two who err in the same way agree, and nobody adjudicates. If errors coincide as often as
they can (there are two answers), of an error rate e only e (1 - e) is found. So what is found is divided by
1 - e, with e from everybody's found rate. Where errors scatter over many answers this is too strict by a
factor of at most 1 / (1 - e), never too lenient. Each check then tells less, and counts as 1 - e of one.

**Few checks.** A reviewer's share on an attribute is drawn to their share on their other attributes, and that
to everybody's: Beta posteriors, each prior worth so many checks (Gelman et al., "Bayesian Data Analysis",
3rd edition, chapter 5, with the strengths fixed).
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Answer = TypeVar("Answer", bound=Hashable)

FIRST = 9.0, 1.0
"""Right and wrong checks that stand for everybody before there is any."""
PERSON_STRENGTH = 20.0
"""Checks that everybody's share is worth for a person."""
ATTRIBUTE_STRENGTH = 10.0
"""Checks that a person's share on other attributes is worth for one more."""
TAILS = 0.025, 0.975
SUREST = 0.99
"""No single person is trusted more, nor less than the contrary of it."""


@dataclass(frozen=True, slots=True)
class Checks:
    """How many verdicts were checked, and how many of them were right; parts where it is not decided."""

    right: float = 0.0
    wrong: float = 0.0

    @property
    def count(self) -> float:
        """All of them."""
        return self.right + self.wrong

    def __add__(self, other: "Checks") -> "Checks":
        return Checks(self.right + other.right, self.wrong + other.wrong)

    def __sub__(self, other: "Checks") -> "Checks":
        return Checks(self.right - other.right, self.wrong - other.wrong)


@dataclass(frozen=True, slots=True)
class Estimate:
    """How likely a verdict is right."""

    mean: float
    low: float
    high: float
    """95 % of the posterior lies between these"""
    checks: Checks
    """that it rests on, as they were counted"""


class Reliability:
    """What is known of everybody, from {(person, attribute): checks}."""

    def __init__(self, checks: Mapping[tuple[int, int], Checks]) -> None:
        self._checks = checks
        self._people: defaultdict[int, Checks] = defaultdict(Checks)
        for (person, _), found in checks.items():
            self._people[person] += found
        self._all = sum(self._people.values(), Checks())
        self._seen = 1 - _hidden(self._all)
        """the share of errors that are found"""

    @property
    def people(self) -> list[int]:
        """Those of whom a verdict was checked."""
        return sorted(self._people)

    def everybody(self) -> Estimate:
        """A verdict of anybody."""
        return self._estimate(self._all, *FIRST)

    def of_person(self, person: int) -> Estimate:
        """A verdict of this person."""
        return self._of_person(self._people.get(person, Checks()))

    def of(self, person: int, attribute: int) -> Estimate:
        """A verdict of this person on this attribute."""
        checks = self._checks.get((person, attribute), Checks())
        others = self._people.get(person, Checks()) - checks
        prior = self._of_person(others).mean
        return self._estimate(checks, *_worth(prior, ATTRIBUTE_STRENGTH))

    def attributes_of(self, person: int) -> list[int]:
        """The attributes on which a verdict of this person was checked."""
        return sorted(attribute for whose, attribute in self._checks if whose == person)

    def _of_person(self, checks: Checks) -> Estimate:
        return self._estimate(checks, *_worth(self.everybody().mean, PERSON_STRENGTH))

    def _estimate(self, checks: Checks, right: float, wrong: float) -> Estimate:
        from scipy.special import betaincinv  # Only pages and jobs that tell reliability load it.

        errors = min(checks.wrong, checks.count * self._seen)
        a, b = right + checks.count * self._seen - errors, wrong + errors
        low, high = (float(betaincinv(a, b, tail)) for tail in TAILS)
        return Estimate(a / (a + b), low, high, checks)


def check(said: Mapping[int, Answer], decided: tuple[int, Answer] | None = None) -> dict[int, Checks]:
    """What one question tells of those who answered it, without those whom nobody else speaks about.

    Args:
        said: {person: answer}, each given without knowing the others.
        decided: the adjudicator and their answer, where there was an adjudication.
    """
    found: dict[int, Checks] = {}
    for person, answer in said.items():
        if decided and decided[0] != person:
            found[person] = _checked(float(answer == decided[1]))
        elif not decided and len(said) > 1:
            found[person] = _checked(sum(one == answer for one in said.values()) / len(said))
    return found


def together(reliabilities: Iterable[float]) -> float:
    """How likely an answer is right that all these people give: their odds multiplied.

    As if there were one wrong answer only, on which all who err would agree.
    """
    odds = math.fsum(
        math.log(one / (1 - one)) for one in (min(max(each, 1 - SUREST), SUREST) for each in reliabilities)
    )
    return 1 / (1 + math.exp(-odds))


def _checked(right: float) -> Checks:
    return Checks(right, 1 - right)


def _worth(share: float, strength: float) -> tuple[float, float]:
    """The share as so many right and wrong checks."""
    return share * strength, (1 - share) * strength


def _hidden(checks: Checks) -> float:
    """The rate of errors e when a rate of e (1 - e) is found; at most a half."""
    found = checks.wrong / checks.count if checks.count else 0.0
    return (1 - math.sqrt(1 - 4 * min(found, 0.25))) / 2

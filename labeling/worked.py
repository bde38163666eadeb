"""What a person did in a span of time, added up. Pure."""

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from catalog.schema.spec import AttributeSpec
from labeling.truth import Said
from labeling.wording import meant, worded


class Verdict(StrEnum):
    """What a reviewer said to the majority that was shown."""

    ACCEPTED = "accepted"
    REASONING = "reasoning"
    CHANGED = "changed"
    NO_VALUE = "no_value"


@dataclass(slots=True)
class Worked:
    """What was done, in a vertical or in all."""

    listings: int = 0
    questions: int = 0
    timed_questions: int = 0
    seconds: float = 0.0
    listing_seconds: list[float] = field(default_factory=list)
    """of each timed listing"""
    question_seconds: list[float] = field(default_factory=list)
    """of a question of each timed listing"""
    compared: int = 0
    same: int = 0
    verdicts: defaultdict[Verdict, int] = field(default_factory=lambda: defaultdict(int))
    set_aside: int = 0
    last: datetime | None = None

    def finish(self, when: datetime, questions: int, seconds: float) -> None:
        """Add a listing with so many questions that were answered; no seconds: it was not timed."""
        self.listings += 1
        self.questions += questions
        self.last = max(self.last or when, when)
        if seconds > 0:
            self.seconds += seconds
            self.timed_questions += questions
            self.listing_seconds.append(seconds)
            if questions:
                self.question_seconds.append(seconds / questions)


@dataclass(slots=True)
class Day:
    """What a person finished on a day."""

    listings: int = 0
    questions: int = 0
    seconds: float = 0.0


Place = tuple[int, int | None]
"""(person, vertical or None for all)"""
Days = Mapping[tuple[int, date], Day]
"""{(person, day): what was finished}"""


def median(seconds: Sequence[float]) -> float | None:
    """None without any."""
    return statistics.median(seconds) if seconds else None


def verdict_of(attribute: AttributeSpec, said: Said, leading: str, *, reasoning_wrong: bool) -> Verdict:
    """What an answer says to the majority, given in words: values by label, synonym or code, or a state.

    A majority whose value was retired since is told by its label.
    """
    majority = meant(attribute, leading)
    same = said == majority if majority else worded(attribute, said).casefold() == leading.casefold()
    if same:
        return Verdict.REASONING if reasoning_wrong else Verdict.ACCEPTED
    return Verdict.NO_VALUE if said.state else Verdict.CHANGED

"""How the answers of several people become the label of a question. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """An answer: value codes in the attribute's order, or a state."""

    values: tuple[str, ...]
    state: str = ""


class Outcome(StrEnum):
    """What is known about a question once some people have answered it."""

    WAITING = "waiting"
    AGREED = "agreed"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome, and the answer where there is one."""

    outcome: Outcome
    said: Said | None = None
    votes: int = 0
    people: int = 0


def decide(answers: Mapping[int, Said], *, agree: int, still_to_come: int) -> Decision:
    """The label of a question: the answer that `agree` people give, as soon as they do.

    Where two answers reach it at the same time nothing is agreed. A question is disputed when no answer can
    reach `agree` any more, and waiting before that.

    Args:
        answers: {person id: what that person says}.
        agree: from 1.
        still_to_come: people who will answer but have not yet.
    """
    counts = Counter(answers.values()).most_common()
    votes = counts[0][1] if counts else 0
    tied = sum(count == votes for _, count in counts) > 1
    if votes >= agree and not tied:
        return Decision(Outcome.AGREED, counts[0][0], votes, len(answers))
    if still_to_come and votes + still_to_come >= agree:
        return Decision(Outcome.WAITING, people=len(answers))
    return Decision(Outcome.DISPUTED if answers else Outcome.WAITING, people=len(answers))

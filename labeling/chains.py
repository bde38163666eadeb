"""A chain behind a suggestion, as plain data. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

LONGEST_LEADING = 200
"""Characters of the leading answer that are kept beside the shares, to find suggestions by it."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A reasoning text and the answer that it ends in."""

    text: str
    answer: str = ""
    """in words, as in the shares; empty: it ends in no answer that counts"""
    logprob: float | None = None
    """log-probability of the text, or of its answer, in nats: the higher, the surer; None: nobody knows"""

    def to_json(self) -> dict[str, Any]:
        """As Suggestion.chains holds it."""
        return asdict(self)


def leading_answer(shares: Mapping[str, float]) -> str:
    """The answer with the largest share; of equal ones the first. Empty where there is none."""
    return max(shares, key=lambda answer: shares[answer], default="")


def leading_kept(shares: Mapping[str, float]) -> str:
    """The leading answer as it is kept, cut to a length that an index takes."""
    return leading_answer(shares)[:LONGEST_LEADING]

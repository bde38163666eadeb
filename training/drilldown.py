"""From a figure to the listings behind it: the addresses of the listings page that figures link to."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from training.models import Method

EXACTLY = "="
"""Before an answer to an attribute of several values: these and no others."""


class Judged(StrEnum):
    """How an answer to a gold question compares with what people said."""

    RIGHT = "right"
    WRONG = "wrong"
    """Another answer, or nothing that is allowed."""
    UNPARSEABLE = "unparseable"
    """Nothing that is allowed; of a majority, no chain that ended in an allowed answer."""


class Model(NamedTuple):
    """The model that an iteration of a round made, as addresses name it: 12.0 is the SFT of round 12."""

    round_id: int
    iteration: int
    """-1: the base model, zero-shot."""

    def __str__(self) -> str:
        return f"{self.round_id}.{self.iteration}"

    @classmethod
    def read(cls, text: str) -> "Model":
        """The model that an address names.

        Raises:
            ValueError: for any other text.
        """
        round_id, _, iteration = text.partition(".")
        return cls(int(round_id), int(iteration))


@dataclass(frozen=True, slots=True)
class Gold:
    """Answers to gold questions, as a figure counts them."""

    round_id: int
    iteration: int
    """-1 zero-shot, 0 SFT, then the DPO iterations."""
    judged: Judged | None = None
    """None: whatever was said."""
    method: Method = Method.GREEDY
    """Whose answer `judged` and `said` are about: the greedy chain's, or the majority's."""
    truth: str = ""
    """People's answer, as GoldAnswer.truth has it; one value of a multi-valued attribute is enough,
    unless EXACTLY stands before it."""
    said: str = ""
    """The model's answer, likewise."""
    agreement: tuple[float, float] | None = None
    """(least, most), both included, as shares of the chains."""


@dataclass(frozen=True, slots=True)
class Votes:
    """A model version's votes on pool questions, as a figure counts them."""

    round_id: int
    iteration: int
    agreement: tuple[float, float] | None = None
    """(least, most), both included, as shares of the chains."""
    predicted: str = ""
    """The code of a value in the majority's answer, or ":" and a state. Needs an attribute."""


def listings_address(
    behind: Gold | Votes | None = None,
    *,
    vertical: str = "",
    attribute: str = "",
    split: str = "",
    route: str = "",
    days: tuple[date, date] | None = None,
    lowest_first: bool = False,
) -> str:
    """The address of the listings that a figure stands for.

    A gold question counts whether or not its listing was retired since, so retired ones are shown too.

    Args:
        behind: the answers or votes that the figure counts; None for listings whatever a model said.
        vertical: a vertical's code; empty for all.
        attribute: the code of one of its attributes; empty for all.
        split: of the listings: gold, seed or pool.
        route: what the current routing does: "accepted", "review", "audit" or "nothing".
        days: (first, last) on which the listings came, both included.
        lowest_first: those whose votes agree least come first; not of gold answers.

    Raises:
        ValueError: for an attribute without its vertical, or an answer without its attribute.
    """
    if attribute and not vertical:
        raise ValueError(f"attribute {attribute!r} without its vertical: give its code as well")
    query = {"vertical": vertical, "attribute": attribute, "split": split, "route": route}
    if isinstance(behind, Gold):
        query |= _gold(behind)
    elif behind is not None:
        query |= _votes(behind)
    if query.get("predicted") and not attribute:
        raise ValueError("a vote for an answer without its attribute: give its code as well")
    if lowest_first:
        query["sort"] = "agreement"
    if days is not None:
        query |= {"created_from": days[0].isoformat(), "created_to": days[1].isoformat()}
    return f"{reverse('training:listings')}?{urlencode({name: text for name, text in query.items() if text})}"


def _gold(behind: Gold) -> dict[str, str]:
    return {
        "answered": str(Model(behind.round_id, behind.iteration)),
        "method": "" if behind.method == Method.GREEDY else Method(behind.method).value,
        "judged": behind.judged.value if behind.judged else "",
        "truth": behind.truth,
        "said": behind.said,
        "retired": "all",
        **_between(behind.agreement),
    }


def _votes(behind: Votes) -> dict[str, str]:
    return {
        "predicted_by": str(Model(behind.round_id, behind.iteration)),
        "predicted": behind.predicted,
        **_between(behind.agreement),
    }


def _between(agreement: tuple[float, float] | None) -> dict[str, str]:
    """In percent: seven decimals tell any two agreements of less than ten thousand chains apart."""
    if agreement is None:
        return {}
    least, most = (f"{100 * bound:.7f}".rstrip("0").rstrip(".") for bound in agreement)
    return {"agreement_from": least if agreement[0] > 0 else "", "agreement_to": most}

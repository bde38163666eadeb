"""Paired tests on the pages of accuracy: is a model better than another, or was it chance."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from training.dashboards import model_label, percent
from training.drilldown import Model
from training.ml.gate import p_text
from training.ml.signed import signed_text
from training.models import Against, Difference
from training.pages.compare import LEVEL
from training.selectors.accuracy import Slice

WORDS = {
    Against.PREVIOUS: "the iteration before",
    Against.FIRST: "the round's first model",
    Against.CHAMPION: "the champion when the round began",
}


@dataclass(frozen=True, slots=True)
class Tested:
    """A model against another on the questions that both answered."""

    model: str
    other: str
    why: str
    """Which kind of other it is."""
    questions: int
    first_percent: str
    second_percent: str
    points: float
    """The model's accuracy less the other's, in percentage points."""
    alone: int
    other_alone: int
    p_value: float

    @property
    def points_text(self) -> str:
        return signed_text(self.points)

    @property
    def p_cell(self) -> str:
        """The p-value in a table: "0.013"."""
        return p_text(self.p_value).removeprefix("= ")

    @property
    def tone(self) -> str:
        """better, worse, or nothing where chance alone may have made the difference."""
        if self.p_value > LEVEL or not self.points:
            return ""
        return "better" if self.points > 0 else "worse"

    @property
    def verdict(self) -> str:
        """What follows, in words."""
        return {"better": "Better", "worse": "Worse"}.get(self.tone, "May be chance")


def tested(
    differences: Iterable[Difference], slice_: Slice, first_labels: Mapping[int, str]
) -> tuple[Tested, ...]:
    """The stored tests of a slice.

    Args:
        first_labels: {round: what its strategy calls its first model}.
    """
    return tuple(
        Tested(
            model=model_label(one.iteration, first_labels.get(one.round_id, "SFT")),
            other=_other(one, first_labels),
            why=WORDS[Against(one.against)],
            questions=one.questions,
            first_percent=percent(one.right / one.questions),
            second_percent=percent(one.other_right / one.questions),
            points=100 * (one.right - one.other_right) / one.questions,
            alone=one.alone,
            other_alone=one.other_alone,
            p_value=one.p_value,
        )
        for one in differences
    )


def _other(one: Difference, first_labels: Mapping[int, str]) -> str:
    model = Model(one.other_round_id, one.other_iteration)
    label = model_label(model.iteration, first_labels.get(model.round_id, "SFT"))
    return label if model.round_id == one.round_id else f"Round {model.round_id}, {label}"

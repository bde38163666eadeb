"""What a verdict says to the majority."""

import pytest

from catalog.schema.spec import AttributeSpec, ValueSpec
from labeling.truth import Said
from labeling.worked import Verdict, verdict_of

COLOUR = AttributeSpec(
    "colour",
    "Colour",
    multi=True,
    values=(
        ValueSpec("red", "Red"),
        ValueSpec("navy", "Navy blue"),
        ValueSpec("old", "Old rose", retired=True),
    ),
)


@pytest.mark.parametrize(
    ("values", "state", "leading", "verdict"),
    [
        (("red",), "", "Red", Verdict.ACCEPTED),
        (("navy",), "", "navy-blue", Verdict.ACCEPTED),
        (("red",), "", "Navy blue", Verdict.CHANGED),
        ((), "not_visible", "Red", Verdict.NO_VALUE),
        ((), "not_visible", "not visible", Verdict.ACCEPTED),
        (("red",), "", "not visible", Verdict.CHANGED),
        (("old",), "", "Old rose", Verdict.ACCEPTED),
        (("red",), "", "Old rose", Verdict.CHANGED),
    ],
)
def test_a_verdict_accepts_changes_or_says_that_no_value_fits(
    values: tuple[str, ...], state: str, leading: str, verdict: Verdict
) -> None:
    assert verdict_of(COLOUR, Said(values, state), leading, reasoning_wrong=False) == verdict


def test_wrong_reasoning_counts_only_with_the_majoritys_answer() -> None:
    assert verdict_of(COLOUR, Said(("red",)), "Red", reasoning_wrong=True) == Verdict.REASONING
    assert verdict_of(COLOUR, Said(("navy",)), "Red", reasoning_wrong=True) == Verdict.CHANGED

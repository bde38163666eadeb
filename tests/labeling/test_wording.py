"""Answers in words and as codes."""

import pytest

from catalog.schema.spec import AttributeSpec, ValueSpec
from labeling.truth import Said
from labeling.wording import meant, worded

VALUES = (
    ValueSpec("red", "Red", synonyms=("crimson",)),
    ValueSpec("off_white", "Off-white"),
    ValueSpec("black_and_white", "Black, white"),
    ValueSpec("old", "Gone", retired=True),
)
ONE = AttributeSpec("colour", "Colour", values=VALUES)
SEVERAL = AttributeSpec("colours", "Colours", multi=True, values=VALUES)


@pytest.mark.parametrize(
    ("attribute", "words", "said"),
    [
        (ONE, "Red", Said(("red",))),
        (ONE, "CRIMSON", Said(("red",))),
        (ONE, "off_white", Said(("off_white",))),
        (ONE, "óff white", Said(("off_white",))),
        (ONE, "Black, white", Said(("black_and_white",))),
        (ONE, "not visible", Said((), "not_visible")),
        (ONE, "Red, Off-white", None),
        (ONE, "Gone", None),
        (ONE, "", None),
        (SEVERAL, "Off-white, Red", Said(("red", "off_white"))),
        (SEVERAL, "Black, white", Said(("black_and_white",))),
        (SEVERAL, "Red, mauve", None),
    ],
)
def test_words_mean_what_is_offered(attribute: AttributeSpec, words: str, said: Said | None) -> None:
    assert meant(attribute, words) == said


def test_an_answer_is_worded_by_its_labels() -> None:
    assert worded(SEVERAL, Said(("red", "off_white"))) == "Red, Off-white"
    assert worded(ONE, Said((), "not_visible")) == "Not visible"

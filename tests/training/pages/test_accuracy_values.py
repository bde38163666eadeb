"""The table of confusions: every question in one cell, rare answers together, darkness by the row."""

import pytest

from tests.factories import AttributeFactory
from training.drilldown import Model
from training.models import Confusion
from training.pages.accuracyvalues import MOST_ANSWERS, OTHERS, SHADES, UNPARSEABLE, Heat, heat
from training.selectors.accuracy import Slice

pytestmark = pytest.mark.django_db

MODEL = Model(3, 1)
COLOURS = [f"colour {number:02}" for number in range(MOST_ANSWERS + 3)]


def table(counts: dict[tuple[str, str], int], order: list[str], *, multi: bool = False) -> Heat:
    attribute = AttributeFactory.create(multi=multi)
    rows = [Confusion(truth=truth, said=said, count=count) for (truth, said), count in counts.items()]
    return heat(rows, MODEL, Slice(attribute.vertical, attribute), order)


def test_rows_and_columns_come_as_the_schema_has_them_and_unparseable_last() -> None:
    counts = {("blue", "red"): 1, ("red", "red"): 5, ("not visible", ""): 2, ("green", "blue"): 1}
    found = table(counts, ["red", "green", "blue", "not visible"])
    assert found.heads == ("red", "green", "blue", "not visible", UNPARSEABLE)
    assert [row.truth for row in found.rows] == ["red", "green", "blue", "not visible"]
    assert [cell.count for cell in found.rows[3].cells] == [0, 0, 0, 0, 2]
    assert found.wrong == 4


def test_rare_answers_are_put_together_and_none_is_lost() -> None:
    counts = {(one, one): 20 - place for place, one in enumerate(COLOURS)}
    counts |= {(COLOURS[-1], COLOURS[-2]): 1, (COLOURS[0], COLOURS[-1]): 2, (COLOURS[-3], ""): 1}
    found = table(counts, COLOURS)
    assert found.heads == (*COLOURS[:MOST_ANSWERS], OTHERS, UNPARSEABLE)
    assert sum(cell.count for row in found.rows for cell in row.cells) == sum(counts.values())
    together = found.rows[-1]
    assert (together.truth, together.count) == (OTHERS, 8 + 7 + 6 + 1 + 1)
    # Among the others some are wrong, and they are no list of their own.
    assert not together.cells[-2].is_right and not together.cells[-2].address
    assert found.rows[0].cells[-2].count == 2


def test_a_cell_is_as_dark_as_its_share_of_the_row() -> None:
    found = table({("red", "red"): 8, ("red", "blue"): 8, ("blue", "red"): 1, ("blue", "blue"): 99}, [])
    blue, red = found.rows
    assert [cell.shade for cell in red.cells] == [SHADES // 2, SHADES // 2, 0]
    # Whatever happened at all is seen.
    assert [cell.shade for cell in blue.cells] == [SHADES, 1, 0]
    assert [cell.percent for cell in blue.cells] == ["99", "1", "0"]


def test_mistakes_are_the_most_frequent_ones_with_their_share_of_the_label() -> None:
    counts = {("red", "red"): 6, ("red", "blue"): 3, ("red", ""): 1, ("blue", "red"): 1}
    found = table(dict(sorted(counts.items(), key=lambda one: -one[1])), [])
    assert [(one.truth, one.said, one.count, one.percent) for one in found.mistakes] == [
        ("red", "blue", 3, "30"),
        ("red", "", 1, "10"),
        ("blue", "red", 1, "100"),
    ]
    assert "judged=unparseable" in found.mistakes[1].address


def test_several_values_are_opened_as_these_and_no_others() -> None:
    found = table({("red", "blue"): 1}, ["red", "blue"], multi=True)
    assert "truth=%3Dred" in found.mistakes[0].address and "said=%3Dblue" in found.mistakes[0].address

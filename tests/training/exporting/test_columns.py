"""docs/data-format.md lists the columns of each export, in order."""

import re

import pytest

from attrx_web.env import REPOSITORY
from catalog.exporting import dataset
from training.exporting import What
from training.exporting.orders import COLUMNS

TEXT = (REPOSITORY / "docs" / "data-format.md").read_text().partition("\n## Exports\n")[2]
EVERY = ["listing", "listing_id", "vertical", "vertical_label", "split"]
QUESTION = [*EVERY, "attribute", "attribute_label"]
BEFORE = {
    What.LISTINGS: EVERY,
    What.LABELS: ["label", *QUESTION],
    What.PREDICTIONS: ["prediction", *QUESTION],
    What.COMPARISON: QUESTION,
}


def columns_in(text: str) -> list[str]:
    """The names in the first cells of a table."""
    cells = re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def test_what_every_row_has_is_documented() -> None:
    assert columns_in(TEXT.partition("### listings")[0]) == QUESTION


@pytest.mark.parametrize("what", What)
def test_the_columns_of_an_export_are_documented_in_order(what: What) -> None:
    section = TEXT.partition(f"### {what}\n")[2].partition("###")[0]
    assert [column.name for column in COLUMNS[what]] == BEFORE[what] + columns_in(section)


def test_the_columns_of_a_dataset_are_documented() -> None:
    section = " ".join(TEXT.partition("### Folders")[2].split())
    columns = dataset.metadata_columns(labels=True, predictions=True)
    for column in columns:
        assert f"`{column.name.replace('file_names', 'images')}`" in section
        if column.columns:
            assert f"`{column.name}` ({', '.join(one.name for one in column.columns)})" in section

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from catalog.models import Attribute, SchemaVersion, Status, Value, Vertical
from catalog.services import schema_import
from tests.factories import LabelFactory, ListingFactory
from tests.training.rounds import round_in, version_of
from training.models import Alias

pytestmark = pytest.mark.django_db

BAG = {"Bag": {"Colour": {"allowed_values": ["Red", "Blue"]}}}
TAXONOMY = {
    "attributes": {"color": {"name": "Color", "description": "", "allowed_values": ["Red", "Unknown"]}},
    "categories": [{"id": "aa-1", "path": "Apparel > Skirts", "attributes": ["color"]}],
}


def written(path: Path, content: Any) -> str:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def printed(*args: str) -> list[str]:
    out = io.StringIO()
    call_command("schema_import", *args, stdout=out)
    return out.getvalue().splitlines()


def labelled_bags() -> None:
    schema_import(schema=BAG)
    vertical, colour = Vertical.objects.get(), Attribute.objects.get()
    for value in ("red", "red", "blue"):
        LabelFactory.create(
            listing=ListingFactory.create(vertical=vertical), attribute=colour, values=[value]
        )
    round_ = round_in(Status.DONE)
    round_.schema_versions.set(SchemaVersion.objects.all())
    Alias.objects.create(name="champion", version=version_of(round_))


def test_it_says_what_changes_and_what_that_makes_stale(tmp_path: Path) -> None:
    labelled_bags()
    path = written(tmp_path / "bag.csv", "vertical,attribute,value\nBag,Colour,Blue\nBag,Colour,Navy\n")
    lines = printed(path)
    assert lines[:3] == [
        "Bag:",
        "  Navy is added to Colour (3 labels to check)",
        "  Red of Colour is retired (2 labels stale)",
    ]
    assert lines[3] == "  labels in all: 2 stale, 1 to check"
    assert lines[4].startswith("  models that have learned it as it was: Round") and "(champion)" in lines[4]
    assert lines[5] == "1 of 1 verticals changed"
    assert Value.objects.get(code="red").retired
    assert SchemaVersion.objects.first().note == "bag.csv"  # type: ignore[union-attr]


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "bag.json", BAG)
    assert printed(path, "--dry-run") == [
        "Bag:",
        "  Bag is new, with 1 attribute",
        "  Colour is added, with 2 values",
        "1 of 1 verticals would change",
    ]
    assert not Vertical.objects.exists()


def test_the_same_file_again_changes_nothing_and_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "bag.json", BAG)
    printed(path)
    assert printed(path) == ["Bag: nothing is different", "0 of 1 verticals changed"]
    assert SchemaVersion.objects.count() == 1


def test_categories_are_taken_from_a_taxonomy(tmp_path: Path) -> None:
    path = written(tmp_path / "taxonomy.json", TAXONOMY)
    lines = printed(path, "--taxonomy", "--category", "aa-1")
    assert lines[0] == "From the taxonomy's Apparel > Skirts."
    assert lines[1].startswith("The value 'Unknown' of Color is left out: unknown is a state")
    assert list(Value.objects.values_list("attribute__code", "label")) == [("color", "Red")]


@pytest.mark.parametrize(
    ("content", "args", "message"),
    [
        ("vertical,attribute,value\nBag,Colour,Unknown\n", [], "row 2, column value: .*unknown is a state"),
        ("{", [], "not valid JSON"),
        (BAG, ["--taxonomy"], "--taxonomy and --category go together"),
        (BAG, ["--category", "1"], "--taxonomy and --category go together"),
        (TAXONOMY, ["--taxonomy", "--category", "zz"], "category 'zz' is not in the taxonomy"),
    ],
)
def test_a_file_that_cannot_be_used_ends_with_2(
    tmp_path: Path, content: Any, args: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message) as caught:
        printed(written(tmp_path / "file", content), *args)
    assert caught.value.returncode == 2
    assert not Vertical.objects.exists()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.csv: cannot be read \(No such file"):
        printed(str(tmp_path / "none.csv"))

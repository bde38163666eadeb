import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from catalog.schema.files import read_schema_file
from catalog.selectors.drafts import schema_saved
from catalog.services import schema_import

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def schema(db: None) -> None:
    for name in ("Bag", "Hat"):
        schema_import(schema={name: {"Farbe": {"allowed_values": ["Rot", "Grün"]}}})


def printed(*args: str) -> str:
    out = io.StringIO()
    call_command("schema_export", *args, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("args", [[], ["--format", "csv"]])
def test_the_schema_is_printed_and_can_be_read_back(args: list[str]) -> None:
    assert read_schema_file(printed(*args).encode(), where="out").schema == schema_saved()


def test_a_csv_is_written_so_that_spreadsheets_see_utf8(tmp_path: Path) -> None:
    path = tmp_path / "schema.csv"
    assert printed(str(path), "--bom") == f"2 verticals written to {path}\n"
    assert path.read_bytes().startswith(b"\xef\xbb\xbfvertical,attribute,value")
    assert read_schema_file(path.read_bytes(), where="f").schema == schema_saved()


def test_the_format_follows_the_name_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "schema.csv"
    printed(str(path))
    assert path.read_bytes().startswith(b"vertical,attribute,value")
    printed(str(path), "--format", "json")
    assert path.read_bytes().startswith(b"{")


def test_a_vertical_is_chosen_by_its_code() -> None:
    [vertical] = read_schema_file(printed("--vertical", "hat").encode(), where="out").schema
    assert vertical.label == "Hat"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--vertical", "sofa"], "there is no vertical 'sofa': give the code of one"),
        (["/nowhere/schema.csv"], "/nowhere/schema.csv: cannot be written"),
    ],
)
def test_what_cannot_be_written_ends_with_2(args: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message) as caught:
        printed(*args)
    assert caught.value.returncode == 2

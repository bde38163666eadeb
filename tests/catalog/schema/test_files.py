import gzip
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.errors import CatalogError
from catalog.schema import files
from catalog.schema.csvfile import write_csv
from catalog.schema.csvrows import MOST_PROBLEMS, SchemaFileError, read_csv
from catalog.schema.files import read_schema_file, read_taxonomy_file, write_schema_json
from catalog.schema.merge import FULL, SHORT, merged
from catalog.schema.parts import Schema
from catalog.schema.spec import parse_schema
from tests.catalog.schema.strategies import schemas

BAG = {
    "Bag": {
        "Colour": {"description": "Main colour", "allowed_values": ["Red", "Blue"]},
        "Closing": {"allowed_values": ["Zip", "Flap"], "multi": True},
    }
}


def bag() -> Schema:
    return parse_schema(BAG, where="bag")


def problems(text: str) -> list[str]:
    with pytest.raises(SchemaFileError) as caught:
        read_csv(text.encode(), where="f.csv")
    return list(caught.value.problems)


@settings(max_examples=60)
@given(schemas)
def test_any_schema_comes_back_from_its_csv(schema: Schema) -> None:
    file = read_csv(write_csv(schema).encode(), where="f.csv")
    assert file.schema == schema
    assert file.said == FULL - {"examples"}


@settings(max_examples=60)
@given(schemas)
def test_any_schema_comes_back_from_its_json(schema: Schema) -> None:
    file = read_schema_file(write_schema_json(schema).encode(), where="f.json")
    assert (file.schema, file.said) == (schema, FULL)


@settings(max_examples=30)
@given(schemas)
def test_a_csv_that_comes_back_changes_nothing(schema: Schema) -> None:
    file = read_csv(write_csv(schema).encode(), where="f.csv")
    for kept, said in zip(schema, file.schema, strict=True):
        assert merged(kept, said, said=file.said) == kept


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_encoding_and_delimiter_is_read(encoding: str, delimiter: str) -> None:
    rows = [
        ("Vertical", "Attribute", "Value", "Guideline"),
        ("Rock", "Länge", "über dem Knie", '"zwei\nZeilen; mit, allem"'),
        ("Rock", "Länge", "knöchellang", ""),
    ]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    [vertical] = read_csv(text.encode(encoding), where="f.csv").schema
    [attribute] = vertical.attributes
    assert [value.label for value in attribute.values] == ["über dem Knie", "knöchellang"]
    assert attribute.guideline == "zwei\nZeilen; mit, allem"


def test_the_delimiter_line_of_excel_is_skipped() -> None:
    [vertical] = read_csv(b"sep=;\nvertical;attribute;value\nBag;Colour;Red\n", where="f.csv").schema
    assert vertical.label == "Bag"


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    schema = parse_schema({"Bag": {"Sum": {"allowed_values": ["=1+1", "'=quoted", "+5"]}}}, where="bag")
    text = write_csv(schema)
    assert "'=1+1" in text and "''=quoted" in text and "'+5" in text
    assert read_csv(text.encode(), where="f.csv").schema == schema


def test_a_csv_without_codes_has_codes_made_from_names() -> None:
    text = "vertical,attribute,value,multi\nBag,Colour,Red,yes\nBag,Colour,Light blue,\n"
    file = read_csv(text.encode(), where="f.csv")
    [attribute] = file.schema[0].attributes
    assert (attribute.code, attribute.multi) == ("colour", True)
    assert [value.code for value in attribute.values] == ["red", "light-blue"]
    assert file.said == {"multi"}


def test_a_row_added_without_codes_joins_the_attribute_of_its_name() -> None:
    text = (
        "vertical,attribute,value,vertical_code,attribute_code,value_code\n"
        "Bag,Colour,Green,,,\nBag,Colour,Red,bag,color,red\n"
    )
    [vertical] = read_csv(text.encode(), where="f.csv").schema
    [attribute] = vertical.attributes
    assert (attribute.code, [value.code for value in attribute.values]) == ("color", ["green", "red"])


def test_a_new_value_called_like_an_old_code_gets_a_code_of_its_own() -> None:
    text = (
        "vertical,attribute,value,vertical_code,attribute_code,value_code\n"
        "Bag,Colour,Red,bag,colour,\nBag,Colour,Crimson,bag,colour,red\n"
    )
    [attribute] = read_csv(text.encode(), where="f.csv").schema[0].attributes
    assert [(value.label, value.code) for value in attribute.values] == [("Red", "red-2"), ("Crimson", "red")]


HEADER = "vertical,attribute,value,retired,multi,weight,description,attribute_code,synonyms\n"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("Bag,,Red", "row 2, column attribute: it is empty: name the attribute in every row"),
        (",Colour,Red", "row 2, column vertical: it is empty: name the vertical in every row"),
        ("Bag,Colour,Red,maybe", "row 2, column retired: 'maybe' is neither yes nor no: write one of them"),
        ("Bag,Colour,Red,,heavy", "row 2, column multi: 'heavy' is neither yes nor no"),
        (
            "Bag,Colour,Red,,,heavy",
            "row 2, column weight: 'heavy' is no weight: write a number from 0 to 1000",
        ),
        ("Bag,Colour,Red,,,nan", "row 2, column weight: 'nan' is no weight"),
        (
            "Bag,Colour,Red,,,,Main\nBag,Colour,Blue,,,,Other",
            "row 3, column description: 'Other' is not what row 2 says about 'Colour': keep one",
        ),
        (
            "Bag,Colour,Red,,,,,c\nBag,Color,Blue,,,,,c",
            "row 3, column attribute: 'Color' is called 'Colour' in row 2: write the same name in both",
        ),
        ("Bag,Colour,Unknown", "row 2, column value: the values have 'Unknown', but unknown is a state"),
        (
            "Bag,Colour,Red,,,,,,n/a|not visible",
            "row 2, column value: the values have 'not visible', but not_vis",
        ),
        ("Bag,Colour,Red\nBag,Colour,RED", "row 3, column value: 'RED' and 'Red' cannot be told apart"),
        (
            "Bag,Colour,Red\nBag,Colour,Blue,,,,,,red",
            "row 3, column synonyms: 'red' names 'Red' too: give it to one of the two values",
        ),
        ("Bag,Colour,", "row 2, column value: there is no value to choose from"),
        ("Bag,Colour,Red,,,,,a/b", "row 2, column attribute: the code of 'Colour' is 'a/b': use letters"),
        ("Bag,Colour,R\x07ed", r"row 2, column value: it has the control character '\x07': remove it"),
    ],
)
def test_a_fault_is_named_by_row_and_column(rows: str, message: str) -> None:
    assert any(f"f.csv, {message}" in problem for problem in problems(HEADER + rows))


def test_every_fault_is_named_in_the_order_of_rows() -> None:
    found = problems(HEADER + "Bag,,Red\nBag,Colour,Unknown\n,Colour,Blue\nBag,Colour,Red,maybe")
    assert [re.findall(r"row (\d+)", problem)[0] for problem in found] == ["2", "3", "4", "5"]


def test_of_many_faults_the_first_ones_are_named() -> None:
    found = problems(HEADER + "Bag,,Red\n" * (MOST_PROBLEMS + 7))
    assert len(found) == MOST_PROBLEMS + 1
    assert found[-1] == "and 7 more like these"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "row 1: there is no column 'vertical'"),
        (b"vertical,attribute\nBag,Colour", "row 1: there is no column 'value': the columns are vertical,"),
        (b"vertical,attribute,value\n", "there are no rows below the header: add one for each value"),
        (b'vertical,attribute,value\nBag,Colour,"Red\n', "it cannot be read as CSV"),
        (b"vertical,attribute,value\nBag,Colour,\0\n", "it has bytes that are no text"),
        (b"\xff\xfev\0e\0", "row 1: there is no column"),
        (b"\xff\xfe\0\xd8\0\xd8", "it has bytes that are no text"),
        (b"{", "not valid JSON"),
        (b"[]", "expected an object of verticals"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_a_file_that_is_no_schema_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(CatalogError, match=re.escape(message)):
        read_schema_file(content, where="f")


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    try:
        assert read_schema_file(content, where="f").schema
    except CatalogError as error:
        assert str(error).startswith("f")


KEYS = ("verticals", "label", "attributes", "values", "code", "allowed_values", "weight", "synonyms", "x")


@settings(max_examples=100)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
        max_leaves=20,
    )
)
def test_no_json_breaks_the_reader(raw: object) -> None:
    try:
        read_schema_file(json.dumps(raw).encode(), where="f")
    except CatalogError as error:
        assert str(error).startswith("f")


def test_short_json_says_less_than_full_json() -> None:
    assert read_schema_file(json.dumps(BAG).encode(), where="f").said == SHORT


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_SCHEMA_BYTES", files.MEGABYTE)
    with pytest.raises(CatalogError, match="f: 2 MB are more than 1: split the file by vertical"):
        read_schema_file(b" " * (2 * files.MEGABYTE), where="f")


def test_a_gzip_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_TAXONOMY_BYTES", 1000)
    with pytest.raises(CatalogError, match="f: it has more than 0 MB: take a file in one language"):
        read_taxonomy_file(gzip.compress(b" " * 100_000), where="f")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(b"{}" * 100)[:-12], "the gzip file is cut short: copy it again"),
        (b"\x1f\x8bnonsense", "the gzip file is broken"),
    ],
)
def test_a_broken_gzip_file_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        read_taxonomy_file(content, where="f")

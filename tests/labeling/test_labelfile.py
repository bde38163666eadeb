import csv
import io

import pytest

from labeling.answers import Given
from labeling.errors import LabelingError
from labeling.labelfile import read_csv, read_jsonl

HEADER = "label,listing_id,attribute,values,state,evidence\r\n"
ROW = '{"listing_id": "w1", "attribute": "strap", "values": ["steel"], "state": "", "evidence": 2}'


def test_rows_of_csv_are_answers() -> None:
    text = HEADER + '1,\'=w1,hands,hour|a\\|b,,2\r\n\r\n2,"w\n2",strap,,not_visible,\r\n'
    first, second = read_csv(io.StringIO(text, newline=""), where="labels.csv")
    assert first == Given(
        "labels.csv, line 2: listing '=w1', attribute 'hands'", "=w1", "hands", ("hour", "a|b"), 2
    )
    assert isinstance(second, Given)
    assert (second.listing, second.values, second.evidence_position) == ("w\n2", ("not_visible",), None)


def test_lines_of_jsonl_are_answers() -> None:
    (answer,) = read_jsonl(io.StringIO(f"\n{ROW}\n"), where="labels.jsonl")
    assert answer == Given(
        "labels.jsonl, line 2: listing 'w1', attribute 'strap'", "w1", "strap", ("steel",), 2
    )


def test_a_csv_without_the_columns_is_refused() -> None:
    for text in ("", "listing_id,attribute,values,state\r\n"):
        with pytest.raises(LabelingError, match="is missing: give a CSV export of labels"):
            list(read_csv(io.StringIO(text), where="labels.csv"))


def test_a_line_that_is_no_csv_is_named() -> None:
    text = f"{HEADER}1,w1,strap,{'x' * 200},,\r\n"
    limit = csv.field_size_limit(100)
    try:
        with pytest.raises(LabelingError, match="after line 1: not CSV .field larger than field limit"):
            list(read_csv(io.StringIO(text), where="labels.csv"))
    finally:
        csv.field_size_limit(limit)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1,w1,strap,steel,,two\r\n", "labels.csv, line 2: evidence is no whole number"),
        ("1,w1,strap\r\n", "labels.csv, line 2: values is missing"),
    ],
)
def test_a_row_of_csv_that_is_no_label_is_named(line: str, message: str) -> None:
    problem, answer = read_csv(io.StringIO(f"{HEADER}{line}1,w1,strap,steel,,\r\n"), where="labels.csv")
    assert isinstance(answer, Given)
    assert message in str(problem)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 1: not valid JSON"),
        ("[]", "line 1: listing_id is missing"),
        (ROW.replace('"state": "", ', ""), "line 1: state is missing"),
        (ROW.replace('["steel"]', '"steel"'), "line 1: values is no list of texts"),
        (ROW.replace('["steel"]', "[5]"), "line 1: values is no list of texts"),
        (ROW.replace('"w1"', "5"), "line 1: listing_id is no text"),
        (ROW.replace("2}", "true}"), "line 1: evidence is no whole number"),
        ("[" * 100_000, "line 1: not valid JSON"),
    ],
)
def test_a_line_of_jsonl_that_is_no_label_is_named(line: str, message: str) -> None:
    problem, answer = read_jsonl(io.StringIO(f"{line}\n{ROW}\n"), where="labels.jsonl")
    assert isinstance(answer, Given)
    assert message in str(problem)

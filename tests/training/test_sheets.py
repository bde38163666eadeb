"""Tables of dashboards as CSV."""

import csv
import io

import pytest
from django.http import Http404, HttpRequest
from django.test import RequestFactory

from catalog.exporting.tables import Column, Kind, texts
from training.sheets import Sheet, Sheets, csv_response, is_csv_asked

COLUMNS = (*texts("vertical"), Column("agreement", Kind.SHARE), Column("listings", Kind.NUMBER))
SHEETS: Sheets = {
    "verticals": lambda: Sheet(COLUMNS, [("kurta", 0.8125, 250), ("=cmd|' /C calc'!A0", None, 0)]),
    "weeks": lambda: Sheet(texts("week"), iter([("2026-11-16",)])),
}


def asked(query: str) -> HttpRequest:
    return RequestFactory().get(f"/health/?{query}")


def test_the_first_table_is_given_where_none_is_named() -> None:
    answer = csv_response(asked("format=csv"), SHEETS, name="health")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[:2] == [["vertical", "agreement", "listings"], ["kurta", "0.8125", "250"]]
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="health-verticals.csv"'


def test_text_that_a_spreadsheet_would_run_is_only_text() -> None:
    answer = csv_response(asked("format=csv"), SHEETS, name="health")
    assert list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[2] == [
        "'=cmd|' /C calc'!A0",
        "",
        "0",
    ]


def test_a_table_is_given_by_its_name() -> None:
    answer = csv_response(asked("format=csv&table=weeks"), SHEETS, name="health")
    assert answer.content == "\ufeffweek\r\n2026-11-16\r\n".encode()


def test_a_table_that_the_page_does_not_have_is_refused_with_those_that_it_has() -> None:
    with pytest.raises(Http404, match="no table 'months' here: ask for verticals or weeks"):
        csv_response(asked("format=csv&table=months"), SHEETS, name="health")


def test_a_page_is_a_page_unless_csv_is_asked_for() -> None:
    assert not is_csv_asked(asked("table=weeks"))
    assert not is_csv_asked(asked("format=html"))
    assert is_csv_asked(asked("format=csv"))

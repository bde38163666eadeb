import csv
import io

from catalog.importing.csv_rows import PROBLEM_COLUMNS, CsvRows
from catalog.importing.dialect import Dialect
from catalog.importing.error_file import error_file
from catalog.importing.plan import Column, Plan, Role
from catalog.importing.raw import Problem, RawRow

PLAN = Plan(columns=(Column("id", Role.ID),))


def problem(row: int, field: str = "id", value: str = "v") -> Problem:
    return Problem(row, f"l{row}", field, value, "why", "what")


def written(problems: list[Problem], rows: list[RawRow], plan: Plan = PLAN) -> str:
    return "".join(error_file(problems, rows, plan, ["id", "name"]))


def lines(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    header, *rest = csv.reader(io.StringIO(text[1:]))
    assert header == [*PROBLEM_COLUMNS, "id", "name"]
    return rest


ROWS = [RawRow(number, {"id": f"l{number}", "name": f"name {number}"}) for number in range(1, 5)]


def test_a_refused_row_has_a_line_a_problem_and_its_cells_once() -> None:
    assert lines(written([problem(2), problem(2, "name"), problem(4)], ROWS)) == [
        ["2", "l2", "id", "v", "why", "what", "l2", "name 2"],
        ["2", "l2", "name", "v", "why", "what", "", ""],
        ["4", "l4", "id", "v", "why", "what", "l4", "name 4"],
    ]


def test_the_file_is_read_no_further_than_the_last_problem() -> None:
    rows = iter(ROWS)
    "".join(error_file([problem(1)], rows, PLAN, ["id"]))
    assert next(rows).number == 3


def test_all_rows_of_a_refused_product_are_there() -> None:
    rows = [
        RawRow(1, {"id": "a"}),
        RawRow(2, {"id": ""}),
        RawRow(3, {"id": "", "name": "x"}),
        RawRow(4, {"id": "b"}),
    ]
    plan = Plan(columns=PLAN.columns, continuation=True)
    assert [line[0] + line[2] for line in lines(written([problem(2, "name")], rows, plan))] == [
        "1",
        "2name",
        "3",
    ]


def test_cells_that_a_spreadsheet_would_run_are_guarded_and_read_back() -> None:
    row = RawRow(1, {"id": "=cmd()", "name": "'-1"})
    text = written([Problem(1, "=cmd()", "name", "@x", "why", "what")], [row])
    assert lines(text) == [["1", "'=cmd()", "name", "'@x", "why", "what", "'=cmd()", "''-1"]]
    [back] = CsvRows(io.BytesIO(text.encode()), Dialect(), size=0, where="errors.csv")
    assert back.cells == row.cells


def test_plain_data_is_written_as_json() -> None:
    [line] = lines(written([problem(1)], [RawRow(1, {"id": 7, "name": {"a": ["é"]}})]))
    assert line[-2:] == ["7", '{"a": ["é"]}']

import io

import pytest

from catalog.errors import CatalogError
from catalog.importing.csv_rows import PROBLEM_COLUMNS, CsvRows
from catalog.importing.dialect import Dialect
from catalog.importing.raw import LONGEST_CELL, LONGEST_LINE, RawRow


def rows(content: str | bytes, dialect: Dialect = Dialect()) -> list[RawRow]:  # noqa: B008  it is frozen
    content = content.encode() if isinstance(content, str) else content
    return list(CsvRows(io.BytesIO(content), dialect, size=len(content), where="rows.csv"))


def cells(content: str | bytes, dialect: Dialect = Dialect()) -> list[dict[str, str]]:  # noqa: B008
    read = rows(content, dialect)
    assert [row.problem for row in read] == [None] * len(read)
    return [dict(row.cells) for row in read]


def problem(row: RawRow) -> tuple[int, str, str]:
    assert row.problem
    return row.problem.row, row.problem.field, row.problem.reason


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("begin", ["", "\ufeff", "sep=,\n"])
def test_rows_are_read_whatever_the_line_ends_and_the_mark(begin: str, end: str) -> None:
    text = begin + 'sku,name\n1,"Bag, ""red"""\n2,"two\nlines"\n'.replace("\n", end)
    assert cells(text) == [{"sku": "1", "name": 'Bag, "red"'}, {"sku": "2", "name": f"two{end}lines"}]


def test_a_last_line_without_an_end_is_read() -> None:
    assert cells("sku\n1\n2") == [{"sku": "1"}, {"sku": "2"}]


def test_other_dialects_are_read() -> None:
    assert cells("a;b\n'x;y';it\\'s\n", Dialect(delimiter=";", quote="'", escape="\\")) == [
        {"a": "x;y", "b": "it's"}
    ]
    assert cells('a\tb\n5" x\t"7"\n', Dialect(delimiter="\t", quote="")) == [{"a": '5" x', "b": '"7"'}]
    assert cells("a,b\n1,Café\n".encode("utf-16"), Dialect("utf-16-le")) == [{"a": "1", "b": "Café"}]


def test_rows_are_numbered_without_the_header_and_empty_ones_are_left_out() -> None:
    read = rows("sku,name\n1,a\n\n,\n2,b\n")
    assert [(row.number, row.cells["sku"]) for row in read] == [(1, "1"), (4, "2")]


def test_columns_without_a_name_and_with_the_same_name_are_told_apart() -> None:
    assert list(cells("a, ,a,b  c\n1,2,3,4\n")[0]) == ["a", "column 2", "a (2)", "b c"]


def test_a_row_with_too_few_or_too_many_cells_does_not_stop_the_others() -> None:
    read = rows("a,b\n1\n2,3,4\n5,6\n")
    reason = "the row has not as many cells as the header"
    assert [problem(row) for row in read[:2]] == [(1, "", reason), (2, "", reason)]
    assert read[0].problem and "it has 1, the header has 2" in read[0].problem.remedy
    assert read[2] == RawRow(3, {"a": "5", "b": "6"})


def test_a_quote_that_is_never_closed_costs_its_own_row_only() -> None:
    read = rows('sku,name\n1,"open\n2,plain\n3,"closed"\n4,"also, closed"\n5,x\n')
    assert problem(read[0]) == (1, "", "its quotation marks do not match")
    assert [dict(row.cells) for row in read[1:]] == [
        {"sku": "2", "name": "plain"},
        {"sku": "3", "name": "closed"},
        {"sku": "4", "name": "also, closed"},
        {"sku": "5", "name": "x"},
    ]


def test_a_quote_that_is_open_at_the_end_of_the_file_costs_its_own_row_only() -> None:
    read = rows('sku,name\n1,"open\n2,plain\n')
    assert problem(read[0])[0] == 1
    assert read[1] == RawRow(2, {"sku": "2", "name": "plain"})


def test_a_cell_that_is_too_long_is_refused() -> None:
    read = rows(f"sku,name\n1,{'x' * (LONGEST_CELL + 1)}\n2,b\n")
    assert problem(read[0]) == (1, "", f"a cell is longer than {LONGEST_CELL} characters")
    assert read[1].cells["sku"] == "2"


def test_a_line_that_never_ends_is_skipped_in_pieces() -> None:
    read = rows(f"sku,name\n1,{'x,' * (LONGEST_LINE // 2 + 10)}\n2,b\n")
    assert problem(read[0])[2] == f"a cell is longer than {LONGEST_CELL} characters"
    assert [row.cells.get("sku") for row in read[1:]] == ["2"]


def test_bytes_that_are_nothing_in_the_encoding_are_named_with_their_column() -> None:
    read = rows(b"sku,name\n1,caf\xe9\n2,ok\n")
    assert problem(read[0]) == (1, "name", "it has bytes that are nothing in utf-8")
    assert read[0].problem and read[0].problem.value == "caf�"
    assert read[1] == RawRow(2, {"sku": "2", "name": "ok"})


@pytest.mark.parametrize("content", ["", "\n\n", ",,\n", "\ufeff"])
def test_a_file_without_a_header_is_refused(content: str) -> None:
    with pytest.raises(CatalogError, match="rows.csv: it is empty: give a file whose first row names"):
        rows(content)


def test_an_error_file_is_read_without_what_it_says_about_problems() -> None:
    head = ",".join((*PROBLEM_COLUMNS, "sku", "'=name"))
    text = f"{head}\n7,a,name,,why,what,1,'=cmd()\n7,a,x,,why,what,,\n9,b,name,,why,what,2,'plain\n"
    assert cells(text) == [{"sku": "1", "=name": "=cmd()"}, {"sku": "2", "=name": "'plain"}]


def test_the_position_is_where_the_file_is_read() -> None:
    content = ("sku,name\n" + "1,a\n" * 50_000).encode()
    read = CsvRows(io.BytesIO(content), Dialect(), size=len(content), where="rows.csv")
    iterator = iter(read)
    next(iterator)
    assert 0 < read.position < len(content) / 2
    assert sum(1 for _ in iterator) == 49_999
    assert read.position == len(content)

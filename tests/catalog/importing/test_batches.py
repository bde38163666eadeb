from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from catalog.errors import CatalogError
from catalog.importing import batches
from catalog.importing.batches import Batches
from catalog.importing.plan import Column, Plan, Role
from catalog.importing.raw import RawRow
from catalog.importing.rows import RowReader
from catalog.importing.seen import Seen
from catalog.schema.spec import parse_schema

SCHEMA = parse_schema({"bag": {"color": {"allowed_values": ["red"]}}}, where="schema")
COLUMNS = (Column("id", Role.ID), Column("photo", Role.IMAGES))


@dataclass
class Given:
    rows: list[dict[str, Any]]
    columns: tuple[str, ...] = ()
    size: int = 0
    position: int = 0
    read: int = field(default=0)

    def __iter__(self) -> Iterator[RawRow]:
        for number, row in enumerate(self.rows, 1):
            self.position = 10 * number
            yield RawRow(number, row)


def reader(*, continuation: bool = False) -> RowReader:
    return RowReader(Plan(columns=COLUMNS, vertical="bag", continuation=continuation), SCHEMA)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PRODUCTS", 3)
    monkeypatch.setattr(batches, "IMAGES", 4)


def test_products_come_in_batches_that_know_where_they_end() -> None:
    found = list(Batches(Given([{"id": str(n)} for n in range(7)]), reader()))
    assert [(list(one.listings), one.rows, one.position) for one in found] == [
        (["0", "1", "2"], 3, 30),
        (["3", "4", "5"], 6, 60),
        (["6"], 7, 70),
    ]


def test_a_batch_ends_with_many_photos() -> None:
    found = list(Batches(Given([{"id": str(n), "photo": f"{n}.jpg,{n}b.jpg"} for n in range(3)]), reader()))
    assert [len(one.listings) for one in found] == [2, 1]


def test_reading_goes_on_after_a_row() -> None:
    rows = [{"id": "a"}, {"id": ""}, {"id": "b"}, {"id": ""}, {"id": "c"}]
    [whole] = Batches(Given(rows), reader(continuation=True))
    assert (list(whole.listings), whole.rows) == (["a", "b", "c"], 5)
    [rest] = Batches(Given(rows), reader(continuation=True), after=2)
    assert (list(rest.listings), rest.rows) == (["b", "c"], 5)
    assert list(Batches(Given(rows), reader(continuation=True), after=5)) == []


def test_the_next_batch_is_read_while_one_is_written() -> None:
    given = Given([{"id": str(n)} for n in range(7)])
    batches = Batches(given, reader())
    iterator = iter(batches)
    first = next(iterator)
    assert (list(first.listings), given.position) == (["0", "1", "2"], 30)
    assert [batches.read_ahead() for _ in range(4)] == [True, True, True, False]
    assert given.position == 60
    assert [list(one.listings) for one in iterator] == [["3", "4", "5"], ["6"]]
    assert not batches.read_ahead()


@dataclass
class Breaking(Given):
    def __iter__(self) -> Iterator[RawRow]:
        yield from super().__iter__()
        raise CatalogError("it breaks off")


def test_what_a_file_fails_with_comes_after_the_batches_before_it() -> None:
    batches = Batches(Breaking([{"id": str(n)} for n in range(4)]), reader())
    iterator = iter(batches)
    assert list(next(iterator).listings) == ["0", "1", "2"]
    assert [batches.read_ahead() for _ in range(2)] == [True, False]
    with pytest.raises(CatalogError, match="it breaks off"):
        next(iterator)


def test_bad_products_are_counted_and_named() -> None:
    [batch] = Batches(Given([{"id": "a"}, {"id": ""}, {"id": "a"}]), reader())
    assert (list(batch.listings), batch.refused) == (["a"], 2)
    assert [(one.row, one.reason, one.remedy) for one in batch.problems] == [
        (2, "it is empty", "give each listing an id"),
        (3, "the listing is there twice", "keep one of the rows; the other is row 1"),
    ]


def test_ids_that_a_file_had_before_are_known_with_their_row() -> None:
    seen = Seen()
    assert seen.add([("a", 1), ("b", 2)]) == {}
    assert seen.add([("b", 3), ("c", 4)]) == {"b": 2}
    assert seen.add([("b", 5), ("c", 6)]) == {"b": 2, "c": 4}
    seen.close()

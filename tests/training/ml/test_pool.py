"""The pool as files: in order, read where it is asked for, the same whatever it was written by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from training.ml import pool
from training.ml.errors import DataError
from training.ml.pool import PoolFacts, PoolFiles, Row, pool_facts, pool_rows, write_pool


def row(number: int, *, photos: int = 1, words: int = 0) -> Row:
    images = [{"file": f"{number}-{one}.png", "sha256": f"{one:064}", "bytes": 7} for one in range(photos)]
    return {
        "listing_id": f"sku-{number:04}",
        "vertical": f"vertical {number % 2}",
        "title": "„Hülle“",
        "description": "word " * words,
        "group": f"group-{number}",
        "images": images,
    }


def located(files: Iterable[str]) -> Mapping[str, Path]:
    return {file: Path("media") / file for file in files}


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of six listings, read by four."""
    monkeypatch.setattr(pool, "SEGMENT", 6)
    monkeypatch.setattr(pool, "ROW_GROUP", 4)


def written(folder: Path, rows: Iterable[Row]) -> PoolFacts:
    folder.mkdir()
    return write_pool(folder, rows)


@pytest.mark.usefixtures("small_parts")
def test_any_slice_is_what_a_list_would_give(tmp_path: Path) -> None:
    written(tmp_path / "pool", map(row, range(20)))
    files = PoolFiles(tmp_path / "pool", located)
    whole = list(files)
    assert [one.listing_id for one in whole] == [f"sku-{number:04}" for number in range(20)]
    assert len(files) == 20
    for start in range(21):
        for stop in range(start, 22):
            assert files[start:stop] == whole[start:stop]
    assert (files[7], files[-1]) == (whole[7], whole[-1])
    assert list(files.verticals()) == [one.vertical for one in whole]
    with pytest.raises(IndexError):
        files[20]


def test_a_listing_comes_back_with_its_photos_on_this_machine(tmp_path: Path) -> None:
    written(tmp_path / "pool", [row(3, photos=2, words=4)])
    [listing] = PoolFiles(tmp_path / "pool", located)
    assert listing.images == (Path("media/3-0.png"), Path("media/3-1.png"))
    assert (listing.title, listing.description, listing.group) == ("„Hülle“", "word " * 4, "group-3")
    assert (dict(listing.answers), dict(listing.evidence)) == ({}, {})


def test_listings_of_like_length_are_neighbours(tmp_path: Path) -> None:
    written(tmp_path / "pool", [row(1, photos=2), row(2, words=2), row(3), row(4, photos=2), row(5)])
    files = PoolFiles(tmp_path / "pool", located)
    assert [one.listing_id[-1] for one in files] == ["3", "5", "2", "1", "4"]


@pytest.mark.usefixtures("small_parts")
def test_rows_that_are_written_again_are_the_same_pool(tmp_path: Path) -> None:
    facts = written(tmp_path / "first", (row(number, photos=1 + number % 3) for number in range(20)))
    again = written(tmp_path / "again", pool_rows(tmp_path / "first"))
    assert facts == again == pool_facts(pool_rows(tmp_path / "again"))
    assert facts.listings == 20


def test_another_word_is_another_pool() -> None:
    assert pool_facts([row(1)]).sha256 != pool_facts([row(1) | {"title": "Hülle"}]).sha256


@pytest.mark.usefixtures("small_parts")
def test_a_slice_looks_only_for_the_photos_of_its_row_groups(tmp_path: Path) -> None:
    written(tmp_path / "pool", map(row, range(20)))
    looked: list[str] = []

    def locate(files: Iterable[str]) -> Mapping[str, Path]:
        looked.extend(files)
        return located(looked)

    files = PoolFiles(tmp_path / "pool", locate)
    assert (len(files), looked) == (20, [])
    assert files[7:9] and files[8:10]
    assert looked == [f"{number}-0.png" for number in range(6, 10)]


@pytest.mark.usefixtures("small_parts")
def test_no_more_than_a_segment_is_held_while_writing(tmp_path: Path) -> None:
    seen: list[int] = []

    def rows() -> Iterator[Row]:
        for number in range(14):
            seen.append(len(list((tmp_path / "pool").iterdir())))
            yield row(number)

    written(tmp_path / "pool", rows())
    assert seen == [0] * 6 + [1] * 6 + [2] * 2


def test_an_empty_pool_has_no_listings(tmp_path: Path) -> None:
    assert written(tmp_path / "pool", []).listings == 0
    files = PoolFiles(tmp_path / "pool", located)
    assert (len(files), list(files), files[:5]) == (0, [], [])


def test_files_that_are_gone_or_broken_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the pool is not in .*/pool: put the round's artifacts back"):
        len(PoolFiles(tmp_path / "pool", located))
    (tmp_path / "pool").mkdir()
    (tmp_path / "pool" / "00000.parquet").write_bytes(b"half a fi")
    with pytest.raises(DataError, match="cannot be read"):
        list(pool_rows(tmp_path / "pool"))

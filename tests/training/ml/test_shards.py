"""Shards: cut by listings, written whole, read back as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.ml.errors import DataError
from training.ml.params import LoopParams
from training.ml.questions import Questions
from training.ml.records import Attribute, Chain, Listing, Vote
from training.ml.run import LoopRun, Stage
from training.ml.shards import (
    GREEDY,
    greedy_and_sampled,
    questions,
    read_shard,
    rows_in,
    shard_file,
    shard_files,
    shards_of,
    spans,
    write_shard,
)
from training.ml.splits import Splits

COLOUR, SHAPE = (Attribute(code, "", ("red", "round")) for code in ("colour", "shape"))
SAMPLE = Stage(1, "sample")
CHAINS = [
    Chain("a/colour", GREEDY, "Photo 1: rot, “ö”", "red", -1.5),
    Chain("a/colour", 0, "", None, -2.0),
]
VOTES = [Vote("a/colour", {"red": 2, "round": 1}, 4, "red", 0.5), Vote("b/colour", {}, 4, None, 0.0)]


def listing(name: str, *, photos: int = 1, answers: int = 0) -> Listing:
    known = {attribute.code: "red" for attribute in (COLOUR, SHAPE)[:answers]}
    return Listing(name, "cap", tuple(Path(f"{name}-{one}.png") for one in range(photos)), answers=known)


def run_over(folder: Path, *, gold: tuple[Listing, ...] = (), pool: tuple[Listing, ...] = ()) -> LoopRun:
    return LoopRun({"cap": {"colour": COLOUR, "shape": SHAPE}}, Splits((), gold, pool), LoopParams(), folder)


@given(counts=st.lists(st.integers(0, 4), max_size=20), size=st.integers(1, 6))
def test_every_question_is_in_one_shard_and_no_listing_in_two(counts: list[int], size: int) -> None:
    schema = {
        f"vertical {number}": {f"{one}": replace(COLOUR, code=f"{one}") for one in range(count)}
        for number, count in enumerate(counts)
    }
    listings = [replace(listing(f"{number}"), vertical=f"vertical {number}") for number in range(len(counts))]
    asked = Questions(listings, schema)
    cut = spans(asked, listings=size)
    assert [span.number for span in cut] == list(range(len(cut)))
    parts = [asked[span.start : span.start + span.count] for span in cut]
    assert [question for part in parts for question in part] == list(asked)
    names = [{question.listing.listing_id for question in part} for part in parts]
    assert sum(map(len, names)) == sum(count > 0 for count in counts)
    assert all(len(part) <= size for part in names)


def test_listings_of_like_length_are_neighbours(tmp_path: Path) -> None:
    pool = (listing("c", photos=3), listing("b"), listing("a", photos=3))
    asked = questions(run_over(tmp_path, pool=pool), SAMPLE)
    assert [one.question_id for one in asked] == [
        *("b/colour", "b/shape", "a/colour", "a/shape", "c/colour", "c/shape")
    ]


def test_an_evaluation_asks_what_gold_answers(tmp_path: Path) -> None:
    run = run_over(tmp_path, gold=(listing("g", answers=1),), pool=(listing("p"),))
    for stage in (Stage(0, "zero_shot"), Stage(2, "evaluate")):
        assert [one.question_id for one in questions(run, stage)] == ["g/colour"]


def test_chains_and_votes_are_read_as_they_were_written(tmp_path: Path) -> None:
    for name, record, rows in (("sample", Chain, CHAINS), ("vote", Vote, VOTES)):
        path = tmp_path / name / "00000.parquet"
        write_shard(path, record, rows).replace(path)
        assert read_shard(path, record) == rows


def test_a_shard_is_not_there_before_it_is_renamed(tmp_path: Path) -> None:
    run = run_over(tmp_path)
    path = shard_file(run, SAMPLE, 0)
    first, second = (write_shard(path, Chain, rows) for rows in (CHAINS, CHAINS[:1]))
    assert first != second
    assert (shard_files(run, SAMPLE), rows_in(run, SAMPLE)) == ([], 0)
    first.replace(path)
    assert list(shards_of(run, SAMPLE, Chain)) == [CHAINS]
    assert rows_in(run, SAMPLE) == 2


def test_shards_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    run = run_over(tmp_path)
    for number in (11, 2, 0):
        path = shard_file(run, SAMPLE, number)
        write_shard(path, Chain, [replace(CHAINS[1], index=number)]).replace(path)
    assert [chain.index for [chain] in shards_of(run, SAMPLE, Chain)] == [0, 2, 11]


def test_a_shard_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"half a fi")
    for name in ("missing", "broken"):
        with pytest.raises(DataError, match=f"{name}.parquet: the shard cannot be read"):
            read_shard(tmp_path / f"{name}.parquet", Chain)


def test_greedy_chains_are_told_from_sampled_ones() -> None:
    greedy, sampled = greedy_and_sampled(CHAINS)
    assert greedy == [replace(CHAINS[0], index=0)]
    assert sampled == CHAINS[1:]

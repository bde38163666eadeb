"""Shards: the parts of a stage that workers take, each a Parquet file that appears whole or not at all.

A stage that samples or votes is cut by listings, always in the same way: what a shard holds depends on the
frozen inputs alone, not on who draws it, when, or how often. Its file lies in `shards/<iteration>-<name>`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from training.ml.errors import DataError
from training.ml.pool import in_order, listing_likeness
from training.ml.questions import Questions
from training.ml.records import Chain, JsonRecord, Listing, Question, Vote
from training.ml.run import LoopRun, Stage
from training.ml.strategies import SAMPLE_SEED

if TYPE_CHECKING:
    import pyarrow as pa

PREDICT = "predict"
"""The last stage, which asks the best model about the whole pool."""
SAMPLED = ("zero_shot", "evaluate", "sample", SAMPLE_SEED, PREDICT)
"""Stages whose shards are chains."""
SHARDED = (*SAMPLED, "vote")
LABELLED: Mapping[str, str] = {"zero_shot": "gold", "evaluate": "gold", SAMPLE_SEED: "seed"}
"""{stage: the split that it asks about}, of those that ask about labelled listings; others ask the pool."""
GREEDY = -1
"""Index of the chain that leaves nothing to chance."""

T = TypeVar("T", bound=JsonRecord)


def record_of(stage: Stage) -> type[Chain] | type[Vote]:
    """What a row of the stage's shards is."""
    return Chain if stage.name in SAMPLED else Vote


@dataclass(frozen=True, slots=True)
class Span:
    """The questions of one shard, among those of its stage in the order of `questions`."""

    number: int
    """From 0."""
    start: int
    count: int


def questions(run: LoopRun, stage: Stage) -> Questions:
    """What a sharded stage asks: listings of like length together, so that a batch has little padding.

    `predict` asks nothing where an iteration has the votes.
    """
    if stage.name == PREDICT and voted_in(run, stage) is not None:
        return Questions((), run.schema)
    listings: Sequence[Listing] = getattr(run.splits, LABELLED.get(stage.name, "pool"))
    return Questions(in_order(listings), run.schema, answered=stage.name in LABELLED)


def model_of(stage: Stage) -> int | None:
    """The iteration whose model a sharded stage asks, or whose votes it counts; None: the base model."""
    if stage.name == "zero_shot":
        return None
    return stage.iteration - (stage.name in ("sample", SAMPLE_SEED, "vote"))


def voted_in(run: LoopRun, stage: Stage) -> int | None:
    """The iteration that has the whole pool's votes of the model that `predict` asks; None: none has."""
    voted = replace(stage, iteration=stage.iteration + 1, name="vote")
    return voted.iteration if (run.path(voted) / "result.json").is_file() else None


def likeness(question: Question) -> tuple[int, int, str]:
    """The order in which neighbours have prompts of about the same length; a listing stays together."""
    return listing_likeness(question.listing)


def spans(asked: Questions, *, listings: int) -> list[Span]:
    """Cut the questions into shards of so many listings; no listing is in two."""
    return [Span(number, start, count) for number, (start, count) in enumerate(asked.cuts(listings))]


def stage_spans(run: LoopRun, stage: Stage) -> list[Span]:
    """The shards of a sharded stage, in order."""
    return spans(questions(run, stage), listings=run.params.sample.listings_per_shard)


def shard_file(run: LoopRun, stage: Stage, number: int) -> Path:
    """Where the shard with this number lies once it is done."""
    return run.folder / "shards" / stage.key / f"{number:05d}.parquet"


def shard_files(run: LoopRun, stage: Stage) -> list[Path]:
    """The files of the stage that are done, in order."""
    return sorted((run.folder / "shards" / stage.key).glob("*.parquet"))


def write_shard(path: Path, record: type[JsonRecord], rows: Iterable[JsonRecord]) -> Path:
    """Write the rows beside `path`; the file returned becomes the shard by `Path.replace(path)`.

    Two workers may write the same shard at the same time: each has a file of its own.
    """
    import pyarrow as pa  # Here and below: the web process reads shards on request only.
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.stem}.{uuid.uuid4().hex}.partial")
    schema, written = columns(record), list(rows)
    named = {name: [getattr(row, name) for row in written] for name in schema.names}
    if record is Vote:
        named["counts"] = [list(counts.items()) for counts in named["counts"]]
    table = pa.Table.from_pydict(named, schema=schema)
    pq.write_table(table, beside, compression="zstd")
    return beside


def read_shard(path: Path, record: type[T]) -> list[T]:
    """The rows of a shard, in order.

    Raises:
        DataError: when the file is missing or cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, schema=columns(record))
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: the shard cannot be read ({error}): start a new round") from error
    named = {name: table[name].to_pylist() for name in table.schema.names}
    if record is Vote:
        named["counts"] = [dict(counts) for counts in named["counts"]]
    return [record(*values) for values in zip(*named.values(), strict=True)]


def shards_of(run: LoopRun, stage: Stage, record: type[T]) -> Iterator[list[T]]:
    """The rows of every shard of a stage, one shard after the other."""
    for path in shard_files(run, stage):
        yield read_shard(path, record)


def vote_agreements(run: LoopRun, stage: Stage) -> Iterator[list[tuple[float, int]]]:
    """(agreement, chains) of the votes of every shard, one shard after the other."""
    import pyarrow.parquet as pq

    for path in shard_files(run, stage):
        table = pq.read_table(path, columns=["agreement", "chains"])
        yield list(zip(table["agreement"].to_pylist(), table["chains"].to_pylist(), strict=True))


def rows_in(run: LoopRun, stage: Stage) -> int:
    """How many rows the stage's shards hold."""
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(path).num_rows for path in shard_files(run, stage))


def greedy_and_sampled(chains: Iterable[Chain]) -> tuple[list[Chain], list[Chain]]:
    """The greedy chains of an evaluation's shard, numbered 0, and the sampled ones."""
    parted: tuple[list[Chain], list[Chain]] = ([], [])
    for chain in chains:
        if chain.index == GREEDY:
            parted[0].append(replace(chain, index=0))
        else:
            parted[1].append(chain)
    return parted


def columns(record: type[JsonRecord]) -> pa.Schema:
    """The columns of a file of chains or votes."""
    import pyarrow as pa

    if record is Chain:
        return pa.schema(
            [
                ("question_id", pa.string()),
                ("index", pa.int16()),
                ("text", pa.string()),
                ("answer", pa.string()),
                ("logprob", pa.float64()),
            ]
        )
    return pa.schema(
        [
            ("question_id", pa.string()),
            ("counts", pa.map_(pa.string(), pa.int32())),
            ("chains", pa.int32()),
            ("majority", pa.string()),
            ("agreement", pa.float64()),
        ]
    )

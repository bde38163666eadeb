"""The pool as files: Parquet that is written once, in the order of sampling, and read span by span.

However many listings there are, neither side holds more of them than a segment. A row is a JSON object:
listing_id, vertical, title, description, group, and images of file, sha256 and bytes.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from training.ml.errors import DataError
from training.ml.records import Listing

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

SEGMENT = 16_384
"""Listings of a file, which are in order of likeness. A pool that has no more is in order as a whole."""
ROW_GROUP = 512
"""Listings that are read together."""

Row = dict[str, Any]
Locate = Callable[[Iterable[str]], Mapping[str, Path]]
"""Names of photos -> {name: path on this machine}."""


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """What a pool is."""

    listings: int
    sha256: str
    """Of its rows as JSON, in their order, whatever the files look like."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def write_pool(folder: Path, rows: Iterable[Row]) -> PoolFacts:
    """Write the rows, which come in the order of their listing ids, into an empty folder."""
    import pyarrow as pa  # Here and below: only jobs have a pool to read or write.
    import pyarrow.parquet as pq

    digest, listings = hashlib.sha256(), 0
    for number, segment in enumerate(_segments(rows)):
        _digest(digest, segment)
        listings += len(segment)
        table = pa.Table.from_pylist(segment, schema=_columns())
        path = folder / f"{number:05d}.parquet"
        pq.write_table(table, path, compression="zstd", row_group_size=ROW_GROUP)
    return PoolFacts(listings, digest.hexdigest())


def pool_facts(rows: Iterable[Row]) -> PoolFacts:
    """What write_pool would say of these rows."""
    digest, listings = hashlib.sha256(), 0
    for segment in _segments(rows):
        _digest(digest, segment)
        listings += len(segment)
    return PoolFacts(listings, digest.hexdigest())


def pool_rows(folder: Path) -> Iterator[Row]:
    """The rows that write_pool wrote, in their order.

    Raises:
        DataError: when the files are not there or cannot be read.
    """
    for file in _open(folder):
        for group in range(file.num_row_groups):
            yield from file.read_row_group(group).to_pylist()


class PoolFiles(Sequence[Listing]):
    """The listings of a pool's files, in the order of sampling. A slice reads the rows that it is about.

    Args:
        folder: that write_pool filled; it is looked at when the first listing is asked for.
        locate: where the photos are on this machine.
    """

    def __init__(self, folder: Path, locate: Locate) -> None:
        self._folder, self._locate = folder, locate
        self._held: tuple[int, list[Listing]] | None = None

    def __len__(self) -> int:
        return self._groups[-1]

    @overload
    def __getitem__(self, place: int) -> Listing: ...
    @overload
    def __getitem__(self, place: slice) -> list[Listing]: ...
    def __getitem__(self, place: int | slice) -> Listing | list[Listing]:
        if isinstance(place, int):
            number = range(len(self))[place]
            return self[number : number + 1][0]
        start, stop, step = place.indices(len(self))
        if step != 1:
            raise ValueError("listings are read in their order")
        found: list[Listing] = []
        while start < stop:
            group = bisect_right(self._groups, start) - 1
            first = self._groups[group]
            found += self._listings(group)[start - first : stop - first]
            start = self._groups[group + 1]
        return found

    def __iter__(self) -> Iterator[Listing]:
        for group in range(len(self._groups) - 1):
            yield from self._listings(group)

    def verticals(self) -> Iterator[str]:
        """The vertical of each listing, in order, without reading anything else."""
        for file in self._files:
            for batch in file.iter_batches(columns=["vertical"]):
                yield from batch.column(0).to_pylist()

    def _listings(self, group: int) -> list[Listing]:
        """The listings of a row group: shards follow one another, so the last one is kept."""
        if self._held is None or self._held[0] != group:
            file, own = self._place(group)
            rows = self._files[file].read_row_group(own).to_pylist()
            paths = self._locate([image["file"] for row in rows for image in row["images"]])
            self._held = group, [_listing(row, paths) for row in rows]
        return self._held[1]

    def _place(self, group: int) -> tuple[int, int]:
        """(file, row group in it) of one of all row groups."""
        firsts = list(accumulate((file.num_row_groups for file in self._files), initial=0))
        file = bisect_right(firsts, group) - 1
        return file, group - firsts[file]

    @cached_property
    def _files(self) -> list[pq.ParquetFile]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not self._folder.is_dir():
            raise DataError(f"the pool is not in {self._folder}: put the round's artifacts back there")
        try:
            return [pq.ParquetFile(path) for path in sorted(self._folder.glob("*.parquet"))]
        except (OSError, pa.ArrowException) as error:
            raise DataError(
                f"the pool in {self._folder} cannot be read ({error}): start a new round"
            ) from error

    @cached_property
    def _groups(self) -> list[int]:
        """Number of the first listing of each row group, and last the number of listings."""
        rows = (
            file.metadata.row_group(group).num_rows
            for file in self._files
            for group in range(file.num_row_groups)
        )
        return list(accumulate(rows, initial=0))


def verticals_of(listings: Sequence[Listing]) -> Iterable[str]:
    """The vertical of each listing, in order."""
    return listings.verticals() if isinstance(listings, PoolFiles) else (one.vertical for one in listings)


def in_order(listings: Sequence[Listing]) -> Sequence[Listing]:
    """The listings with those of like length together, so that a batch has little padding; files are so."""
    return listings if isinstance(listings, PoolFiles) else sorted(listings, key=listing_likeness)


def listing_likeness(listing: Listing) -> tuple[int, int, str]:
    """The order in which neighbours have prompts of about the same length."""
    return len(listing.images), len(listing.description), listing.listing_id


def _open(folder: Path) -> list[pq.ParquetFile]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not folder.is_dir():
        raise DataError(f"the pool is not in {folder}: put the round's artifacts back there")
    try:
        return [pq.ParquetFile(path) for path in sorted(folder.glob("*.parquet"))]
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"the pool in {folder} cannot be read ({error}): start a new round") from error


def _row_likeness(row: Row) -> tuple[int, int, str]:
    return len(row["images"]), len(row["description"]), row["listing_id"]


def _segments(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rest = iter(rows)
    while segment := list(islice(rest, SEGMENT)):
        yield sorted(segment, key=_row_likeness)


def _digest(digest: hashlib._Hash, rows: Iterable[Row]) -> None:
    for row in rows:
        digest.update(json.dumps(row, sort_keys=True, ensure_ascii=False).encode() + b"\n")


def _listing(row: Row, paths: Mapping[str, Path]) -> Listing:
    return Listing(
        listing_id=row["listing_id"],
        vertical=row["vertical"],
        images=tuple(paths[image["file"]] for image in row["images"]),
        title=row["title"],
        description=row["description"],
        group=row["group"],
    )


def _columns() -> pa.Schema:
    import pyarrow as pa

    image = pa.struct([("file", pa.string()), ("sha256", pa.string()), ("bytes", pa.int64())])
    texts = ("listing_id", "vertical", "title", "description", "group")
    return pa.schema([*((name, pa.string()) for name in texts), ("images", pa.list_(image))])

"""The listings of a vertical that may have near-duplicates, as columns of numbers: a hundred bytes each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Lower
from numpy.typing import NDArray

from catalog.grouping import Listings, Numbers
from catalog.leakage import SPLITS, Flags
from catalog.models import Image, Import, Listing
from catalog.partitions import Rows
from catalog.selectors.settled import new_listings, settled_listings
from catalog.splits import Ranks, Split, split_rank
from catalog.titles import flat_text, stable_number

ASKED = 5_000
"""Keys of a query: SQLite takes no more than 32,766."""

STREAMED = 20_000
"""Listings of a query that goes through all of them."""

Tell = Callable[[], object]


@dataclass(frozen=True, slots=True)
class VerticalColumns:
    """Listings with photos, with a given group, or with a title that another listing without photos has.

    Any other listing is a group of its own, called like its external id. Retired listings are among them. All
    arrays have shape (n,).
    """

    vertical_id: int
    import_: Import | None
    pks: Numbers
    """rising"""
    is_new: Flags
    """the import has just brought it: its group and split are still to be found"""
    groups: Numbers
    """group keys, as stable numbers"""
    splits: NDArray[np.uint8]
    """places in SPLITS"""
    trained_on: Flags
    retired: Flags
    gold_ranks: Ranks
    """of new listings: the rank of a group that is called like the listing's own name"""
    seed_ranks: Ranks
    listings: Listings

    def titles(self, rows: Rows) -> list[str]:
        """The titles of these rows."""
        found: dict[int, str] = {}
        for pks in batches(self.pks[rows]):
            found.update(Listing.objects.filter(pk__in=pks).values_list("pk", "title"))
        return [found.get(pk, "") for pk in self.pks[rows].tolist()]


def vertical_columns(*, vertical_id: int, import_: Import | None = None, tell: Tell) -> VerticalColumns:
    """Read a vertical, without what imports brought that are not settled, except for this one.

    `tell` is called now and then, never within a transaction of this function.
    """
    listings = settled_listings(vertical_id=vertical_id, and_of=import_)
    tell()
    photos = _photos(vertical_id)
    tell()
    same_title = _pks_with_a_common_title(listings)
    tell()
    named = _pks_named_like_others(listings, tell)
    pks = np.unique(np.concatenate([photos["listing"], same_title, named]))
    portions = [_numbers(rows, import_) for rows in _read(listings, pks, tell)]
    columns = {name: np.concatenate([portion[name] for portion in portions]) for name in portions[0]}
    rows, is_there = _places(columns["pks"], photos["listing"])
    evidence = Listings(
        ids=columns.pop("ids"),
        names=columns.pop("names"),
        keys=np.where(columns["is_new"], 0, columns["groups"]),
        texts=_texts(columns["pks"], same_title, tell),
        photo_rows=rows[is_there],
        photo_files=photos["file"][is_there],
        photo_hashes=photos["hash"][is_there].view(np.uint64),
    )
    return VerticalColumns(vertical_id, import_, **columns, listings=evidence)


@dataclass(frozen=True, slots=True)
class NewGroups:
    """Groups that an import brings, and that are in use, by one listing of each; arrays of shape (g,)."""

    pks: Numbers
    gold_ranks: Ranks
    seed_ranks: Ranks

    def among(self, which: Flags | Rows) -> "NewGroups":
        """Those of them."""
        return NewGroups(self.pks[which], self.gold_ranks[which], self.seed_ranks[which])

    def __add__(self, more: "NewGroups") -> "NewGroups":
        return NewGroups(
            np.concatenate([self.pks, more.pks]),
            np.concatenate([self.gold_ranks, more.gold_ranks]),
            np.concatenate([self.seed_ranks, more.seed_ranks]),
        )


def new_singles(columns: VerticalColumns, import_: Import, *, tell: Tell) -> Iterator[NewGroups]:
    """The new listings in use that are no columns, and so groups of their own, in portions.

    `tell` is called before each query.
    """
    listings = new_listings(import_).filter(vertical=columns.vertical_id, retired=False)
    last = 0
    while True:
        tell()
        rows = list(listings.filter(pk__gt=last).order_by("pk").values_list("pk", "external_id")[:STREAMED])
        if not rows:
            return
        last = rows[-1][0]
        _, is_column = _places(columns.pks, np.array([pk for pk, _ in rows], dtype=np.int64))
        singles = [row for row, column in zip(rows, is_column, strict=True) if not column]
        yield NewGroups(
            np.array([pk for pk, _ in singles], dtype=np.int64),
            np.array([split_rank(id_, Split.GOLD) for _, id_ in singles], dtype=np.uint64),
            np.array([split_rank(id_, Split.SEED) for _, id_ in singles], dtype=np.uint64),
        )


def batches(pks: Numbers) -> Iterator[list[int]]:
    """The keys in portions that a query may name."""
    for start in range(0, len(pks), ASKED):
        yield pks[start : start + ASKED].tolist()


def _photos(vertical_id: int) -> NDArray[np.void]:
    """All photos of the vertical, in the order of their listings."""
    images = Image.objects.filter(listing__vertical=vertical_id).order_by("listing", "position")
    rows = images.values_list("listing", "photo", "photo__phash").iterator()
    return np.fromiter(
        ((listing, photo, phash or 0) for listing, photo, phash in rows),
        dtype=[("listing", np.int64), ("file", np.int64), ("hash", np.int64)],
    )


def _pks_with_a_common_title(listings: QuerySet[Listing]) -> Numbers:
    """Listings without photos whose title another one has, in any case."""
    bare = listings.filter(images=None).exclude(title="", description="").annotate(flat=Lower("title"))
    common = bare.values("flat").annotate(times=Count("pk")).filter(times__gt=1).values("flat")
    return _pks(bare.filter(flat__in=common)) if common.exists() else np.empty(0, dtype=np.int64)


def _pks_named_like_others(listings: QuerySet[Listing], tell: Tell) -> Numbers:
    """Listings with a group by name, and those whose id is such a name."""
    pks: list[int] = []
    names: set[str] = set()
    grouped = listings.filter(~Q(given_group="") | ~Q(group_key=F("external_id")))
    for pk, given_group, group_key in grouped.values_list("pk", "given_group", "group_key").iterator():
        pks.append(pk)
        names |= {given_group, group_key}
    ordered = sorted(names)
    for start in range(0, len(ordered), ASKED):
        tell()
        called = listings.filter(external_id__any_of=ordered[start : start + ASKED])
        pks += called.values_list("pk", flat=True)
    return np.array(pks, dtype=np.int64)


def _pks(listings: QuerySet[Listing]) -> Numbers:
    return np.fromiter(listings.values_list("pk", flat=True).iterator(), dtype=np.int64)


def _read(listings: QuerySet[Listing], pks: Numbers, tell: Tell) -> Iterator[list[tuple[Any, ...]]]:
    fields = (
        "pk",
        "external_id",
        "given_group",
        "group_key",
        "split",
        "trained_on",
        "retired",
        "first_import",
    )
    yield []
    for batch in batches(pks):
        tell()
        yield list(listings.filter(pk__in=batch).order_by("pk").values_list(*fields))


def _numbers(rows: list[tuple[Any, ...]], import_: Import | None) -> dict[str, NDArray[Any]]:
    ids, given, groups = ([row[at] for row in rows] for at in (1, 2, 3))
    names = [group or id_ for id_, group in zip(ids, given, strict=True)]
    number = {text: stable_number(text) for text in {*ids, *names, *groups}}
    is_new = [import_ is not None and _is_new(row, import_) for row in rows]
    ranks = {
        split: [split_rank(name, split) if new else 0 for name, new in zip(names, is_new, strict=True)]
        for split in (Split.GOLD, Split.SEED)
    }
    return {
        "pks": np.array([row[0] for row in rows], dtype=np.int64),
        "ids": np.array([number[id_] for id_ in ids], dtype=np.int64),
        "names": np.array([number[name] for name in names], dtype=np.int64),
        "groups": np.array([number[group] for group in groups], dtype=np.int64),
        "splits": np.array([SPLITS.index(row[4]) for row in rows], dtype=np.uint8),
        "trained_on": np.array([row[5] for row in rows], dtype=np.bool_),
        "retired": np.array([row[6] for row in rows], dtype=np.bool_),
        "is_new": np.array(is_new, dtype=np.bool_),
        "gold_ranks": np.array(ranks[Split.GOLD], dtype=np.uint64),
        "seed_ranks": np.array(ranks[Split.SEED], dtype=np.uint64),
    }


def _is_new(row: tuple[Any, ...], import_: Import) -> bool:
    """As settled.new_listings has it."""
    pk, trained_on, first_import = row[0], row[5], row[7]
    return first_import == import_.pk and pk > import_.settled_to and not trained_on


def _texts(pks: Numbers, same_title: Numbers, tell: Tell) -> Numbers:
    """Title and description as a number, for listings without photos with a common title; 0 for others."""
    texts = np.zeros(len(pks), dtype=np.int64)
    for batch in batches(same_title):
        tell()
        rows = Listing.objects.filter(pk__in=batch).order_by("pk").values_list("pk", "title", "description")
        found = [(pk, stable_number(f"{flat_text(title)}\n{flat_text(told)}")) for pk, title, told in rows]
        read = np.array(found, dtype=np.int64).reshape(-1, 2)
        places, is_there = _places(pks, read[:, 0])
        texts[places[is_there]] = read[is_there, 1]
    return texts


def _places(pks: Numbers, wanted: Numbers) -> tuple[Rows, Flags]:
    """Where in `pks`, which rise, each wanted key stands, and whether it does."""
    places = np.searchsorted(pks, wanted)
    is_there = np.zeros(len(wanted), dtype=np.bool_)
    is_there[places < len(pks)] = pks[places[places < len(pks)]] == wanted[places < len(pks)]
    return places, is_there

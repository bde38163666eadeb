"""Find near-duplicate listings: all that the evidence connects, a family. Pure.

Evidence, the surest first:

- given: their import gave them the same group, or the one's group is called like the other;
- photo: they show the same file, byte for byte;
- text: they have no photos, and the same words in title and description;
- look: their photos look alike, and so do their titles (lookalikes).

A file that more than COMMON listings show is a size chart or a placeholder and connects nothing by itself.
Evidence connects in chains, so families are bounded (partitions.bounded). Groups that are settled stay whole
whatever connects them. docs/decisions/0010 and docs/experiments.md say what the numbers rest on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from catalog.hamming import Hashes
from catalog.lookalikes import COMMON, Lookalikes, Titles
from catalog.partitions import Parts, Rows, bounded, heads, merged, parts_of_equals

MOST_SAME = 1000
"""Given groups that photos and texts connect at most."""
MOST_ALIKE = 100
"""Listings, or families by surer evidence, that looks connect at most."""

Numbers = NDArray[np.int64]


class Evidence(StrEnum):
    """What connects a listing with another."""

    GIVEN = "given"
    PHOTO = "photo"
    TEXT = "text"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Listings:
    """Listings of a vertical, a row each; texts are stable numbers (titles.stable_number)."""

    ids: Numbers
    """shape (n,): external ids"""
    names: Numbers
    """shape (n,): given groups, external ids where there is none"""
    keys: Numbers
    """shape (n,): group keys; 0 where the group is still to be found"""
    texts: Numbers
    """shape (n,): title and description; 0 for a listing with photos, or without a text"""
    photo_rows: Rows
    """shape (p,): the row of the listing that shows the photo"""
    photo_files: Numbers
    """shape (p,): equal for equal files"""
    photo_hashes: Hashes
    """shape (p,): perceptual hash; 0 where there is none"""


@dataclass(frozen=True, slots=True)
class Families:
    """What the evidence connects, and settled groups with it."""

    of: Parts
    """shape (n,): the first row of each row's family"""
    found_by: Mapping[Evidence, int]
    """listings that this evidence connects with another; one may be counted under several"""
    common_photos: int
    """files that are too common to mean anything"""
    cut: int
    """families that were too large and taken apart"""


def find_families(listings: Listings, *, titles: Titles, tell: Callable[[], object]) -> Families:
    """Connect the listings. Rows in another order give the same families.

    `titles` gives the titles of some rows; it is asked only about listings whose photos look alike. `tell` is
    called every now and then.
    """
    given = parts_of_equals(listings.names)
    photo, common_photos = _by_photo(listings, given)
    text = parts_of_equals(listings.texts)
    same, cut_same = bounded(given, [merged(photo, _rows(text), text)], most=MOST_SAME)
    lookalikes = Lookalikes(
        hashes=listings.photo_hashes,
        rows=listings.photo_rows,
        ids=listings.ids,
        same=same,
        titles=titles,
    )
    families, cut_alike = bounded(same, lookalikes.levels(tell), most=MOST_ALIKE)
    return Families(
        of=_with_settled_groups(families, listings),
        found_by={
            Evidence.GIVEN: _count_several(given),
            Evidence.PHOTO: _count_several(_within(photo, families)),
            Evidence.TEXT: _count_several(_within(text, families)),
            Evidence.LOOK: _count_of_several_parts(families, same),
        },
        common_photos=common_photos,
        cut=cut_same + cut_alike,
    )


def _by_photo(listings: Listings, given: Parts) -> tuple[Parts, int]:
    """Listings that show the same file, unless it is common; the number of common files."""
    files, number = np.unique(listings.photo_files, return_inverse=True)
    rows, listings_count = listings.photo_rows, max(len(given), 1)
    shown_by = np.bincount(
        np.unique(number * listings_count + given[rows]) // listings_count, minlength=len(files)
    )
    first = np.zeros(len(files), dtype=np.intp)
    first[number] = rows
    meant = (shown_by <= COMMON)[number]
    photo = merged(_rows(given), first[number[meant]], rows[meant])
    return photo, int(np.count_nonzero(shown_by > COMMON))


def _with_settled_groups(families: Parts, listings: Listings) -> Parts:
    """The families, each with the whole of the settled groups that it meets or that are called like it."""
    rows = _rows(families)
    settled = rows[listings.keys != 0]
    all_rows = np.concatenate([rows, settled])
    called = np.concatenate([listings.names, listings.keys[settled]])
    return merged(families, all_rows[parts_of_equals(called)], all_rows)


def _rows(columns: Parts) -> Rows:
    return np.arange(len(columns))


def _within(parts: Parts, families: Parts) -> Parts:
    """The parts, cut where families are."""
    _, number = np.unique(parts * max(len(parts), 1) + families, return_inverse=True)
    return parts_of_equals(number + 1)


def _count_several(parts: Parts) -> int:
    """Rows that are not alone in their part."""
    return int(np.count_nonzero(np.bincount(parts, minlength=len(parts))[parts] > 1))


def _count_of_several_parts(families: Parts, parts: Parts) -> int:
    """Rows whose family holds several parts."""
    held = np.bincount(families[heads(parts)], minlength=len(families))
    return int(np.count_nonzero(held[families] > 1))

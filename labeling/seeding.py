"""Which listings to label: as different from each other as can be, and where values are still missing. Pure.

Source of the k-centre greedy rule: O. Sener and S. Savarese, "Active Learning for Convolutional Neural
Networks: A Core-Set Approach", ICLR 2018, algorithm 1.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Vectors = NDArray[np.float32]
"""(listings, dimensions)"""

GRID = 4
"""A photo is described by cells of GRID x GRID."""
DIRECTIONS = 8
SIDE = 64
"""Pixels a side at which a photo is described."""


def k_centre(vectors: Vectors, count: int, *, chosen: Collection[int] = ()) -> list[int]:
    """Indices of `count` listings that leave no listing far from the nearest chosen one (2-approximation).

    The first is the one nearest to the middle, unless some are `chosen` already; each further one is that
    which is farthest from all chosen so far. Ties go to the lower index: equal input gives equal choice.
    """
    picked = list(chosen)
    if not len(vectors):
        return []
    if picked:
        nearest = np.min([_distances(vectors, vectors[index]) for index in picked], axis=0)
    else:
        nearest = _distances(vectors, vectors.mean(axis=0))
        first = int(np.argmin(nearest))
        picked, nearest = [first], _distances(vectors, vectors[first])
    new = picked[len(chosen) :]
    while len(new) < min(count, len(vectors) - len(chosen)):
        nearest[picked] = -1.0
        farthest = int(np.argmax(nearest))
        picked.append(farthest)
        new.append(farthest)
        nearest = np.minimum(nearest, _distances(vectors, vectors[farthest]))
    return new


def covering_radius(vectors: Vectors, chosen: Sequence[int]) -> float:
    """How far the listing is that is farthest from the nearest chosen one, in the vectors' unit."""
    return float(np.min([_distances(vectors, vectors[index]) for index in chosen], axis=0).max())


def photo_features(photos: Sequence[Image.Image]) -> Vectors:
    """A listing by the colours and edges of its photos, where no encoder is at hand: (dimensions,), length 1.

    Mean and deviation of each colour channel in GRID x GRID cells, and per cell how strong edges of each
    direction are; the mean over the photos.
    """
    features = np.mean([_features(photo) for photo in photos], axis=0)
    length = float(np.linalg.norm(features)) or 1.0
    described: Vectors = (features / length).astype(np.float32)
    return described


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the labels of a seed set show of an attribute's values."""

    attribute: str
    """code"""
    counts: Mapping[str, int]
    """{value code: labelled listings}, of every value that is offered, in order"""

    @property
    def missing(self) -> list[str]:
        """Values that no labelled listing shows."""
        return [value for value, count in self.counts.items() if not count]


def coverage(attribute: str, offered: Sequence[str], labelled: Sequence[Collection[str]]) -> Coverage:
    """How often each offered value is among the labelled listings' values."""
    counts = Counter(value for values in labelled for value in values)
    return Coverage(attribute, {value: counts[value] for value in offered})


def hole_fillers(
    missing: Collection[tuple[str, str]],
    hints: Mapping[int, Collection[tuple[str, str]]],
    count: int,
) -> list[int]:
    """Listings that may show most of the missing values: greedy set cover.

    Args:
        missing: (attribute code, value code) that no label shows.
        hints: {listing id: (attribute code, value code) that something unconfirmed says it shows}.

    Returns:
        At most `count` listing ids, the best first; none that adds nothing.
    """
    open_holes, fillers = set(missing), list[int]()
    candidates = {listing: set(shown) for listing, shown in hints.items()}
    while open_holes and candidates and len(fillers) < count:
        best = min(candidates, key=lambda one: (-len(candidates[one] & open_holes), one))
        if not candidates[best] & open_holes:
            break
        open_holes -= candidates.pop(best)
        fillers.append(best)
    return fillers


def _distances(vectors: Vectors, to: Vectors) -> Vectors:
    distances: Vectors = np.linalg.norm(vectors - to, axis=1)
    return distances


def _features(photo: Image.Image) -> Vectors:
    small: Vectors = np.asarray(photo.convert("RGB").resize((SIDE, SIDE)), dtype=np.float32) / np.float32(255)
    cells = _cells(small)
    colour = np.concatenate([cells.mean(axis=(1, 2)), cells.std(axis=(1, 2))], axis=1)
    down, across = np.gradient(small.mean(axis=2))
    strength, angle = np.hypot(down, across), np.arctan2(down, across) % np.pi
    direction = np.minimum((angle / np.pi * DIRECTIONS).astype(int), DIRECTIONS - 1)
    edges = np.stack([np.where(direction == one, strength, 0.0) for one in range(DIRECTIONS)], axis=2).astype(
        np.float32
    )
    features: Vectors = np.concatenate([colour, _cells(edges).sum(axis=(1, 2)) / SIDE], axis=1).ravel()
    return features


def _cells(picture: Vectors) -> Vectors:
    """(GRID * GRID, pixels, pixels, channels) of (SIDE, SIDE, channels)."""
    side, channels = SIDE // GRID, picture.shape[2]
    grid = picture.reshape(GRID, side, GRID, side, channels).swapaxes(1, 2)
    return grid.reshape(GRID * GRID, side, side, channels)

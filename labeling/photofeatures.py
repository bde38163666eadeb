"""What a photo looks like in numbers, where no encoder is at hand: its colours and edges. Pure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

RECIPE = 1
"""Counts the changes of what is below: features of another recipe cannot be compared."""

GRID = 4
"""A photo is described by cells of GRID x GRID."""
DIRECTIONS = 8
SIDE = 64
"""Pixels a side at which a photo is described."""

DIMENSIONS = GRID * GRID * (2 * 3 + DIRECTIONS)

Features = NDArray[np.float32]
"""(DIMENSIONS,)"""


def photo_features(photo: Image.Image) -> Features:
    """Mean and deviation of each colour channel in each cell, and how strong edges of each direction are."""
    levels = np.asarray(photo.convert("RGB").resize((SIDE, SIDE)), dtype=np.float32)
    small = levels / np.float32(255)
    cells = _cells(small)
    colour = np.concatenate([cells.mean(axis=(1, 2)), cells.std(axis=(1, 2))], axis=1)
    down, across = np.gradient(small.mean(axis=2))
    strength, angle = np.hypot(down, across), np.arctan2(down, across) % np.pi
    direction = np.minimum((angle / np.pi * DIRECTIONS).astype(int), DIRECTIONS - 1)
    edges = np.where(direction[..., None] == np.arange(DIRECTIONS), strength[..., None], np.float32(0))
    described = np.concatenate([colour, _cells(edges).sum(axis=(1, 2)) / SIDE], axis=1)
    features: Features = described.ravel().astype(np.float32)
    return features


def listing_vector(photos: Sequence[Features]) -> Features:
    """A listing by its photos, of which there is at least one: their mean, at length 1."""
    mean = np.mean(photos, axis=0)
    vector: Features = (mean / (float(np.linalg.norm(mean)) or 1.0)).astype(np.float32)
    return vector


def _cells(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """(GRID * GRID, pixels, pixels, channels) of (SIDE, SIDE, channels)."""
    side, channels = SIDE // GRID, picture.shape[2]
    grid = picture.reshape(GRID, side, GRID, side, channels).swapaxes(1, 2)
    return grid.reshape(GRID * GRID, side, side, channels)

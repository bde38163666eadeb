"""Outlines in unit coordinates (x right, y down, the frame is 0..1), each an array of shape (points, 2)."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


def points(*pairs: tuple[float, float]) -> Points:
    return np.array(pairs, dtype=np.float64)


def rect(left: float, top: float, right: float, bottom: float) -> Points:
    return points((left, top), (right, top), (right, bottom), (left, bottom))


def arc(x: float, y: float, rx: float, ry: float, start: float, stop: float) -> Points:
    """Part of an ellipse from `start` to `stop` degrees, clockwise from the right."""
    return _unit_arc(start, stop) * (rx, ry) + (x, y)


@lru_cache(maxsize=256)
def _unit_arc(start: float, stop: float) -> Points:
    angles = np.radians(np.linspace(start, stop, max(6, int(abs(stop - start) / 9))))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def ellipse(x: float, y: float, rx: float, ry: float | None = None) -> Points:
    return arc(x, y, rx, rx if ry is None else ry, 0, 351)


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> Points:
    corners = (
        (right - radius, bottom - radius, 0),
        (left + radius, bottom - radius, 90),
        (left + radius, top + radius, 180),
        (right - radius, top + radius, 270),
    )
    return np.concatenate([arc(x, y, radius, radius, turn, turn + 90) for x, y, turn in corners])


def smooth(corners: Points, *, closed: bool = True, steps: int = 6) -> Points:
    """Catmull-Rom curve through the corners."""
    if closed:
        ring = np.concatenate([corners[-1:], corners, corners[:2]])
    else:
        ring = np.concatenate([2 * corners[:1] - corners[1:2], corners, 2 * corners[-1:] - corners[-2:-1]])
    before, start, stop, after = ring[:-3, None], ring[1:-2, None], ring[2:-1, None], ring[3:, None]
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    curve = (
        2 * start
        + (stop - before) * t
        + (2 * before - 5 * start + 4 * stop - after) * t**2
        + (3 * start - before - 3 * stop + after) * t**3
    ) / 2
    flat: Points = curve.reshape(-1, 2)
    return flat if closed else np.concatenate([flat, corners[-1:]])


def mirrored(half: Points) -> Points:
    """A closed outline from its left half, given from the top of the axis x = 0.5 to its bottom."""
    return np.concatenate([half, flipped(half)[::-1]])


def flipped(outline: Points) -> Points:
    """The outline seen in a mirror at x = 0.5."""
    return outline * (-1, 1) + (1, 0)


def wave(left: float, right: float, y: float, height: float, count: int, kind: str) -> Points:
    """A line of `count` periods from left to right: a "zigzag", "scallops" hanging down, or a "sine"."""
    x = np.linspace(0, 1, count * (2 if kind == "zigzag" else 12) + 1)
    phase = x * count % 1
    rise = {
        "zigzag": np.where(np.arange(len(x)) % 2 == 0, 0.0, 1.0),
        "scallops": np.sqrt(np.clip(1 - (2 * phase - 1) ** 2, 0, 1)),
        "sine": 0.5 - 0.5 * np.cos(2 * np.pi * phase),
    }[kind]
    return np.stack([left + x * (right - left), y + rise * height], axis=1)


def placed(outline: Points, x: float, y: float, scale: float, turn: float = 0.0) -> Points:
    """The outline, drawn around 0, scaled, turned by degrees and moved to (x, y)."""
    angle = np.radians(turn)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved: Points = outline @ rotation * scale + (x, y)
    return moved


def grid(columns: Sequence[float], rows: Sequence[float]) -> list[tuple[float, float]]:
    return [(x, y) for y in rows for x in columns]


def star(tips: int = 5, waist: float = 0.42) -> Points:
    """A star around 0 with radius 1, one tip up."""
    angles = np.radians(np.arange(2 * tips) * 180 / tips - 90)
    radius = np.where(np.arange(2 * tips) % 2 == 0, 1.0, waist)
    return np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)


def heart() -> Points:
    """A heart around 0 with radius about 1."""
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([x / 16, -y / 16], axis=1)

"""Raster textures, drawn once and kept: shading maps, cloth grain and the masks of fabric patterns."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from catalog.demo.palette import GOLD, Paint, mix
from catalog.demo.shapes import Points, ellipse, placed

_SHADE_SIZE = 48


@lru_cache
def shade_map(kind: str) -> Image.Image:
    """How dark each place of a shape is, 0..255, stretched over the shape's box by the canvas.

    Kinds: "side" (a cylinder lit from the front), "down" (lit from above), "ball" (lit from the upper left),
    "folds" (hanging cloth), "soft" (a nearly flat panel), "glow" (a lamp: here it is how light).
    """
    y, x = np.mgrid[0:_SHADE_SIZE, 0:_SHADE_SIZE] / (_SHADE_SIZE - 1)
    kinds: dict[str, NDArray[np.float64]] = {
        "side": 105 * np.abs(2 * x - 0.9) ** 2.2,
        "down": 85 * y**1.4,
        "ball": 120 * np.clip(np.hypot(x - 0.36, y - 0.32) / 0.85, 0, 1) ** 2,
        "folds": 30 * (1 + np.sin(13 * x + 1.5 * np.sin(3 * y))) * (0.35 + 0.65 * y)
        + 30 * np.abs(2 * x - 1) ** 2,
        "soft": 22 * (x + y),
        "glow": 190 * np.clip(1 - 2 * np.hypot(x - 0.5, y - 0.5), 0, 1) ** 1.3,
    }
    return Image.fromarray(np.clip(kinds[kind], 0, 255).astype(np.uint8))


@lru_cache
def grain(pixels: int) -> Image.Image:
    """A fine weave of darkness 0..26 as large as the canvas."""
    noise = np.random.Generator(np.random.Philox(key=7)).random((pixels, pixels))
    weave = noise + np.roll(noise, 1, 0) + np.roll(noise, 2, 0) + noise.T + np.roll(noise.T, 1, 1)
    return Image.fromarray((weave / weave.max() * 26).astype(np.uint8))


def _flower(x: float, y: float, radius: float) -> list[Points]:
    return [
        ellipse(x + 0.58 * radius * np.cos(a), y + 0.58 * radius * np.sin(a), radius * 0.44)
        for a in np.radians(np.arange(5) * 72 - 90)
    ]


def _leaf(x: float, y: float, radius: float, turn: float) -> Points:
    return placed(ellipse(0, 0, 1.0, 0.42), x, y, radius, turn)


@lru_cache
def _pattern_masks(pattern: str, pixels: int, coarse: int) -> tuple[Image.Image, ...]:
    """Masks of the accent, the leaves and the flower hearts, on a sheet half as large again as the canvas."""
    sheet = pixels * 3 // 2
    period = pixels * (0.098 + 0.01 * coarse)
    masks = [Image.new("L", (sheet, sheet), 0) for _ in range(3)]
    accent, leaves, hearts = (ImageDraw.Draw(mask) for mask in masks)
    steps = np.arange(-1, int(sheet / period) + 2)
    if pattern == "striped":
        for x in steps * period:
            accent.rectangle([x, 0, x + 0.42 * period, sheet], fill=255)
    elif pattern == "checked":
        for at in steps * period * 1.15:
            accent.rectangle([at, 0, at + 0.3 * period, sheet], fill=255)
            accent.rectangle([0, at, sheet, at + 0.3 * period], fill=255)
    elif pattern == "dotted":
        for row in steps:
            for column in steps:
                x, y = (column + 0.5 * (row % 2)) * period * 1.05, row * period * 0.95
                accent.ellipse(
                    [x - 0.29 * period, y - 0.29 * period, x + 0.29 * period, y + 0.29 * period], fill=255
                )
    else:
        for row in steps[: len(steps) // 2 + 2]:
            for column in steps[: len(steps) // 2 + 2]:
                x, y = (column + 0.5 * (row % 2)) * period * 2.1, row * period * 1.75
                leaves.polygon(
                    _leaf(x + 0.95 * period, y + 0.25 * period, 0.42 * period, -35).ravel().tolist(), fill=255
                )
                leaves.polygon(
                    _leaf(x - 0.8 * period, y - 0.5 * period, 0.36 * period, -35).ravel().tolist(), fill=255
                )
                for petal in _flower(x, y, 0.78 * period):
                    accent.polygon(petal.ravel().tolist(), fill=255)
                hearts.polygon(ellipse(x, y, 0.24 * period).ravel().tolist(), fill=255)
    return tuple(masks)


def fabric(paint: Paint, pattern: str, pixels: int, rng: np.random.Generator) -> Paint:
    """The paint with a woven or printed pattern; the ground stays the larger part."""
    if pattern == "solid":
        return paint
    masks = _pattern_masks(pattern, pixels, int(rng.integers(3)))
    left, top = (int(v) for v in rng.integers(0, pixels // 2, 2))
    box = (left, top, left + pixels, top + pixels)
    texture = Image.new("RGBA", (pixels, pixels), (*paint.rgb, 255))
    tones = (paint.accent, mix(paint.relief, (40, 90, 50), 0.35), GOLD)
    for mask, rgb in zip(masks[: 3 if pattern == "floral" else 1], tones, strict=False):
        texture.paste((*rgb, 255), (0, 0), mask.crop(box))
    return Paint(paint.rgb, texture)


def blurred(mask: Image.Image, radius: float) -> Image.Image:
    return mask.filter(ImageFilter.BoxBlur(radius))

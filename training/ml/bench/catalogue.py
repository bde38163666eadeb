"""Listings to measure with, alike on every machine: three photos of coloured tiles, five attributes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from training.ml.records import Attribute, Listing, Question

VIEWS = 3
TILES = 8
"""Tiles along a side of a photo."""
WORDS = ("plain", "light", "summer", "city", "trail", "evening", "classic", "soft", "wide", "warm")

ATTRIBUTES = (
    Attribute("color", "Main colour of the product", ("red", "yellow", "green", "blue", "black", "white")),
    Attribute("heel", "Shape of the heel, seen from the side", ("flat", "platform", "block", "wedge")),
    Attribute("strap", "How the straps run over the foot", ("band", "crossed", "thong", "ankle")),
    Attribute("sole", "Tread under the sole", ("smooth", "ribbed", "studded", "zigzag")),
    Attribute("pattern", "Pattern of the fabric", ("solid", "striped", "checked", "dotted", "floral")),
)


def bench_questions(folder: Path, *, listings: int, pixels: int, seed: int = 0) -> list[Question]:
    """Five questions about each listing; its photos (pixels x pixels) are written to `folder`."""
    chance = np.random.default_rng(seed)
    asked = []
    for number in range(listings):
        images = tuple(folder / f"{number}-{view}.png" for view in range(VIEWS))
        for path in images:
            tiles = chance.integers(0, 256, (TILES, TILES, 3), dtype=np.uint8)
            Image.fromarray(tiles).resize((pixels, pixels), Image.Resampling.NEAREST).save(path)
        title = " ".join(chance.choice(WORDS, size=int(chance.integers(1, 5))))
        listing = Listing(f"bench-{number}", "sandal", images, title=f"{title} sandal")
        asked += [Question(listing, attribute) for attribute in ATTRIBUTES]
    return asked

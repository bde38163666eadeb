"""Titles, descriptions and metadata, drawn without a look at the attributes: they tell nothing of them."""

import numpy as np

_BRANDS = ("Velmora", "Tavilo", "Nuvessa", "Kalinto", "Orvelle", "Sumavi", "Pelloa", "Zantelo")
_LINES = (
    "Avela",
    "Miravo",
    "Ossian",
    "Lunetta",
    "Tevana",
    "Nimova",
    "Kavari",
    "Solenne",
    "Umbria",
    "Ellivo",
)
_OPENINGS = (
    "For every day",
    "New this season",
    "Our favourite",
    "For home and travel",
    "A gift that pleases",
    "As worn in town",
)
_PROMISES = (
    "Photos show the actual item.",
    "Sent within three days.",
    "Returns accepted for a month.",
    "Sold by a verified shop.",
    "Packed with care.",
)
_SEASONS = ("SS24", "AW24", "SS25", "AW25")
_LETTERS = "BCDFGHJKLMNPQRTVWXZ"


def words(vertical: str, rng: np.random.Generator) -> tuple[str, str, dict[str, object]]:
    """Title, description and metadata (brand, sku, season, price) of a listing."""
    brand, line, opening, promise, season = (
        options[int(rng.integers(len(options)))]
        for options in (_BRANDS, _LINES, _OPENINGS, _PROMISES, _SEASONS)
    )
    code = "".join(_LETTERS[int(at)] for at in rng.integers(len(_LETTERS), size=2))
    metadata: dict[str, object] = {
        "brand": brand,
        "sku": f"{code}-{int(rng.integers(10000, 100000))}",
        "season": season,
        "price": round(float(rng.uniform(9, 190)), 2),
    }
    return f"{brand} {line} {vertical}", f"{opening}: the {line} {vertical} by {brand}. {promise}", metadata

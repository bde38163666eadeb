"""Rows of a large shop, made up from a seed, for measurements. Pure."""

import csv
import random
from pathlib import Path
from typing import Any

COLUMNS = ("sku", "vertical", "title", "description", "color", "material", "price", "brand")

SCHEMA: dict[str, Any] = {
    vertical: {
        "color": {"allowed_values": ["red", "blue", "green", "black", "white", "grey", "brown", "pink"]},
        "material": {"allowed_values": ["leather", "cotton", "nylon", "wool"], "multi": True},
    }
    for vertical in ("bag", "boot", "cap", "coat", "dress", "glove", "scarf", "shirt", "sock", "watch")
}

_ADJECTIVES = (
    "soft",
    "light",
    "sturdy",
    "roomy",
    "slim",
    "classic",
    "modern",
    "warm",
    "plain",
    "bold",
    "quiet",
)
_PLACES = ("city", "beach", "office", "mountain", "river", "garden", "street", "market", "harbour", "meadow")
_PARTS = ("strap", "zip", "pocket", "lining", "buckle", "seam", "collar", "sole", "handle", "hood", "cuff")


def write_rows(path: Path, *, rows: int, seed: int = 0) -> None:
    """Write a CSV of so many listings without photos, the same for the same seed."""
    chance = random.Random(seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_row(number, chance) for number in range(rows))


def _row(number: int, chance: random.Random) -> tuple[str, ...]:
    vertical = chance.choice(list(SCHEMA))
    adjective, other, place = chance.choice(_ADJECTIVES), chance.choice(_ADJECTIVES), chance.choice(_PLACES)
    parts = chance.sample(_PARTS, 3)
    return (
        f"SKU-{number:08}",
        vertical,
        f"{adjective.capitalize()} {other} {vertical} for the {place}, no. {number}",
        f"A {adjective} {vertical} for the {place}, with {parts[0]}, {parts[1]} and {parts[2]}. "
        f"Model {number}, made to last, and {other} all year round.",
        chance.choice(SCHEMA[vertical]["color"]["allowed_values"]),
        "|".join(chance.sample(SCHEMA[vertical]["material"]["allowed_values"], 2)),
        f"{chance.randint(5, 400)}.{chance.randint(0, 99):02}",
        chance.choice(_PLACES).capitalize(),
    )

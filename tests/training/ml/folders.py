"""A small data folder: caps and bags whose photos have the colour of their label."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image

COLOURS = {"red": (200, 30, 30), "green": (30, 160, 40), "blue": (30, 40, 200)}
SCHEMA: dict[str, Any] = {
    "cap": {"colour": {"description": "Main colour", "allowed_values": list(COLOURS)}},
    "bag": {
        "colour": {"description": "Main colour", "allowed_values": list(COLOURS)},
        "parts": {
            "description": "What it has",
            "allowed_values": ["handle", "strap", "wheels"],
            "multi": True,
        },
    },
}


def write_folder(folder: Path, *, per_vertical: int = 8) -> Path:
    """Write schema.json, listings.jsonl and two photos a listing."""
    (folder / "images").mkdir(parents=True)
    rows = []
    for vertical in SCHEMA:
        for number in range(per_vertical):
            colour = list(COLOURS)[number % 3]
            images = []
            for view in (1, 2):
                name = f"images/{vertical}-{number}-{view}.png"
                Image.new("RGB", (32, 32), COLOURS[colour]).save(folder / name)
                images.append(name)
            rows.append(listing_row(f"{vertical}-{number}", vertical, images, colour))
    write_rows(folder, rows)
    (folder / "schema.json").write_text(json.dumps(SCHEMA))
    return folder


def listing_row(listing_id: str, vertical: str, images: list[str], colour: str) -> dict[str, Any]:
    parts = {"parts": ["strap", "handle"]} if vertical == "bag" else {}
    return {
        "listing_id": listing_id,
        "vertical": vertical,
        "title": f"Plain {vertical}",
        "images": images,
        "attributes": {"colour": colour, **parts},
        "metadata": {"shop": 7},
    }


def read_rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "listings.jsonl").read_text().splitlines()]


def write_rows(folder: Path, rows: list[dict[str, Any]]) -> None:
    (folder / "listings.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

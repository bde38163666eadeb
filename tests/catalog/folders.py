"""Data folders for tests."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.factories import photo_bytes

SCHEMA = {
    "watch": {
        "strap": {"description": "What it is worn by", "allowed_values": ["Leather", "Steel"]},
        "hands": {"allowed_values": ["Hour", "Minute", "Second"], "multi": True},
    },
    "sofa": {"seats": {"allowed_values": ["1.5", "2", "15"]}},
}

Row = Mapping[str, Any]


def row(listing_id: str, **fields: Any) -> Row:
    """A watch with one photo, its fields overridden."""
    return {"listing_id": listing_id, "vertical": "watch", "images": ["a.png"]} | fields


def make_folder(path: Path, rows: Sequence[Row | str], schema: object = SCHEMA) -> Path:
    """Write a data folder with the photos a.png and b.png; a row that is a text stands as it is."""
    path.mkdir(exist_ok=True)
    (path / "schema.json").write_text(json.dumps(schema))
    lines = [line if isinstance(line, str) else json.dumps(line) for line in rows]
    (path / "listings.jsonl").write_text("\n".join(lines) + "\n")
    (path / "a.png").write_bytes(photo_bytes((200, 30, 40)))
    (path / "b.png").write_bytes(photo_bytes((30, 40, 200), size=(5, 9)))
    return path

"""Data folders and files of rows for tests, and imports of them, here and now."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog.importing.folder import folder_plan
from catalog.importing.plan import Column, Plan
from catalog.models import Import
from catalog.services import imports, imports_queue, imports_run
from catalog.services.ledger import worker_name
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


def folder_opened(path: Path, rows: Sequence[Row | str], *, gold: str = "0", seed: str = "0") -> Import:
    """A folder with these rows as an import that has not run."""
    plan = Plan.from_json(folder_plan().to_json() | {"gold": gold, "seed": seed})
    return imports.folder_open(folder=make_folder(path, rows), plan=plan)


def folder_loaded(path: Path, rows: Sequence[Row | str], **quotas: str) -> Import:
    """A folder with these rows, imported."""
    return loaded(folder_opened(path, rows, **quotas))


def file_opened(path: Path, content: str | bytes, *, photos: str = "", **changes: Any) -> Import:
    """A file of rows as an import that has not run, read as guessed but for `columns` and other changes."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    opened = imports.import_open(name=path.name, path=str(path), photos=photos)
    plan = Plan.from_json(opened.plan | changes)
    assert imports.import_plan(import_id=opened.pk, plan=plan)
    return Import.objects.get(pk=opened.pk)


def columns(**meanings: str) -> list[dict[str, str]]:
    """Columns of a plan, as its JSON has them: columns(sku="id", hue="attribute:color")."""
    made = [Column.meaning_of(*pair) for pair in meanings.items()]
    return [{"name": one.name, "role": one.role.value, "attribute": one.attribute} for one in made]


def loaded(row: Import) -> Import:
    """The import, after its rows were loaded."""
    assert imports.import_load(import_id=row.pk, send=False)
    return run(row)


def checked(row: Import) -> Import:
    """The import, after its rows were checked."""
    assert imports.import_check(import_id=row.pk, send=False)
    return run(row)


def resumed(row: Import) -> Import:
    """The import, after it went on where it had stopped."""
    assert imports.import_resume(import_id=row.pk, send=False)
    return run(row)


def run(row: Import) -> Import:
    """The import, after a worker ran it."""
    claim = imports_queue.import_claim(import_id=row.pk, worker=worker_name())
    assert claim
    imports_run.import_run(claim)
    return Import.objects.get(pk=row.pk)

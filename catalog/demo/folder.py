"""Writes demo listings as a data folder: schema.json, listings.jsonl and images/."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import mkdtemp

from tqdm import tqdm

from catalog.demo.generate import DemoListing, listing_order, render_listing
from catalog.demo.looks import Look
from catalog.demo.schema import VERTICALS, demo_schema

JPEG_QUALITY = 90


def write_folder(
    out: Path,
    *,
    per_vertical: int,
    look: Look,
    seed: int,
    size: int = 256,
    verticals: Sequence[str] | None = None,
    jobs: int | None = None,
) -> int:
    """Render into the new folder `out` and return the number of photos.

    `jobs` processes work on it, one per core when None; the files are the same bytes whatever `jobs`. The
    folder appears whole or not at all. Raises FileExistsError when `out` exists and ValueError as
    `render_listings` does.
    """
    if out.exists():
        raise FileExistsError(f"{out} exists already: remove it or choose another folder")
    order = listing_order(per_vertical, look, verticals)
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        photos = _fill(
            draft, order, partial(_write_listing, draft, look, seed, size), jobs or os.cpu_count() or 1
        )
        schema = {
            name: content for name, content in demo_schema().items() if name in (verticals or VERTICALS)
        }
        (draft / "schema.json").write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
        draft.chmod(0o755)
        draft.rename(out)
    except BaseException:
        shutil.rmtree(draft)
        raise
    return photos


def _fill(draft: Path, order: list[tuple[str, int]], write: "partial[dict[str, object]]", jobs: int) -> int:
    """Write every listing's photos, then its line, in order; returns the number of photos."""
    (draft / "images").mkdir()
    photos = 0
    with (draft / "listings.jsonl").open("w", encoding="utf-8") as lines:
        for row in tqdm(_rows(order, write, jobs), total=len(order), desc="demo listings", unit="listing"):
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
            photos += len(row["images"])  # type: ignore[arg-type]
    return photos


def _rows(
    order: list[tuple[str, int]], write: "partial[dict[str, object]]", jobs: int
) -> Iterator[dict[str, object]]:
    if jobs == 1:
        yield from map(write, order)
        return
    # Fresh processes: a fork of a program that has threads (a web server, a worker) can hang.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(write, order, chunksize=8)


def _write_listing(draft: Path, look: Look, seed: int, size: int, key: tuple[str, int]) -> dict[str, object]:
    vertical, index = key
    listing = render_listing(vertical=vertical, index=index, look=look, seed=seed, size=size)
    images = [f"images/{listing.listing_id}-{at}.jpg" for at in range(1, len(listing.photos) + 1)]
    for name, photo in zip(images, listing.photos, strict=True):
        photo.save(draft / name, "JPEG", quality=JPEG_QUALITY)
    return _row(listing, images)


def _row(listing: DemoListing, images: Iterable[str]) -> dict[str, object]:
    return {
        "listing_id": listing.listing_id,
        "vertical": listing.vertical,
        "title": listing.title,
        "description": listing.description,
        "images": list(images),
        "attributes": dict(listing.attributes),
        "group": listing.listing_id,
        "evidence": dict(listing.evidence),
        "metadata": dict(listing.metadata),
    }

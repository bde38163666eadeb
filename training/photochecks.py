"""Labelled listings of a round whose photos cannot be used by now: left out, with the reason.

It is decided once, by the worker that begins the round, and kept in `left-out.json` of the round's artifact
folder: every shard and every later try of the round leaves out the same listings, whatever becomes of photos.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from PIL import Image

from catalog.imaging.storage import media_local, media_missing
from training.inputs import Json
from training.ml.errors import DataError

FILE = "left-out.json"
REVIEWED = "reviewed"
"""Beside the splits: listings of the pool with the answers that reviewers settled."""
OPENERS = 4
_BROKEN = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
"""What Pillow raises at a file that is no photo, or not a whole one."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A listing that a round does not use."""

    listing_id: str
    vertical: str
    """Its name."""
    split: str
    """Or REVIEWED."""
    reason: str


def usable(frozen: Json, folder: Path) -> Json:
    """A round's inputs without the listings whose photos are missing or cannot be opened.

    Args:
        frozen: the inputs as the round was started on them.
        folder: of the round, in the artifact storage.

    Raises:
        DataError: when nothing is left of a split that had listings, with the first reason. Nothing is
            decided then: it may be the storage that is away.
    """
    path = folder / FILE
    left_out = _read(path)
    if left_out is None:
        left_out = list(_problems({**frozen["listings"], REVIEWED: frozen.get(REVIEWED, [])}))
        _check_something_is_left(frozen["listings"], left_out)
        _write(path, left_out)
    return _without(frozen, left_out)


def as_used(frozen: Json, folder: Path) -> Json:
    """The inputs as the round in this folder uses them; as they are as long as it has not begun."""
    return _without(frozen, _read(folder / FILE) or [])


def listings_left_out(artifact_path: str) -> list[LeftOut]:
    """What the round in this folder of the artifacts leaves out; nothing before it has begun."""
    return _read(Path(settings.ATTRX_ARTIFACTS_DIR) / artifact_path / FILE) or []


def _without(frozen: Json, left_out: Sequence[LeftOut]) -> Json:
    gone = {(one.split, one.listing_id) for one in left_out}

    def kept(split: str, rows: Sequence[Json]) -> list[Json]:
        return [row for row in rows if (split, row["listing_id"]) not in gone]

    listings = {split: kept(split, rows) for split, rows in frozen["listings"].items()}
    reviewed = {REVIEWED: kept(REVIEWED, frozen[REVIEWED])} if REVIEWED in frozen else {}
    return {**frozen, "listings": listings, **reviewed}


def _problems(listings: Mapping[str, Sequence[Json]]) -> Iterable[LeftOut]:
    rows = [(split, row) for split, rows in listings.items() for row in rows]
    problem_of = _photo_problems({image["file"] for _, row in rows for image in row["images"]})
    for split, row in rows:
        files = [image["file"] for image in row["images"]]
        if reasons := [problem_of[file] for file in files if file in problem_of]:
            yield LeftOut(row["listing_id"], row["vertical"], split, reasons[0])


def _photo_problems(files: Collection[str]) -> dict[str, str]:
    """{photo that cannot be used: why}"""
    missing = media_missing(sorted(files))
    found = {file: f"its photo {file} is missing from the media storage" for file in missing}
    paths = media_local(sorted(set(files) - missing))
    with ThreadPoolExecutor(OPENERS) as pool:
        for file, problem in zip(paths, pool.map(_problem, paths.values()), strict=True):
            if problem:
                found[file] = f"its photo {file} cannot be opened ({problem})"
    return found


def _problem(path: Path) -> str:
    try:
        with Image.open(path) as image:
            image.load()
    except _BROKEN as error:
        return str(error).splitlines()[0] if str(error) else type(error).__name__
    return ""


def _check_something_is_left(listings: Mapping[str, Sequence[Json]], left_out: Sequence[LeftOut]) -> None:
    for split, rows in listings.items():
        gone = [one for one in left_out if one.split == split]
        if rows and len(gone) == len(rows):
            raise DataError(
                f"no {split} listing can be used, as listing {gone[0].listing_id!r}: {gone[0].reason}; put "
                "the photos back, or import the listings again, and resume the round"
            )


def _read(path: Path) -> list[LeftOut] | None:
    if not path.is_file():
        return None
    return [LeftOut(**row) for row in json.loads(path.read_text())]


def _write(path: Path, left_out: Sequence[LeftOut]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{uuid4().hex}.partial")
    beside.write_text(json.dumps([asdict(one) for one in left_out], indent=1, ensure_ascii=False) + "\n")
    beside.replace(path)

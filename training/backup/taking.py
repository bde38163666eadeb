"""Taking a backup while people and rounds work.

The database first, then the files: whoever writes a row has stored its file before, and a file that is named
by its content never changes, so that whatever the copied rows name is there. What people remove meanwhile
(an unwanted photo, an old adapter) is the exception; the database is then copied again, without its row.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from catalog.imaging.storage import TRANSFERS, media_open
from training.backup.manifest import LIST, Manifest, copied, filed
from training.backup.snapshots import FILES, Snapshot, row_counts, snapshot_into
from training.backup.wanted import Wanted, files_below, folders_wanted, media_wanted
from training.ml.newfolder import new_folder

TRIES = 3
"""Times that the database is copied, while files that it names are removed."""
CHUNK_FILES = 1000
MOST_MISSING = 1000
"""Names of missing files that the manifest keeps."""


def backup_take(
    out: Path, *, media: bool = True, tell: Callable[[str, int], object] = lambda what, done: None
) -> Manifest:
    """Copy the site into a new folder, which appears whole; returns its manifest.

    Args:
        media: False leaves photos out, where a bucket is kept safe by other means.
        tell: called with what is copied and how many files of it are.

    Raises:
        DataError: when `out` exists or the database cannot be copied.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with new_folder(out) as folder:
        folder.chmod(0o700)  # It has what everybody said, and their passwords' hashes.
        manifest = _take(folder, media=media, tell=tell)
        manifest.write(folder)
        os.sync()  # It appears once it would outlive a power cut.
    with transaction.atomic():
        after = {"folder": str(out), "rows": sum(manifest.rows.values()), "files": manifest.files}
        event_record(Action.BACKUP_TAKEN, kind=Kind.SITE, name="site", after=after)
    return manifest


def _take(folder: Path, *, media: bool, tell: Callable[[str, int], object]) -> Manifest:
    missing: list[str] = []
    for _ in range(TRIES):
        manifest, before = _try(folder, media=media, tell=tell), missing
        missing = manifest.missing
        if not missing or missing == before:  # What lacks twice was not removed meanwhile: it is lost.
            break
    return manifest


def _try(folder: Path, *, media: bool, tell: Callable[[str, int], object]) -> Manifest:
    for path in list(folder.iterdir()):  # What an earlier try copied.
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    database, tally = FILES[connection.vendor], _Tally(folder, tell)
    with snapshot_into(folder) as snapshot:
        created, rows, migrations = timezone.now().isoformat(), row_counts(snapshot), _migrations(snapshot)
        if media:
            tally.media(media_wanted(snapshot))
        tally.artifacts(*folders_wanted(snapshot))
    tally.close()
    return Manifest(
        created=created,
        kind=connection.vendor,
        migrations=migrations,
        rows=rows,
        database=filed(folder, database),
        listing=filed(folder, LIST),
        files=tally.files,
        bytes=tally.bytes,
        media=media,
        missing=tally.missing[:MOST_MISSING],
    )


def _migrations(snapshot: Snapshot) -> list[str]:
    return sorted(f"{app}.{name}" for app, name in snapshot.rows("SELECT app, name FROM django_migrations"))


class _Tally:
    """Copies files and writes down each."""

    def __init__(self, folder: Path, tell: Callable[[str, int], object]) -> None:
        self._folder, self._tell = folder, tell
        self._lines = (folder / LIST).open("w")
        self._artifacts = Path(settings.ATTRX_ARTIFACTS_DIR)
        self.files = self.bytes = 0
        self.missing: list[str] = []

    def close(self) -> None:
        self._lines.close()

    def media(self, wanted: Iterable[Wanted]) -> None:
        """Copy these files of the media storage, a folder or a bucket."""
        wanted = iter(wanted)
        with ThreadPoolExecutor(TRANSFERS) as pool:
            while chunk := list(islice(wanted, CHUNK_FILES)):
                for one, found in zip(chunk, pool.map(partial(_copy, self._folder), chunk), strict=True):
                    self._note(f"media/{one.name}", found, one.size)
                self._tell("photos and uploads", self.files)

    def artifacts(self, rounds: set[str], adapters: set[str]) -> None:
        """Copy the folders of rounds, and note the adapters that are not there."""
        self.missing += [f"artifacts/{path}" for path in sorted(adapters) if not self._has(path)]
        for name in sorted(rounds | adapters):
            inside = any(f"{name}/".startswith(f"{other}/") for other in rounds - {name})
            for path in () if inside else files_below(self._artifacts / name):
                self._artifact(f"{name}/{path.as_posix()}")
            self._tell("files of all kinds", self.files)

    def _artifact(self, name: str) -> None:
        try:
            with (self._artifacts / name).open("rb") as source:
                self._note(f"artifacts/{name}", copied(source, self._folder / "artifacts" / name), None)
        except FileNotFoundError:
            return  # No row needs it: a round has just ended with it, or its adapter was given up.

    def _has(self, path: str) -> bool:
        return next(iter(files_below(self._artifacts / path)), None) is not None

    def _note(self, path: str, found: tuple[str, int] | None, size: int | None) -> None:
        if found is None or (size is not None and found[1] != size):
            self.missing.append(path)
        if found is not None:
            self._lines.write(json.dumps({"path": path, "sha256": found[0], "bytes": found[1]}) + "\n")
            self.files += 1
            self.bytes += found[1]


def _copy(folder: Path, wanted: Wanted) -> tuple[str, int] | None:
    """(SHA-256, bytes) of the copy; None when there is no such file."""
    path = folder / "media" / wanted.name
    try:
        with media_open(wanted.name) as source:
            return copied(source, path)
    except FileNotFoundError:
        path.unlink(missing_ok=True)
        return None

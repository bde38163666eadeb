"""The way back: a verified backup into a site, files first, so that no row names what is not there yet."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection, connections, transaction
from django.db.migrations.loader import MigrationLoader

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from training.backup.manifest import Manifest, copied, listed, verify
from training.backup.snapshots import SQLITE, Live, pg_run, row_counts, sqlite_file
from training.ml.errors import DataError
from training.services.accepted import feed_renew

MADE_BY_MIGRATIONS = {
    *("django_migrations", "django_content_type", "auth_permission"),
    *("labeling_purposerule", "training_alertrule"),
}
"""Tables that have rows in a new database."""


def backup_restore(
    folder: Path, *, overwrite: bool = False, tell: Callable[[str, int], object] = lambda what, done: None
) -> Manifest:
    """Bring a backup back into the database, media and artifacts of this site; returns its manifest.

    Args:
        overwrite: whether rows that are there may go.
        tell: called with what is done and how many files of it are.

    Raises:
        DataError: when the backup is damaged or of another kind, the database has rows, or rows came out
            otherwise than they were.
    """
    manifest = Manifest.read(folder)
    _check_kind(manifest)
    verify(folder, manifest, lambda done: tell("verified", done))
    counts = row_counts(Live())
    if not overwrite and (filled := sorted(held_rows(counts))):
        raise DataError(
            f"the database has rows already (in {', '.join(filled[:3])}): restore into an empty one, or give "
            "--overwrite to lose them"
        )
    for number, one in enumerate(listed(folder), 1):
        _bring(folder, one.path)
        tell("restored", number)
    _bring_database(folder / manifest.database.path)
    if (found := row_counts(Live())) != manifest.rows:
        wrong = sorted(name for name in found | manifest.rows if found.get(name) != manifest.rows.get(name))
        raise DataError(f"rows of {', '.join(wrong[:5])} came out otherwise than they were backed up")
    feed_renew()
    with transaction.atomic():
        after = {"folder": str(folder), "taken": manifest.created}
        event_record(Action.BACKUP_RESTORED, kind=Kind.SITE, name="site", after=after)
    return manifest


def held_rows(counts: dict[str, int]) -> dict[str, int]:
    """{table: rows} of what somebody has brought here."""
    return {name: rows for name, rows in counts.items() if rows and name not in MADE_BY_MIGRATIONS}


def _check_kind(manifest: Manifest) -> None:
    if manifest.kind != connection.vendor:
        raise DataError(
            f"the backup is of {manifest.kind} and DATABASE_URL names {connection.vendor}: restore into a "
            f"database of the same kind"
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if newer := [name for name in manifest.migrations if name not in known]:
        raise DataError(
            f"the backup has {newer[0]}, which this attrx does not know: install the one that made it"
        )


def _bring(folder: Path, path: str) -> None:
    """Put one file where it belongs, unless the same is there."""
    kind, _, name = path.partition("/")
    if kind == "artifacts":
        with (folder / path).open("rb") as source:
            copied(source, Path(settings.ATTRX_ARTIFACTS_DIR) / name)
        return
    with (folder / path).open("rb") as source:
        if default_storage.exists(name):
            default_storage.delete(name)
        default_storage.save(name, File(source))


def _bring_database(path: Path) -> None:
    if connection.vendor != SQLITE:
        connections.close_all()
        clean = ["--clean", "--if-exists", "--no-owner", "--no-privileges"]
        pg_run("pg_restore", *clean, "--single-transaction", "--exit-on-error", str(path))
        return
    with sqlite_file(path):
        pass  # It is whole: it may take another's place.
    connections.close_all()
    target = Path(connection.settings_dict["NAME"])
    # Through SQLite, not by moving files: whoever has the database open sees the one or the other.
    with closing(sqlite3.connect(path)) as copy, closing(sqlite3.connect(target)) as live:
        copy.backup(live)

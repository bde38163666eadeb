"""What the commands that import have in common: they run an import in this process, by its ledger row."""

import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management.base import CommandError, OutputWrapper
from tqdm import tqdm

from catalog.errors import CatalogError
from catalog.selectors.imports import errors_name, import_errors, import_get, import_progress
from catalog.services import imports, imports_queue, imports_run, photos
from catalog.services.ledger import worker_name
from catalog.splits import parse_quota

REFUSED, UNUSABLE = 1, 2
"""Exit codes: rows were refused and the others landed; the import did not come to its end."""


def count(text: str) -> int:
    """A whole number from 0, for argparse."""
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is no count: give a whole number from 0")
    return int(text)


def quota(text: str) -> str:
    """So many groups, or a share of them, for argparse."""
    try:
        parse_quota(text)
    except CatalogError as error:
        raise ArgumentTypeError(str(error)) from error
    return text


def add_quotas(parser: ArgumentParser) -> None:
    """Let a command fill gold and seed sets."""
    parser.add_argument(
        "--gold", type=quota, default="0", help="fill each vertical's gold set: 20 groups, or 5%% of them"
    )
    parser.add_argument(
        "--seed-set", type=quota, default="0", help="fill each vertical's seed set, as --gold"
    )


def run_import(import_id: int, *, out: OutputWrapper, errors: Path | None = None) -> None:
    """Run a queued import in this process, render its photos, and report.

    Raises:
        CommandError: with exit code REFUSED or UNUSABLE.
    """
    imports_queue.imports_sweep()
    claim = imports_queue.import_claim(import_id=import_id, worker=worker_name())
    if claim is None:
        imports.import_cancel(import_id=import_id)
        remedy = "wait for it, or cancel it on its page; then manage.py catalog_import --resume"
        raise CommandError(f"another import runs: {remedy} {import_id}", returncode=UNUSABLE)
    with _watched(import_id) as tell:
        imports_run.import_run(claim, tell=tell)
    _report(import_id, out, errors)


def _report(import_id: int, out: OutputWrapper, errors: Path | None) -> None:
    """Say what happened, and write what is wrong to a file where something is."""
    row = import_get(import_id)
    progress = import_progress(row)
    if progress.is_resumable:
        problem = f"import {import_id} is {progress.status}: {row.error or 'what landed is kept'}"
        raise CommandError(f"{problem}: manage.py catalog_import --resume {import_id}", returncode=UNUSABLE)
    if progress.is_loaded:
        photos.photos_render()
    out.write(f"listings: {progress.outcome}")
    if row.listings_refused:
        path = errors or settings.ATTRX_VAR_DIR / "imports" / errors_name(row)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(import_errors(import_id))
        raise CommandError(f"refused rows, and what to do with each: {path}", returncode=REFUSED)


@contextmanager
def _watched(import_id: int) -> Iterator[imports_run.Tell]:
    """A progress bar; ctrl-C and SIGTERM cancel the import, which ends with its batch."""
    stopped = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    def tell(position: int, size: int) -> None:
        bar.total = size or None
        bar.update(position - bar.n)
        if stopped:
            imports.import_cancel(import_id=import_id)

    before = {signum: signal.signal(signum, stop) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        with tqdm(desc="Importing", unit="B", unit_scale=True, disable=not sys.stderr.isatty()) as bar:
            yield tell
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)

"""What a process does that works on an import until it is done or killed, on the machine of its var folder.

A fork server loads it once, so that a process starts at once (test_import_kill.py).
"""

from threading import Event

import django

django.setup()

from catalog.models import Import, Status  # noqa: E402  only a set-up Django has models
from catalog.services import imports, imports_queue, imports_run  # noqa: E402
from catalog.services.ledger import worker_name  # noqa: E402


def go_on(import_id: int, until: int | None = None) -> None:
    """Take the import up wherever it is, and run it to its end, or to so many rows, to be killed there."""

    def stay(position: int, size: int) -> None:
        if until is not None and Import.objects.filter(pk=import_id, rows__gte=until).exists():
            Event().wait()

    imports_queue.imports_sweep()
    if Import.objects.filter(pk=import_id, status=Status.FAILED).exists():
        imports.import_resume(import_id=import_id, send=False)
    claim = imports_queue.import_claim(import_id=import_id, worker=worker_name())
    if claim is not None:
        imports_run.import_run(claim, tell=stay)


def queue(path: str, photos: str) -> None:
    """Queue the import of a file."""
    opened = imports.import_open(name="rows.csv", path=path, photos=photos)
    imports.import_load(import_id=opened.pk, send=False)

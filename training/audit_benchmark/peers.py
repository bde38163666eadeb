"""What reads and writes of the log are held against: plain SQL for the same, in the same database."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

from django.db import connection, connections, transaction

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record

AFTER = {"color": ["red"], "neckline": ["round"]}

SELECT = "SELECT * FROM auditlog_event WHERE id = ANY(%s) ORDER BY at DESC, id DESC"
INSERT = """
INSERT INTO auditlog_event (
    at, action, person, via, client, request_id, object_kind, object_key, object_name, after, reason
) VALUES (CURRENT_TIMESTAMP, %s, '', 'command', 'benchmark', '', %s, %s, %s, %s, '')
"""
COPY = """
COPY (
    SELECT id, at, action, person, person_key, via, address, client, request_id, object_kind, object_key,
        object_name, before, after, reason
    FROM auditlog_event ORDER BY at DESC, id DESC
) TO STDOUT WITH (FORMAT csv, HEADER)
"""


def rows_select(ids: Sequence[int], *, using: str) -> float:
    """The milliseconds that a SELECT of these entries by their key takes, whole and in order."""
    started = time.perf_counter()
    with connections[using].cursor() as cursor:
        cursor.execute(SELECT, [list(ids)])
        cursor.fetchall()
    return 1000 * (time.perf_counter() - started)


def log_copy(out: Path, *, using: str) -> float:
    """The seconds that PostgreSQL takes to send the whole log as CSV, written to a file."""
    started = time.monotonic()
    with connections[using].cursor() as cursor, out.open("wb") as file, cursor.copy(COPY) as pieces:
        file.writelines(pieces)
    return time.monotonic() - started


def entries_write(entries: int) -> tuple[list[float], list[float]]:
    """The milliseconds of so many entries, and of as many plain INSERTs, each in a transaction, in turn.

    They go to the database that the settings name. A commit is not counted: the act has it anyway.
    """
    recorded, inserted = list[float](), list[float]()
    for number in range(entries):
        name = f"sku-{number}"
        with transaction.atomic():
            started = time.perf_counter()
            event_record(Action.LABELS_SETTLED, kind=Kind.LISTING, key=name, name=name, after=AFTER)
            recorded.append(1000 * (time.perf_counter() - started))
        values = [Action.LABELS_SETTLED, Kind.LISTING, name, name, json.dumps(AFTER)]
        with transaction.atomic(), connection.cursor() as cursor:
            started = time.perf_counter()
            cursor.execute(INSERT, values)
            inserted.append(1000 * (time.perf_counter() - started))
    return recorded, inserted

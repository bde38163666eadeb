"""The lock on the log's table: the database itself refuses to change or delete an entry.

Its one door is for `audit_prune` and tests. Whoever owns the database can open it, too: against such a person
only a copy elsewhere helps.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.transaction import TransactionManagementError

REFUSED = "the audit log is append-only"

POSTGRESQL = (
    f"""
    CREATE FUNCTION auditlog_event_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND current_setting('auditlog.unlocked', true) = 'on' THEN RETURN OLD; END IF;
        IF TG_OP = 'TRUNCATE' AND NOT EXISTS (SELECT FROM auditlog_event) THEN RETURN NULL; END IF;
        RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'restrict_violation';
    END $$
    """,  # nosec B608
    "CREATE TRIGGER auditlog_event_kept BEFORE UPDATE OR DELETE ON auditlog_event"
    " FOR EACH ROW EXECUTE FUNCTION auditlog_event_kept()",
    "CREATE TRIGGER auditlog_event_emptied BEFORE TRUNCATE ON auditlog_event"
    " FOR EACH STATEMENT EXECUTE FUNCTION auditlog_event_kept()",
)
POSTGRESQL_REVERSED = (
    "DROP TRIGGER auditlog_event_kept ON auditlog_event",
    "DROP TRIGGER auditlog_event_emptied ON auditlog_event",
    "DROP FUNCTION auditlog_event_kept",
)
SQLITE = tuple(
    f"CREATE TRIGGER auditlog_event_{name} BEFORE {name.upper()} ON auditlog_event"
    f" BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    for name in ("update", "delete")
)
SQLITE_REVERSED = tuple(f"DROP TRIGGER auditlog_event_{name}" for name in ("update", "delete"))


@contextmanager
def unlocked() -> Iterator[None]:
    """In this transaction entries may be deleted, though never changed.

    Raises:
        TransactionManagementError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("the audit log is unlocked within a transaction only")
    postgresql = connection.vendor == "postgresql"
    *_, of_deletes = SQLITE
    *_, dropped = SQLITE_REVERSED
    with connection.cursor() as cursor:
        # SQLite has no settings of a transaction, but takes a trigger away in one.
        cursor.execute("SET LOCAL auditlog.unlocked = 'on'" if postgresql else dropped)
        yield
        cursor.execute("SET LOCAL auditlog.unlocked = 'off'" if postgresql else of_deletes)

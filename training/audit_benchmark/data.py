"""A long audit log, made by PostgreSQL itself in a minute: an entry every half minute for most of a year.

Four in five are labels that were settled, each at one of many listings; the others are acts of all kinds at
rounds. The oldest ones are imports, as when a site begins: who asks for these looks far down the log.
"""

from collections.abc import Callable
from typing import Any

from django.db import connections

from attrx_web.auditlog.actions import Action
from training.browse_benchmark.data import bare

PEOPLE, ROUNDS, LISTINGS, BROWSERS = 60, 500, 300_000, 30
NETWORKS, HOSTS = 7, 250
SECONDS_BETWEEN = 30
"""From one entry to the next."""
IMPORTS_SHARE = 0.03
"""Of the entries, the oldest."""
WITH_REASON = 1_000
"""Every so manieth entry has a reason in words that no other has."""
NEVER = Action.BACKUP_RESTORED
"""An act that is not in the log."""
TABLE = "auditlog_event"

ENTRIES = """
INSERT INTO auditlog_event (
    at, action, person_key, person, via, address, client, request_id,
    object_kind, object_key, object_name, before, after, reason
)
SELECT
    now() - make_interval(secs => (%(entries)s - n) * %(between)s),
    CASE kind WHEN 'import' THEN 'import.ended' WHEN 'listing' THEN 'labels.settled' ELSE act END,
    mixed %% %(people)s, 'person-' || mixed %% %(people)s, 'browser',
    ('10.0.' || mixed %% %(networks)s || '.' || mixed %% %(hosts)s)::inet,
    'Mozilla/5.0 (X11; Linux x86_64) Firefox/' || 100 + mixed / 7 %% %(browsers)s, md5(n::text),
    kind, key, CASE kind WHEN 'listing' THEN key ELSE kind || ' ' || key END, NULL,
    '{"color": ["red"], "neckline": ["round"]}',
    CASE WHEN n %% %(with_reason)s = 0 THEN 'better on gold: ' || n ELSE '' END
FROM (
    SELECT
        n, mixed, kind, (%(acts)s::text[])[1 + (n / 5 %% %(acts_number)s)::int] AS act,
        CASE kind
            WHEN 'listing' THEN 'sku-' || mixed %% %(listings)s
            WHEN 'round' THEN (n / 5 %% %(rounds)s)::text
            ELSE n::text
        END AS key
    FROM (
        SELECT
            n::bigint, n * 7919::bigint %% 1000003 AS mixed,
            CASE WHEN n <= %(imports)s THEN 'import' WHEN n %% 5 < 4 THEN 'listing' ELSE 'round' END AS kind
        FROM generate_series(1, %(entries)s) n
    ) numbered
) entries
ORDER BY n
"""
"""`mixed` is a number that has nothing to do with the place in the log."""


def log_generate(*, entries: int, using: str, tell: Callable[[str], object]) -> None:
    """Fill the empty log of the database that the alias names; `tell` hears what is made next."""
    acts = [act.value for act in Action if act not in (NEVER, Action.LABELS_SETTLED, Action.IMPORT_ENDED)]
    sizes: dict[str, Any] = {
        **{"entries": entries, "between": SECONDS_BETWEEN, "imports": int(entries * IMPORTS_SHARE)},
        **{"people": PEOPLE, "networks": NETWORKS, "hosts": HOSTS, "browsers": BROWSERS},
        **{"rounds": ROUNDS, "listings": LISTINGS, "with_reason": WITH_REASON},
        **{"acts": acts, "acts_number": len(acts)},
    }
    with connections[using].cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '256MB'")
        with bare(cursor, [TABLE], tell):
            tell("entries")
            cursor.execute(ENTRIES, sizes)
        tell("statistics")
        cursor.execute(f"VACUUM ANALYZE {TABLE}")


def sizes_of(*, using: str) -> dict[str, int]:
    """{"table": bytes, "indexes": bytes}"""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_table_size(%s::regclass), pg_indexes_size(%s::regclass)", [TABLE, TABLE])
        table, indexes = cursor.fetchone()
    return {"table": table, "indexes": indexes}

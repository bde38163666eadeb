"""A large catalogue, made by PostgreSQL itself in a minute or two.

Twelve verticals with four attributes of ten values. 3 % of the listings are gold or seed and labelled, as are
1 % of the pool; most have one or two photos; a champion has predicted every question, and a routing accepts,
reviews and audits its answers; the champion and its base model have answered the gold questions. Titles mix
words that many listings have with words that a handful has.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connections
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from attrx_web.accounts import session_content
from attrx_web.roles import Role
from catalog.models import Attribute, Import, SchemaVersion, Status, Value, Vertical
from catalog.models.imports import Stage
from training.browse_benchmark import sql
from training.models import Alias, AliasName, ModelVersion, Round, Routing, RoutingState

VERTICALS, ATTRIBUTES, VALUES, IMPORTS = 12, 4, 10, 20
SECONDS_BETWEEN = 30
"""From one listing to the next."""
LARGE = (
    "catalog_listing",
    "catalog_image",
    "labeling_label",
    "labeling_labelrevision",
    "training_prediction",
    "training_goldanswer",
)
"""The tables that are filled without their indexes and foreign keys, which are made again afterwards."""

Tell = Callable[[str], object]


def catalogue_generate(*, listings: int, using: str, tell: Tell) -> None:
    """Fill the empty database that the alias names; `tell` hears what is made next."""
    schema_generate(using=using, attributes=ATTRIBUTES)
    _champion(using)
    sizes = {"listings": listings, "verticals": VERTICALS, "attributes": ATTRIBUTES, "values": VALUES}
    with connections[using].cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '256MB'")
        cursor.execute(sql.HELPERS)
        cursor.execute("SELECT setseed(0.5)")
        with bare(cursor, LARGE, tell):
            for name, statements in sql.STEPS.items():
                tell(name)
                for statement in statements:
                    cursor.execute(statement, sizes | {"imports": IMPORTS, "between": SECONDS_BETWEEN})
        tell("statistics")
        cursor.execute("VACUUM ANALYZE")


def session_generate(*, using: str) -> str:
    """Sign an admin in; returns the key that the session cookie holds."""
    user = User.objects.using(using).create(username="admin", password="!")
    user.groups.add(Group.objects.using(using).create(name=Role.ADMIN.value))
    expires = timezone.now() + timedelta(days=1)
    session = Session.objects.using(using).create(
        session_key="benchmark",
        session_data=SessionStore().encode(session_content(user)),
        expire_date=expires,
    )
    return session.session_key


def schema_generate(*, using: str, attributes: int) -> None:
    """Twelve verticals with so many attributes of ten values; the last attribute takes several at once."""
    for number in range(1, VERTICALS + 1):
        vertical = Vertical.objects.using(using).create(
            pk=number, code=f"vertical-{number}", label=f"Vertical {number}", position=number
        )
        content = {"code": vertical.code, "label": vertical.label, "attributes": []}
        SchemaVersion.objects.using(using).create(pk=number, vertical=vertical, number=1, content=content)
        for place in range(1, attributes + 1):
            attribute = Attribute.objects.using(using).create(
                pk=(number - 1) * attributes + place,
                vertical=vertical,
                code=f"attribute-{place}",
                label=f"Attribute {place}",
                position=place,
                multi=place == attributes,
                required=place < attributes,
            )
            Value.objects.using(using).bulk_create(
                Value(attribute=attribute, code=f"value-{one}", label=f"Value {one}", position=one)
                for one in range(1, VALUES + 1)
            )


def _champion(using: str) -> None:
    now = timezone.now()
    done = {"status": Status.DONE, "started": now, "heartbeat": now, "finished": now}
    for number in range(1, IMPORTS + 1):
        name = f"import {number}.csv"
        Import.objects.using(using).create(
            **done, pk=number, name=name, path=name, stage=Stage.SETTLE, settled=True
        )
    round_ = Round.objects.using(using).create(
        **done, params={}, inputs={}, artifact_path="generated", stage_count=1
    )
    version = ModelVersion.objects.using(using).create(
        pk=1, round=round_, iteration=0, base_model="generated", adapter_path="generated"
    )
    Alias.objects.using(using).create(name=AliasName.CHAMPION, version=version)
    Routing.objects.using(using).create(
        **done, pk=1, version=version, params={}, state=RoutingState.CURRENT, confirmed=now
    )


@contextmanager
def bare(cursor: CursorWrapper, tables: Sequence[str], tell: Tell) -> Iterator[None]:
    """Without the tables' foreign keys and those of their indexes that enforce nothing."""
    cursor.execute(sql.FOREIGN_KEYS, [list(tables)])
    keys = cursor.fetchall()
    cursor.execute(sql.INDEXES, [list(tables)])
    indexes = cursor.fetchall()
    for table, name, _ in keys:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    tell("indexes")
    for _, definition in indexes:
        cursor.execute(definition)
    for table, name, definition in keys:
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')

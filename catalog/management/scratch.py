"""A database for a measurement, beside the one that the settings name and gone afterwards."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from django.core.management.base import CommandError
from django.db import connection

from attrx_web.env import REPOSITORY


@contextmanager
def scratch_database(name: str, *, like: str = "") -> Iterator[str]:
    """Create a database of this name with all tables; yields its DATABASE_URL and drops it at the end.

    It is empty, or a copy of the scratch database `like`, which is had sooner and has no connections.
    One that an earlier measurement left behind is replaced.

    Raises:
        CommandError: with exit code 2 unless DATABASE_URL names a PostgreSQL; when the tables cannot be made.
    """
    if connection.vendor != "postgresql":
        raise CommandError(
            "a measurement needs PostgreSQL: set DATABASE_URL to one that may create databases",
            returncode=2,
        )
    quoted = connection.ops.quote_name(name)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")
        template = f" TEMPLATE {connection.ops.quote_name(like)}" if like else ""
        cursor.execute(f"CREATE DATABASE {quoted}{template}")
    try:
        url = _url(name)
        if not like:
            _migrate(name, url)
        yield url
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")


def _migrate(name: str, url: str) -> None:
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    if subprocess.run(migrate, cwd=REPOSITORY, env=os.environ | {"DATABASE_URL": url}).returncode:
        raise CommandError(f"the tables of {name} could not be made: read the message above")


def _url(name: str) -> str:
    """The DATABASE_URL of another database on the same server."""
    given = connection.settings_dict
    password = f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else ""
    port = f":{given['PORT']}" if given["PORT"] else ""
    return (
        f"postgres://{quote(given['USER'], safe='')}{password}@{quote(given['HOST'], safe='')}{port}/{name}"
    )

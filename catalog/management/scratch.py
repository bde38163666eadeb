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
def scratch_database(name: str) -> Iterator[str]:
    """Create an empty database of this name with all tables; yields its DATABASE_URL and drops it at the end.

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
        cursor.execute(f"CREATE DATABASE {quoted}")
    try:
        url = _url(name)
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        if subprocess.run(migrate, cwd=REPOSITORY, env=os.environ | {"DATABASE_URL": url}).returncode:
            raise CommandError(f"the tables of {name} could not be made: read the message above")
        yield url
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")


def _url(name: str) -> str:
    """The DATABASE_URL of another database on the same server."""
    given = connection.settings_dict
    password = f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else ""
    port = f":{given['PORT']}" if given["PORT"] else ""
    return (
        f"postgres://{quote(given['USER'], safe='')}{password}@{quote(given['HOST'], safe='')}{port}/{name}"
    )

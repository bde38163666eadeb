"""A laptop of its own for a measurement: an empty var folder and database, with the same code."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from django.core.management.base import CommandError
from django.db import connection

from attrx_web.env import REPOSITORY
from catalog.management.scratch import scratch_database

OF_ITS_OWN = ("DATABASE_URL", "REDIS_URL", "ATTRX_ARTIFACTS_DIR", "ATTRX_MEDIA_URL", "ATTRX_BASE_MODEL")
"""Variables that a scratch laptop does not take over."""
INSIDE = "ATTRX_SCRATCH"
"""Set in the environment of a command that runs within its scratch laptop."""


def is_inside() -> bool:
    """This process was started by run_inside."""
    return INSIDE in os.environ


def run_inside(*command: object, database: str) -> None:
    """Run manage.py with these words on a scratch laptop, on PostgreSQL where DATABASE_URL names one.

    Args:
        database: name of the scratch database on a PostgreSQL server.

    Raises:
        CommandError: with the command's exit code, when that is not 0.
    """
    with _database(database) as url, tempfile.TemporaryDirectory(prefix="attrx-scratch-") as folder:
        environment = {**os.environ, INSIDE: "1", "ATTRX_VAR_DIR": folder, "ATTRX_DEBUG": "1"}
        for name in OF_ITS_OWN:
            environment.pop(name, None)
        if url:
            environment["DATABASE_URL"] = url
        words = [sys.executable, "manage.py", *map(str, command)]
        if code := subprocess.run(words, cwd=REPOSITORY, env=environment).returncode:
            raise CommandError(f"manage.py {command[0]} ended with {code}", returncode=code)


@contextmanager
def _database(name: str) -> Iterator[str]:
    with scratch_database(name) if connection.vendor == "postgresql" else nullcontext("") as url:
        yield url

"""Serving a scratch database as in production, for commands that measure."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dj_database_url
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections

from attrx_web.env import REPOSITORY
from attrx_web.processes import ProcessError, web_process

ALIAS = "scratch"


@contextmanager
def served(url: str, folder: Path) -> Iterator[int]:
    """Serve the database as in production, with `folder` for its var folder; yields the port.

    Raises:
        CommandError: when the site does not come up.
    """
    environment = {
        "DATABASE_URL": url,
        "ATTRX_DEBUG": "0",
        "ATTRX_SECRET_KEY": settings.SECRET_KEY,
        "ATTRX_ALLOWED_HOSTS": "127.0.0.1",
        "ATTRX_VAR_DIR": str(folder),
    }
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(collect, cwd=REPOSITORY, check=True)
        port = free_port()
        with web_process(folder, port=port):
            yield port
    except (ProcessError, subprocess.CalledProcessError) as error:
        raise CommandError(str(error)) from error
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def connected(url: str) -> Iterator[None]:
    """Have the scratch database under ALIAS."""
    connections.settings[ALIAS] = connections.settings["default"] | dj_database_url.parse(url)
    try:
        yield
    finally:
        connections[ALIAS].close()
        del connections[ALIAS], connections.settings[ALIAS]


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port

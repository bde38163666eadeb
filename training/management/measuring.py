"""Asking a served site for pages."""

import time
from http.client import HTTPConnection

from django.conf import settings
from django.core.management.base import CommandError

WARM_UP = 12
"""Requests that are not counted."""


def session_headers(session: str) -> dict[str, str]:
    """Of a request by whoever has signed in with this session, through the proxy."""
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}", "X-Forwarded-Proto": "https"}


def page_visit(connection: HTTPConnection, session: str, address: str) -> float:
    """As page_read, for whoever does not look at the page; returns milliseconds."""
    return page_read(connection, session, address)[0]


def page_read(connection: HTTPConnection, session: str, address: str) -> tuple[float, bytes]:
    """Ask for a page and read it whole; returns milliseconds, and the page.

    Raises:
        CommandError: when it is not answered with the page that was asked for.
    """
    started = time.perf_counter()
    connection.request("GET", address, headers=session_headers(session))
    answer = connection.getresponse()
    body = answer.read()
    taken = 1000 * (time.perf_counter() - started)
    if answer.status != 200 or b"</" not in body or b"These filters cannot be read" in body:
        raise CommandError(
            f"{address} was answered with {answer.status}, not with the page that was asked for"
        )
    return taken, body

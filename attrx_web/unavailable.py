"""The answer when PostgreSQL is away: it is nobody's mistake, and it passes."""

import sys
from http import HTTPStatus

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import defaults

from attrx_web.problems import is_api, problem_json

WAIT = 10
"""Seconds: about as long as PostgreSQL takes to start again."""
TEMPLATE = "503.html"
AWAY = ("08", "57P", "53300")
"""How SQLSTATEs begin of a connection that broke, a server that goes down or comes up, and one that has no
connection left (PostgreSQL's documentation, Appendix A)."""
NO_POSTGRESQL = "no PostgreSQL"


def server_error(request: HttpRequest) -> HttpResponse:
    """503 with the seconds to wait where the database is away, otherwise Django's 500; the site's handler500.

    It stands outside of views and middleware alike: a session is read before there is a view. Django writes
    the error into the log once; the answer tells nothing of it.
    """
    if not is_away(sys.exception()):
        return defaults.server_error(request)
    answer = _problem() if is_api(request) else _page()
    answer["Retry-After"] = str(WAIT)
    return answer


def is_away(error: BaseException | None) -> bool:
    """Whether PostgreSQL could not be reached, or went away; not that it refused or gave up a query."""
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.__cause__, "sqlstate", NO_POSTGRESQL)  # None: nothing answered.
    return state is None or state.startswith(AWAY)


def _page() -> HttpResponse:
    """Without the request: who is signed in stands in the database."""
    page = render_to_string(TEMPLATE, {"wait": WAIT})
    return HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE)


def _problem() -> HttpResponse:
    return problem_json(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        title="Not to be had now",
        detail=f"The database does not answer: ask again after {WAIT} seconds. A write may have been stored; "
        "with the Idempotency-Key that it had it is not done twice.",
    )

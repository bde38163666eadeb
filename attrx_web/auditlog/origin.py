"""From where something is done: a browser, a program with a token, a command, or a worker at a task."""

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery import current_task
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_guid import get_guid

from attrx_web.auditlog.models import CLIENT_LENGTH, Via
from attrx_web.visitor import client_address

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


@dataclass(frozen=True, slots=True)
class Origin:
    """Who is at it, through what, and from which address."""

    person: User | None
    via: Via
    address: str | None
    client: str
    """the browser, the token's name, the command and who runs it on its machine, or the task"""
    request_id: str


def request_kept(get_response: Callable[[HttpRequest], HttpResponseBase]) -> object:
    """The middleware that lets services know which request they work for, without being told by each view."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with kept(request):
            return get_response(request)

    return middleware


@contextmanager
def kept(request: HttpRequest) -> Iterator[None]:
    """What is recorded meanwhile comes from this request."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def request_now() -> HttpRequest | None:
    """The request that is answered at present; None in commands and workers."""
    return _request.get()


def origin_now() -> Origin:
    """From where the present code was called."""
    request = request_now()
    request_id = get_guid() or ""
    if request is not None:
        return _of_request(request, request_id)
    if current_task and current_task.request.id:
        return Origin(None, Via.WORKER, None, _plain(current_task.name), request_id)
    return Origin(None, Via.COMMAND, None, _plain(_command()), request_id)


def _of_request(request: HttpRequest, request_id: str) -> Origin:
    user = getattr(request, "user", None)
    person = user if isinstance(user, User) and user.is_authenticated else None
    token: Any = getattr(request, "auth", None)  # As the API's sign-in leaves it: a token has a name.
    name = getattr(token, "name", "")
    via = Via.TOKEN if name else Via.BROWSER
    client = name or request.headers.get("User-Agent", "")
    return Origin(person, via, client_address(request), _plain(client), request_id)


def _command() -> str:
    program, *words = sys.argv or [""]
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # A container's user may have no name.
        user = "somebody"
    return f"{' '.join([Path(program).name, *words[:1]]).strip()} by {user}"


def _plain(text: str) -> str:
    """On one line, no longer than the column."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:CLIENT_LENGTH].strip()

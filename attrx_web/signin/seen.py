"""When and from where a session was last used, written down once in five minutes."""

import time
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

KEY = "seen"
EVERY = 300
"""Seconds between two notes of a session."""


def seen_now(session: SessionBase) -> None:
    """Note in the session that it is used."""
    session[KEY] = int(time.time())


def session_seen(get_response: Callable[[HttpRequest], HttpResponseBase]) -> object:
    """The middleware that notes it. Sessions that allauth did not begin have no note and get none."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        seen = request.session.get(KEY)
        if seen is not None and time.time() - seen >= EVERY and request.user.is_authenticated:
            seen_now(request.session)
            UserSession.objects.filter(session_key=request.session.session_key).update(
                last_seen_at=timezone.now(), ip=get_adapter().get_client_ip(request)
            )
        return get_response(request)

    return middleware

"""When and from where a session was last used, written down once in five minutes."""

from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

KEY = "listed"
EVERY = 300
"""Seconds between two notes of a session."""


def seen_from_now(session: SessionBase) -> None:
    """Have the use of the session noted."""
    session[KEY] = True


def session_seen(get_response: Callable[[HttpRequest], HttpResponseBase]) -> object:
    """The middleware that notes it, of sessions that allauth began."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        key = request.session.session_key
        if key and KEY in request.session and cache.add(f"seen-{key}", True, EVERY):
            address = get_adapter().get_client_ip(request)
            UserSession.objects.filter(session_key=key).update(last_seen_at=timezone.now(), ip=address)
        return get_response(request)

    return middleware

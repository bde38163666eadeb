"""Who may do what: one Django group a role. A leaf: it imports no app."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

P = ParamSpec("P")


class Role(StrEnum):
    """A role is the name of a Django group; the admin may do everything."""

    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    ADMIN = "admin"


View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def role_required(*roles: Role) -> Callable[[View[P]], View[P]]:
    """Let in users with one of these roles and admins: others get 403, anonymous visitors the login page."""
    allowed = {*roles, Role.ADMIN}

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.groups.filter(name__in=allowed).exists():
                raise PermissionDenied(f"This page is for: {', '.join(sorted(allowed))}.")
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate

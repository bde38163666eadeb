"""Who may do what: one Django group a role. A leaf: it imports no app."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from enum import StrEnum
from functools import cached_property, wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

P = ParamSpec("P")


class Role(StrEnum):
    """A role is the name of a Django group; the admin may do everything."""

    VIEWER = "viewer"
    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    ADMIN = "admin"


READERS = (Role.VIEWER, Role.REVIEWER)
"""Who may look at listings, predictions, rounds and figures. The admin may, as everywhere."""

MEANINGS = {
    Role.VIEWER: "looks at listings, predictions, rounds and figures, and changes nothing",
    Role.ANNOTATOR: "labels",
    Role.REVIEWER: "looks at everything, labels, and decides about predictions",
    Role.ADMIN: "may do everything",
}
"""In words for people."""


class Roles:
    """What views and templates ask about a visitor: `roles.reviewer`, `roles.admin`. Looked up when asked."""

    def __init__(self, request: HttpRequest) -> None:
        self._user = request.user

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self._user.groups.values_list("name", flat=True))

    def any_of(self, allowed: AbstractSet[Role]) -> bool:
        """Whether the visitor has one of these roles."""
        return not self._names.isdisjoint(allowed)

    @property
    def viewer(self) -> bool:
        """May look at listings, predictions, rounds and figures."""
        return self.any_of({Role.VIEWER, Role.REVIEWER, Role.ADMIN})

    @property
    def annotator(self) -> bool:
        """May label."""
        return self.any_of({Role.ANNOTATOR, Role.ADMIN})

    @property
    def reviewer(self) -> bool:
        """May see who said what, and decide about predictions."""
        return self.any_of({Role.REVIEWER, Role.ADMIN})

    @property
    def admin(self) -> bool:
        """May do everything."""
        return Role.ADMIN in self._names

    @property
    def any(self) -> bool:
        """Has a role at all."""
        return self.any_of(frozenset(Role))


def roles_of(request: HttpRequest) -> Roles:
    """The visitor's roles: looked up once a request, for its view and its templates."""
    known: Roles | None = getattr(request, "roles", None)
    if known is None:
        known = Roles(request)
        setattr(request, "roles", known)  # noqa: B010  # HttpRequest declares no attributes of ours
    return known


def roles(request: HttpRequest) -> dict[str, Roles]:
    """The context processor behind `roles` in templates."""
    return {"roles": roles_of(request)}


View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def role_required(*roles: Role) -> Callable[[View[P]], View[P]]:
    """Let in users with one of these roles and admins: others get 403, anonymous visitors the login page."""
    allowed = {*roles, Role.ADMIN}

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not roles_of(request).any_of(allowed):
                raise PermissionDenied(f"This page is for: {', '.join(sorted(allowed))}.")
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate

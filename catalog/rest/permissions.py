"""Who may call a route: by the roles of the person, and with a token by its scopes."""

from collections.abc import Collection
from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from attrx_web.roles import Role, roles_of
from catalog.models import ApiToken
from catalog.rest.scopes import Scope

EVERYBODY = frozenset(Role)
WORKERS = frozenset({Role.ANNOTATOR, Role.REVIEWER})
READERS = frozenset({Role.VIEWER, Role.REVIEWER})
REVIEWERS = frozenset({Role.REVIEWER})
ADMINS = frozenset({Role.ADMIN})
"""The admin is in all of them."""


class RoleAndScope(BasePermission):
    """Let in who has one of the view's `roles`; a token also needs `read`, or for writes the view's `scope`.
    A view with a `read_scope` asks for that instead of `read`.

    Where `write_roles` are named, these may write. A view that names no roles lets nobody in.
    """

    message = "Your role does not allow this: ask an admin."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the request may go on."""
        writes = request.method not in SAFE_METHODS
        roles: Collection[Role] = getattr(view, "roles", ())
        if writes and roles:
            roles = getattr(view, "write_roles", None) or roles
        if not roles or not request.user.is_authenticated:
            return False
        if not roles_of(request).any_of({*roles, Role.ADMIN}):
            self.message = f"This is for: {', '.join(sorted({*roles, Role.ADMIN}))}. Ask an admin."
            return False
        scope = view.scope if writes else getattr(view, "read_scope", Scope.READ)
        if isinstance(request.auth, ApiToken) and scope not in request.auth.scopes:
            self.message = f"The token lacks the scope {scope.value!r}: make one that has it."
            return False
        return True

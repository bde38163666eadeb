"""Roles that need a second factor: without one, their people see nothing but the pages that set one up."""

from collections.abc import Callable
from http import HTTPStatus

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from attrx_web.problems import is_api, problem_json
from attrx_web.roles import Role, roles_of

OPEN = ("account_", "mfa_", "accounts:account", "healthz", "readyz", "metrics", "api:openapi")
"""What the names of addresses begin with that need none."""
WANTED = "Your role needs a second factor: set up a passkey or an authenticator app to go on."


class SecondFactor:
    """The middleware that asks for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Nothing before the address is known."""
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *args: object) -> HttpResponseBase | None:
        """Lead to the page that sets it up, or refuse a program that uses the session."""
        if not settings.ATTRX_SECOND_FACTOR or not request.user.is_authenticated:
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name.startswith(OPEN) or not roles_of(request).any_of(
            {Role(one) for one in settings.ATTRX_SECOND_FACTOR}
        ):
            return None
        if is_mfa_enabled(request.user):
            return None
        if is_api(request):
            title = "You may not do this"
            return problem_json(HTTPStatus.FORBIDDEN, "permission_denied", title=title, detail=WANTED)
        messages.warning(request, WANTED)
        return redirect("mfa_index")

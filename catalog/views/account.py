"""The page of one's own account: how one logs in, and where one is logged in."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from attrx_web.roles import MEANINGS
from catalog.selectors import people as selectors
from catalog.services import people as services


@require_safe
@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """The account of whoever looks, with a role or without."""
    person = cast(User, request.user)
    context = {
        "roles_held": [(role, MEANINGS[role]) for role in selectors.roles_of_person(person)],
        "factors": selectors.factors(person),
        "sessions": selectors.sessions(person, current=request.session.session_key or ""),
    }
    return render(request, "accounts/account.html", context)


@require_POST
@login_required
def session_end(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one of one's own sessions."""
    if services.session_end(person_id=cast(User, request.user).pk, session_id=session_id):
        messages.success(request, "That session has ended.")
    else:
        messages.warning(request, "That session has ended already.")
    return redirect("accounts:account")


@require_POST
@login_required
def sessions_end(request: HttpRequest) -> HttpResponse:
    """End all of one's own sessions but this one."""
    ended = services.sessions_end(
        person_id=cast(User, request.user).pk, keep=request.session.session_key or ""
    )
    messages.success(request, f"{ended} other session{'' if ended == 1 else 's'} ended.")
    return redirect("accounts:account")

"""Inviting people, and how an invited person comes in."""

from typing import Any, cast
from uuid import UUID

from allauth.account.utils import perform_login
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from attrx_web.roles import MEANINGS, Role, role_required
from catalog.errors import CatalogError
from catalog.forms.people import AcceptForm, InvitationForm
from catalog.selectors import people as selectors
from catalog.services import invitations as services


@require_POST
@never_cache
@role_required(Role.ADMIN)
def invite(request: HttpRequest) -> HttpResponse:
    """Make an invitation: its link is shown this once, and mailed where mail is configured."""
    form = InvitationForm(request.POST)
    context: dict[str, object] = {"form": form, "mail": settings.ATTRX_MAIL_FROM}
    if form.is_valid():
        try:
            made, secret = services.invitation_make(by=cast(User, request.user), **form.cleaned_data)
        except CatalogError as error:
            form.add_error(None, f"Nobody was invited: {error}.")
        else:
            link = request.build_absolute_uri(reverse("accounts:accept", args=[secret]))
            context |= {"made": made, "link": link, "mail_problem": _mail(made, link)}
            return render(request, "accounts/invited.html", context)
    return render(request, "accounts/invite.html", context, status=422)


@require_POST
@role_required(Role.ADMIN)
def revoke(request: HttpRequest, number: UUID) -> HttpResponse:
    """Have an invitation let nobody in any more."""
    if services.invitation_revoke(number=number):
        messages.success(request, "The invitation is revoked: its link lets nobody in.")
    else:
        messages.warning(request, "That invitation was used, revoked or has expired already.")
    return redirect("accounts:people")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@rate_limit(action="invitation")  # type: ignore[untyped-decorator]  # allauth has no types
def accept(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Choose a name and a password, and come in."""
    invitation = selectors.invitation_by(secret)
    if invitation is None:
        return render(request, "accounts/gone.html", status=404)
    form = AcceptForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            person = services.invitation_accept(
                secret=secret,
                username=form.cleaned_data["username"],
                password=form.cleaned_data["password1"],
            )
        except services.InvitationGone:
            return render(request, "accounts/gone.html", status=404)
        except CatalogError as error:
            form.add_error(None, f"There is no account yet: {error}.")
        else:
            answer: HttpResponseBase = perform_login(request, person)
            return answer
    held = [(role, MEANINGS[Role(role)]) for role in invitation.roles]
    context = {"form": form, "invitation": invitation, "roles_held": held}
    return render(request, "accounts/accept.html", context, status=422 if form.is_bound else 200)


def _mail(made: Any, link: str) -> str:
    """Send the link to whom it is for, if anywhere; returns what was wrong with it, empty: nothing."""
    if not made.email or not settings.ATTRX_MAIL_FROM:
        return ""
    text = render_to_string("accounts/email/invitation.txt", {"invitation": made, "link": link})
    try:
        send_mail("You are invited to attrx", text, settings.ATTRX_MAIL_FROM, [made.email])
    except OSError as error:  # SMTPException is one.
        return str(error)
    services.invitation_mailed(invitation_id=made.pk)
    return ""

"""What is told differently than allauth would."""

from allauth.account.views import password_reset as reset_by_mail
from allauth.socialaccount.providers.openid_connect.views import login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe


def password_reset(request: HttpRequest) -> HttpResponseBase:
    """Mail a link; without a mail server say who can make one."""
    if not settings.ATTRX_MAIL_FROM:
        return render(request, "account/password_reset_offline.html")
    answer: HttpResponseBase = reset_by_mail(request)
    return answer


@require_safe
@login_required
def no_password(request: HttpRequest) -> HttpResponse:
    """Where allauth sends people without password who would change it: the issuer looks after theirs."""
    messages.info(request, "You sign in elsewhere and have no password here: nothing to change.")
    return redirect("accounts:account")


@require_safe
def oidc_login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Begin at the issuer. To connect an account to another is not offered: a forged link could do it."""
    if request.GET.get("process", "login") != "login":
        raise Http404("Accounts are connected by their verified e-mail address.")
    answer: HttpResponseBase = login(request, provider_id)
    return answer

"""Adjudication: what people said differently, and sending a listing back."""

from typing import cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from attrx_web.roles import Role, role_required
from labeling.errors import LabelingError
from labeling.selectors.disputes import disputed_verticals, disputes_of, disputes_open
from labeling.services.turns import turn_send_back
from labeling.views.frame import framed

PER_PAGE = 20


@require_safe
@role_required(Role.REVIEWER)
def adjudication(request: HttpRequest) -> HttpResponse:
    """The disputed questions, with what each person said side by side."""
    vertical = request.GET.get("vertical", "")
    page = Paginator(disputes_open(vertical), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "disputes": disputes_of(list(page)),
        "verticals": disputed_verticals(),
        "vertical": vertical,
        "query": urlencode({"vertical": vertical}) if vertical else "",
    }
    return framed(request, "labeling/adjudication.html", context)


@require_POST
@role_required(Role.REVIEWER)
def send_back(request: HttpRequest) -> HttpResponse:
    """Return a finished listing to who finished it, with what is to be looked at again."""
    turn = request.POST.get("turn", "")
    try:
        turn_send_back(
            turn_id=int(turn) if turn.isdecimal() else 0,
            by=cast(User, request.user),
            text=request.POST.get("text", ""),
        )
    except LabelingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Sent back, with your comment.")
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """The page that the form was on."""
    address = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if safe else reverse("labeling:adjudication")

"""The pages of routings: what there is, a new dry run, and what a routing accepts, reviews and audits."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from attrx_web.roles import READERS, Role, role_required, roles_of
from training.ml.errors import DataError
from training.pages import routing as pages
from training.pages.asked import whole_number
from training.pages.live import live_rows
from training.pages.routing_curves import curves_of
from training.pages.routingsheets import of_routing
from training.routing_forms import routing_form
from training.selectors import routings as selectors
from training.services import routings as services
from training.sheets import csv_response, is_csv_asked

ROUTINGS_PER_PAGE = 50


@require_safe
@role_required(*READERS)
def routings(request: HttpRequest) -> HttpResponse:
    """Every routing, newest first."""
    page = Paginator(selectors.routings(), ROUTINGS_PER_PAGE).get_page(request.GET.get("page"))
    rows = [(one, pages.facts_of(one)) for one in page]
    context = {"page": page, "rows": rows} | _management(request)
    return render(request, "training/review_routings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMIN)
def new(request: HttpRequest) -> HttpResponse:
    """The form of a dry run, filled in as the routing `from` was, or as most are; sent, it starts one."""
    given = request.POST if request.method == "POST" else None
    form = routing_form(
        given,
        version_id=whole_number(request.GET.get("version")),
        like=whole_number(request.GET.get("from")),
    )
    if form.is_valid():
        try:
            found = services.routing_start(
                version_id=form.cleaned_data["version"],
                settings=form.cleaned_data["settings"],
                created_by=cast(User, request.user),
            )
        except DataError as error:
            form.add_error(None, f"Nothing was started: {error}.")
        else:
            return redirect("training:routing", routing_id=found.pk)
    return render(request, "training/review_routing_new.html", {"form": form})


@require_safe
@role_required(*READERS)
def routing(request: HttpRequest, routing_id: int) -> HttpResponse:
    """One routing: its dry run, and once it counts how it goes."""
    found = get_object_or_404(selectors.routings_whole(), pk=routing_id)
    context: dict[str, Any] = {
        "facts": pages.facts_of(found),
        "curves": curves_of(found),
        "verticals": pages.thresholds_by_vertical(found),
        "first": pages.first_reviews(found),
    }
    if found.confirmed:
        context["going"] = pages.going_of(found)
        context["live"] = live_rows(found.version)
    if is_csv_asked(request):
        sheets = of_routing(context["verticals"], context["curves"], context.get("live", ()))
        return csv_response(request, sheets, name=f"routing-{routing_id}")
    return render(
        request, "training/review_routing.html", context | pages.status_of(found) | _management(request)
    )


@require_safe
@role_required(*READERS)
def status(request: HttpRequest, routing_id: int) -> HttpResponse:
    """The status of a dry run: it asks for itself until there are figures to show."""
    context = pages.status_of(get_object_or_404(selectors.routings(), pk=routing_id))
    response = render(request, "training/_review_routing_status.html", context)
    if not context["progress"].is_active:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@role_required(Role.ADMIN)
def confirm(request: HttpRequest, routing_id: int) -> HttpResponse:
    """Let the routing count."""
    get_object_or_404(selectors.routings(), pk=routing_id)
    try:
        is_new = services.routing_confirm(routing_id=routing_id, by=cast(User, request.user))
    except DataError as error:
        messages.error(request, f"Nothing was confirmed: {error}.")
    else:
        if is_new:
            messages.success(request, f"Routing {routing_id} counts now. People are asked in a moment.")
        else:
            messages.warning(request, f"Routing {routing_id} was confirmed before: nothing has changed.")
    return redirect("training:routing", routing_id=routing_id)


@require_POST
@role_required(Role.ADMIN)
def resume(request: HttpRequest, routing_id: int) -> HttpResponse:
    """Queue a dry run again that failed or was cancelled."""
    if not services.routing_resume(routing_id=routing_id):
        messages.warning(request, f"Routing {routing_id} is not failed or cancelled: nothing to resume.")
    return redirect("training:routing", routing_id=routing_id)


@require_POST
@role_required(Role.ADMIN)
def cancel(request: HttpRequest, routing_id: int) -> HttpResponse:
    """Ask a dry run to end."""
    if not services.routing_cancel(routing_id=routing_id):
        messages.warning(request, f"Routing {routing_id} has ended already: there is nothing to cancel.")
    return redirect("training:routing", routing_id=routing_id)


def _management(request: HttpRequest) -> dict[str, Any]:
    """Whether the visitor may start, confirm, resume and cancel."""
    return {"may_manage": roles_of(request).admin}

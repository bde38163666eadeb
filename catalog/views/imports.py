"""The pages of imports: all of them, a new one, and one while it waits, runs and when it has ended."""

from collections.abc import Callable
from http import HTTPStatus
from itertools import chain
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from attrx_web.roles import Role, role_required
from catalog.errors import CatalogError
from catalog.forms.imports import PHOTOS, UploadForm
from catalog.selectors import imports as selectors
from catalog.services import imports as services

READ_WRITE = ["GET", "HEAD", "POST"]
IMPORTS_PER_PAGE = 50
PROBLEMS_PER_PAGE = 100


@require_safe
@role_required(Role.ADMIN)
def overview(request: HttpRequest) -> HttpResponse:
    """Every import, newest first."""
    page = Paginator(selectors.imports(), IMPORTS_PER_PAGE).get_page(request.GET.get("page"))
    rows = [(row, selectors.import_progress(row)) for row in page]
    return render(request, "catalog/imports.html", {"page": page, "rows": rows})


@require_http_methods(READ_WRITE)
@role_required(Role.ADMIN)
def new(request: HttpRequest) -> HttpResponse:
    """Choose a file, and say where its photos are."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    problem = ""
    if form.is_valid():
        data = form.cleaned_data
        try:
            row = services.import_upload(
                rows=data["rows"],
                photos=data["archive"] if data["photos"] == "zip" else None,
                place=form.place,
                by=cast(User, request.user),
            )
        except CatalogError as error:
            problem = str(error)
        else:
            return redirect("catalog:import_columns", row.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    context = {"form": form, "problem": problem, "photos": PHOTOS}
    return render(request, "catalog/import_new.html", context, status=status)


@require_safe
@role_required(Role.ADMIN)
def detail(request: HttpRequest, import_id: int) -> HttpResponse:
    """Where an import is, what it brought, and what was wrong."""
    context = _status(import_id)
    if context["progress"].is_planned:
        return redirect("catalog:import_columns", import_id)
    context["photos"] = selectors.photos_name(context["row"])
    context["groups"] = selectors.problem_groups(import_id) if not context["progress"].is_active else []
    return render(request, "catalog/import.html", context)


@require_safe
@role_required(Role.ADMIN)
def status(request: HttpRequest, import_id: int) -> HttpResponse:
    """The status fragment: it asks for itself while the import waits or runs, and for the page at its end."""
    context = _status(import_id)
    response = render(request, "catalog/_import_status.html", context)
    if not context["progress"].is_active:
        response["HX-Refresh"] = "true"
    return response


@require_safe
@role_required(Role.ADMIN)
def problems(request: HttpRequest, import_id: int) -> HttpResponse:
    """What is wrong with rows, one by one; of one kind if the address names it."""
    row = selectors.import_get(import_id)
    field, reason = request.GET.get("field"), request.GET.get("reason", "")
    found = selectors.problems(import_id, field=field, reason=reason)
    page = Paginator(found, PROBLEMS_PER_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {"row": row, "page": page, "field": field, "reason": reason, "query": query.urlencode()}
    return render(request, "catalog/import_problems.html", context)


@require_safe
@role_required(Role.ADMIN)
def errors(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """The rows that did not land, as a CSV to be mended."""
    row = selectors.import_get(import_id)
    pieces = selectors.import_errors(import_id)
    try:
        first = next(pieces, "")
    except CatalogError as error:
        messages.error(request, f"The rows cannot be read any more: {error}.")
        return redirect("catalog:import", import_id)
    response = StreamingHttpResponse(chain([first], pieces), content_type="text/csv; charset=utf-8")
    name = content_disposition_header(as_attachment=True, filename=selectors.errors_name(row))
    response["Content-Disposition"] = str(name)
    return response


@require_POST
@role_required(Role.ADMIN)
def check(request: HttpRequest, import_id: int) -> HttpResponse:
    """Check all rows."""
    return _act(request, import_id, services.import_check)


@require_POST
@role_required(Role.ADMIN)
def load(request: HttpRequest, import_id: int) -> HttpResponse:
    """Load all rows."""
    return _act(request, import_id, services.import_load)


@require_POST
@role_required(Role.ADMIN)
def cancel(request: HttpRequest, import_id: int) -> HttpResponse:
    """Ask an import to end."""
    return _act(request, import_id, services.import_cancel)


@require_POST
@role_required(Role.ADMIN)
def resume(request: HttpRequest, import_id: int) -> HttpResponse:
    """Go on with an import that stopped."""
    return _act(request, import_id, services.import_resume)


@require_POST
@role_required(Role.ADMIN)
def again(request: HttpRequest, import_id: int) -> HttpResponse:
    """Begin once more with the same file."""
    selectors.import_get(import_id)
    try:
        row = services.import_again(import_id=import_id, by=cast(User, request.user))
    except CatalogError as error:
        messages.error(request, f"The file cannot be read any more: {error}.")
        return redirect("catalog:import", import_id)
    return redirect("catalog:import_columns", row.pk)


@require_POST
@role_required(Role.ADMIN)
def discard(request: HttpRequest, import_id: int) -> HttpResponse:
    """Forget an import that brought nothing."""
    if services.import_discard(import_id=import_id):
        messages.info(request, "The import is discarded.")
        return redirect("catalog:imports")
    messages.warning(request, LATE)
    return redirect("catalog:import", import_id)


LATE = "That is not possible any more: the import has gone on."


def _act(request: HttpRequest, import_id: int, service: Callable[..., bool]) -> HttpResponse:
    selectors.import_get(import_id)
    if not service(import_id=import_id):
        messages.warning(request, LATE)
    return redirect("catalog:import", import_id)


def _status(import_id: int) -> dict[str, Any]:
    row = selectors.import_get(import_id)
    return {"row": row, "progress": selectors.import_progress(row)}

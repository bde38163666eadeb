"""The pages on which a person says how a file is read: its columns, and how its first listings will look."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from attrx_web.roles import Role, role_required
from catalog import selectors as catalog
from catalog.errors import CatalogError
from catalog.forms.imports import SEPARATORS, PlanTyped, dialect_typed
from catalog.imaging.errors import ImageError
from catalog.importing.dialect import DELIMITERS, ENCODINGS, QUOTES
from catalog.importing.names import Names
from catalog.importing.plan import Plan
from catalog.selectors import import_preview as previews
from catalog.selectors import imports as selectors
from catalog.services import imports as services
from catalog.views.imports import LATE, READ_WRITE

LIVE_LISTINGS = 3
HOUR_SECONDS = 3600


@require_http_methods(READ_WRITE)
@role_required(Role.ADMIN)
def columns(request: HttpRequest, import_id: int) -> HttpResponse:
    """Say what the columns of the file mean."""
    row = selectors.import_get(import_id)
    if not selectors.import_progress(row).is_open:
        return redirect("catalog:import", import_id)
    typed, error = _kept(import_id, Plan.from_json(row.plan)), ""
    if request.method == "POST":
        typed = typed.typed(request.POST)
        if request.headers.get("HX-Request"):
            live = {"is_live": True, "verticals_changed": typed.has_other_verticals(request.POST)}
            return render(request, "catalog/_import_live.html", _live(row, typed) | live)
        if "update" not in request.POST and not typed.faults:
            try:
                if not services.import_plan(import_id=import_id, plan=typed.plan):
                    messages.warning(request, LATE)
                return redirect("catalog:import_preview", import_id)
            except CatalogError as problem:
                error = str(problem)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error or (request.POST and typed.faults) else HTTPStatus.OK
    return render(request, "catalog/import_columns.html", _live(row, typed) | {"error": error}, status=status)


@require_POST
@role_required(Role.ADMIN)
def reread(request: HttpRequest, import_id: int) -> HttpResponse:
    """Look at the file again in another dialect, and guess what its columns mean."""
    plan = Plan.from_json(selectors.import_get(import_id).plan)
    try:
        dialect = dialect_typed(request.POST, plan.dialect)
        if not services.import_reread(import_id=import_id, dialect=dialect):
            messages.warning(request, LATE)
    except CatalogError as error:
        messages.error(request, f"The file cannot be read in this way: {error}.")
    return redirect("catalog:import_columns", import_id)


@require_safe
@role_required(Role.ADMIN)
def preview(request: HttpRequest, import_id: int) -> HttpResponse:
    """The first listings as they will look."""
    row = selectors.import_get(import_id)
    progress = selectors.import_progress(row)
    if not progress.is_open:
        return redirect("catalog:import", import_id)
    at_hand = previews.is_at_hand(row.photos)
    seen = previews.import_preview(
        Plan.from_json(row.plan),
        selectors.import_sample(import_id),
        catalog.schema_now(),
        place=row.photos,
        with_photos=at_hand,
    )
    context = {"row": row, "progress": progress, "preview": seen, "at_hand": at_hand}
    return render(request, "catalog/import_preview.html", context)


@require_safe
@role_required(Role.ADMIN)
@cache_control(private=True, max_age=HOUR_SECONDS)
def photo(request: HttpRequest, import_id: int) -> HttpResponse:
    """A photo of the preview, small."""
    row = selectors.import_get(import_id)
    try:
        content, kind = previews.preview_photo(row.photos, request.GET.get("name", ""))
    except ImageError as error:
        raise Http404(str(error)) from error
    return HttpResponse(content, content_type=kind)


def _kept(import_id: int, plan: Plan) -> PlanTyped:
    """The page as it was kept, with what the last check did not know as a vertical."""
    typed = PlanTyped(plan, selectors.import_sample(import_id), Names.of(catalog.schema_now()))
    if typed.vertical_column:
        unknown = selectors.unknown_verticals(import_id, column=typed.vertical_column)
        typed = typed.with_verticals(unknown)
    return typed


def _live(row: Any, typed: PlanTyped) -> dict[str, Any]:
    shown = previews.import_preview(
        typed.plan, typed.sample, catalog.schema_now(), place="", count=LIVE_LISTINGS, with_photos=False
    )
    return {
        "row": row,
        "progress": selectors.import_progress(row),
        "typed": typed,
        "plan": typed.plan,
        "preview": None if typed.faults else shown,
        "separators": SEPARATORS,
        "encodings": ENCODINGS,
        "delimiters": DELIMITERS,
        "quotes": QUOTES,
    }

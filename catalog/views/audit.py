"""The pages of the audit log: who did what, one entry, and files of it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from attrx_web.auditlog.actions import Kind
from attrx_web.auditlog.services import export_record
from attrx_web.roles import Role, role_required
from catalog.exporting.as_csv import csv_pieces
from catalog.exporting.as_jsonl import json_text, jsonl_pieces
from catalog.forms.audit import EventForm
from catalog.paging import Cursor
from catalog.selectors import audit as selectors

EVENTS_PER_PAGE = 50
PAGES = {
    Kind.PERSON: "accounts:person",
    Kind.IMPORT: "catalog:import",
    Kind.VERTICAL: "catalog:schema_vertical",
    Kind.LISTING: "training:listing",
    Kind.TEACHER: "labeling:teacher_run",
    Kind.ROUND: "training:round",
    Kind.VERSION: "training:version",
    Kind.ROUTING: "training:routing",
    Kind.STUDY: "training:study",
}
"""{what was acted on: its page, by its key}"""
FILES = {"csv": (csv_pieces, "text/csv; charset=utf-8"), "jsonl": (jsonl_pieces, "application/x-ndjson")}


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that an act changed, or says about itself."""

    name: str
    before: str
    after: str


@require_safe
@never_cache
@role_required(Role.ADMIN)
def log(request: HttpRequest) -> HttpResponse:
    """The entries that the filters keep, newest first."""
    form = EventForm(request.GET)
    cursor = Cursor.read(request.GET.get("cursor", ""), selectors.NEWEST)
    page = selectors.events_page(form.wanted(), cursor, size=EVENTS_PER_PAGE)
    given = form.given()
    context = {
        "form": form,
        "page": page,
        "rows": [(row, _address(row.object_kind, row.object_key)) for row in page.rows],
        "is_narrowed": bool(given),
        "query": urlencode(given),
        "previous": urlencode({**given, "cursor": page.previous}) if page.previous else "",
        "next": urlencode({**given, "cursor": page.next}) if page.next else "",
    }
    return render(request, "catalog/audit.html", context)


@require_safe
@never_cache
@role_required(Role.ADMIN)
def event(request: HttpRequest, event_id: int) -> HttpResponse:
    """One entry, with what was before and after."""
    row = selectors.event_get(event_id)
    if row is None:
        raise Http404(f"The audit log has no entry {event_id} (any more).")
    context = {
        "row": row,
        "facts": _facts(row.before, row.after),
        "has_before": bool(row.before),
        "address": _address(row.object_kind, row.object_key),
        "history": urlencode({"kind": row.object_kind, "key": row.object_key}) if row.object_key else "",
    }
    return render(request, "catalog/audit_event.html", context)


@require_GET
@role_required(Role.ADMIN)
def export(request: HttpRequest, form: str) -> StreamingHttpResponse:
    """The entries that the filters keep, as a file that is written while it is read."""
    asked = EventForm(request.GET)
    pieces, content_type = FILES[form]
    export_record(form=form, filters=asked.given())
    rows = selectors.event_rows(asked.wanted())
    response = StreamingHttpResponse(pieces(selectors.COLUMNS, rows), content_type=content_type)
    name = f"audit-{timezone.localdate():%Y-%m-%d}.{form}"
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    response["Cache-Control"] = "private, no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _address(kind: str, key: str) -> str:
    """The page of what was acted on; empty where it has none."""
    page = PAGES.get(Kind(kind)) if kind in Kind.values else None
    if page is None or not key:
        return ""
    try:
        return reverse(page, args=[key])
    except NoReverseMatch:
        return ""


def _facts(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[Fact]:
    before, after = before or {}, after or {}
    return [
        Fact(name.replace("_", " "), _text(before.get(name)), _text(after.get(name)))
        for name in {**before, **after}
    ]


def _text(value: object) -> str:
    """As people read it: a text as it is, a list of texts with commas, everything else as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return json_text(value)

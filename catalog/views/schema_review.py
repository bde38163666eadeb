"""What a draft changes and makes stale, publishing it, and the versions that a vertical had."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from attrx_web.roles import Role, role_required
from catalog.errors import CatalogError
from catalog.schema.changes import Change, changes_between
from catalog.schema.checks import vertical_faults
from catalog.schema.consequences import Consequence, Counts, Impact, StaleCounts, consequence_of
from catalog.selectors import drafts as selectors
from catalog.selectors.drafts import Working
from catalog.services import drafts as services
from catalog.services.drafts import DraftConflict
from catalog.services.schema import SchemaOutdated
from catalog.views.schema import editor, ground_of, working_or_404

VERSIONS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Section:
    """Changes of one kind to one attribute, which have the same consequence."""

    label: str
    """of the attribute; empty for the vertical"""
    kind: str
    consequence: Consequence
    lines: tuple[tuple[Change, Counts], ...]


@require_safe
@role_required(Role.ADMIN)
def review(request: HttpRequest, code: str, stale_counts: StaleCounts) -> HttpResponse:
    """Every change of the draft with its consequence and counts, before it is saved."""
    return _review_page(request, working_or_404(code), stale_counts)


@require_POST
@role_required(Role.ADMIN)
def publish(request: HttpRequest, code: str, stale_counts: StaleCounts) -> HttpResponse:
    """Save the draft as the vertical's schema."""
    working = working_or_404(code)
    note = request.POST.get("note", "").strip()
    try:
        version = services.schema_draft_publish(
            code=code, edition=ground_of(request)["edition"], note=note, by=editor(request)
        )
    except CatalogError as error:
        late = isinstance(error, DraftConflict | SchemaOutdated)
        return _review_page(
            request,
            working_or_404(code),
            stale_counts,
            note=note,
            problem=str(error),
            status=HTTPStatus.CONFLICT if late else HTTPStatus.UNPROCESSABLE_ENTITY,
        )
    if version is None:
        messages.info(request, f"The draft of {working.spec.label} changed nothing; it is gone.")
    else:
        messages.success(request, f"{working.spec.label}: version {version.number} is published.")
    return redirect("catalog:schema_history" if version else "catalog:schema_vertical", code)


@require_POST
@role_required(Role.ADMIN)
def discard(request: HttpRequest, code: str) -> HttpResponse:
    """Throw the draft away."""
    working = working_or_404(code)
    try:
        services.schema_draft_discard(code=code, edition=ground_of(request)["edition"])
    except DraftConflict as conflict:
        messages.error(request, f"{conflict}. The draft is still there.")
        return redirect("catalog:schema_review", code)
    messages.success(request, f"The draft of {working.spec.label} is discarded.")
    return redirect("catalog:schema_vertical", code) if working.published else redirect("catalog:schema")


@require_POST
@role_required(Role.ADMIN)
def rebase(request: HttpRequest, code: str) -> HttpResponse:
    """Bring the draft up to date with the newest version."""
    working_or_404(code)
    try:
        services.schema_draft_rebase(code=code, edition=ground_of(request)["edition"], by=editor(request))
    except DraftConflict as conflict:
        messages.error(request, f"{conflict}.")
    else:
        messages.success(request, "The draft now changes the newest version.")
    return redirect("catalog:schema_review", code)


@require_safe
@role_required(Role.ADMIN)
def history(request: HttpRequest, code: str) -> HttpResponse:
    """The versions of a vertical, and what differs between two of them."""
    working = working_or_404(code)
    page = Paginator(selectors.schema_versions_of(code), VERSIONS_PER_PAGE).get_page(request.GET.get("page"))
    before, after = (_number(request.GET.get(name)) for name in ("from", "to"))
    if before is None or after is None:
        after, before = working.newest, max(working.newest - 1, 0)
    context: dict[str, Any] = {"working": working, "page": page, "before": before, "after": after}
    old, new = (selectors.version_spec(code, number) for number in (before, after))
    if new is not None and (old is not None or before == 0):
        changes = changes_between(old, new)
        context["sections"] = _sections(changes, None)
    return render(request, "catalog/schema_history.html", context)


@require_POST
@role_required(Role.ADMIN)
def restore(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Begin a draft that goes back to an old version."""
    try:
        services.schema_version_restore(code=code, number=number, by=editor(request))
    except CatalogError as error:
        messages.error(request, f"{error}.")
        return redirect("catalog:schema_history", code)
    messages.success(
        request, f"This draft goes back to version {number}. Nothing is saved before you publish it."
    )
    return redirect("catalog:schema_review", code)


def _review_page(
    request: HttpRequest,
    working: Working,
    stale_counts: StaleCounts,
    *,
    note: str | None = None,
    problem: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    changes = working.changes if working.is_draft else []
    impact = stale_counts(vertical=working.spec.code, changes=changes) if changes else Impact(())
    context: dict[str, Any] = {
        "working": working,
        "sections": _sections(changes, impact),
        "impact": impact,
        "faults": _faults(working),
        "note": working.note if note is None else note,
        "problem": problem,
    }
    if working.is_outdated and working.published:
        base = selectors.version_spec(working.spec.code, working.base)
        context["meanwhile"] = changes_between(base, working.published)
    return render(request, "catalog/schema_review.html", context, status=status)


def _sections(changes: Sequence[Change], impact: Impact | None) -> list[Section]:
    counts = impact.changes if impact else (Counts(),) * len(changes)
    pairs = zip(changes, counts, strict=True)
    grouped = groupby(pairs, key=lambda pair: (pair[0].label, pair[0].kind, pair[0].asked))
    return [
        Section(label, kind.value, consequence_of(lines[0][0]), lines)
        for (label, kind, _), group in grouped
        if (lines := tuple(group))
    ]


def _faults(working: Working) -> list[tuple[str, str]]:
    """(attribute label or empty, message) of what keeps the draft from being published."""
    labels = {one.code: one.label for one in working.spec.attributes}
    faults = vertical_faults(working.spec, trusted=working.published) if working.is_draft else ()
    return [(labels.get(fault.attribute, ""), fault.message) for fault in faults]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None

"""The pages of splits: every vertical, one with its groups, and the remedy of a leak."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from attrx_web.roles import READERS, Role, role_required, roles_of
from catalog.grouping import MOST_ALIKE
from catalog.lookalikes import COMMON
from catalog.selectors import splits as selectors
from catalog.services import splits as services
from catalog.splits import Split

VERTICALS_PER_PAGE = 50
GROUPS_PER_PAGE = 20


@require_safe
@role_required(*READERS)
def overview(request: HttpRequest) -> HttpResponse:
    """Every vertical: gold, seed and pool, groups, leaks."""
    verticals = selectors.verticals_with_reports()
    page = Paginator(verticals, VERTICALS_PER_PAGE).get_page(request.GET.get("page"))
    rows = selectors.splits_of(list(page))
    context = {
        "page": page,
        "rows": rows,
        "leaks": sum(row.leaks for row in rows),
        "imports": selectors.unsettled_imports(),
    }
    return render(request, "catalog/splits.html", context)


@require_safe
@role_required(*READERS)
def vertical(request: HttpRequest, code: str) -> HttpResponse:
    """A vertical: its figures, its leaks, and its groups of several listings."""
    found = selectors.vertical_with_report(code)
    [splits] = selectors.splits_of([found])
    report = splits.report
    page = Paginator(report.largest if report else [], GROUPS_PER_PAGE).get_page(request.GET.get("page"))
    wanted = request.GET.get("listing", "").strip()
    context = {
        "vertical": found,
        "splits": splits,
        "report": report,
        "leaks": selectors.open_leaks([report])[found.pk] if report else [],
        "page": page,
        "groups": [] if wanted else selectors.groups_of(found, [group["key"] for group in page]),
        "wanted": wanted,
        "group": selectors.group_of_listing(found, wanted) if wanted else None,
        "common": COMMON,
        "most_alike": MOST_ALIKE,
        "may_manage": roles_of(request).admin,
    }
    return render(request, "catalog/splits_vertical.html", context)


@require_POST
@role_required(Role.ADMIN)
def move(request: HttpRequest, code: str) -> HttpResponse:
    """Move the group of a listing to the pool, where it may be learned from."""
    external_id = request.POST.get("listing", "")
    moved = services.listings_move(external_ids=[external_id], split=Split.POOL, by=cast(User, request.user))
    for refusal in moved.refused:
        messages.error(request, f"{refusal.external_id} stays where it is: {refusal.reason}.")
    if moved.listings:
        number = f"{moved.listings} listing{'' if moved.listings == 1 else 's'}"
        messages.success(request, f"The group of {external_id}, {number}, is in the pool now.")
    return redirect("catalog:splits_vertical", code)

"""The page of the loop."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from attrx_web.roles import READERS, role_required, roles_of
from training.pages.asked import whole_number
from training.pages.loop import Asked, loop_page
from training.pages.loop_sheets import loop_sheets
from training.sheets import csv_response, is_csv_asked


@require_safe
@role_required(*READERS)
def loop(request: HttpRequest) -> HttpResponse:
    """What more listings and more of people's time bring, what happens in a round, and what it costs."""
    asked = Asked(
        vertical=request.GET.get("vertical", ""),
        kind=request.GET.get("kind", ""),
        round_id=whole_number(request.GET.get("round")),
    )
    page = loop_page(asked)
    if is_csv_asked(request):
        return csv_response(request, loop_sheets(page), name="loop")
    return render(request, "training/loop.html", {"page": page, "may_manage": roles_of(request).admin})

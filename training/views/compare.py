"""The page that compares two model versions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from attrx_web.roles import READERS, role_required
from training.pages.compare import compare_page
from training.pages.roundsheets import of_comparison
from training.sheets import csv_response, is_csv_asked


@require_safe
@role_required(*READERS)
def compare(request: HttpRequest) -> HttpResponse:
    """Two versions, or the best ones of two rounds, side by side on the gold questions that both answered."""
    page = compare_page(
        first=request.GET.get("a", ""),
        second=request.GET.get("b", ""),
        show=request.GET.get("show", ""),
        vertical=request.GET.get("vertical", ""),
        attribute=request.GET.get("attribute", ""),
        number=request.GET.get("page", ""),
    )
    if is_csv_asked(request):
        return csv_response(request, of_comparison(page), name="compare")
    return render(request, "training/compare.html", {"page": page})

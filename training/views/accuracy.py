"""The pages of accuracy: everything, a vertical, an attribute."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from attrx_web.roles import READERS, role_required
from training.drilldown import Model
from training.ml.strategies import plan_of
from training.pages.accuracy import AccuracyPage, accuracy_page
from training.pages.accuracysheets import sheets, values_sheets
from training.pages.accuracyvalues import values_page
from training.pages.asked import whole_number
from training.selectors.accuracy import Slice, slice_coded
from training.sheets import csv_response, is_csv_asked


@require_safe
@role_required(*READERS)
def overview(request: HttpRequest) -> HttpResponse:
    """The models of a round on all gold questions and on every vertical, and the rounds before."""
    page = _page(request, Slice())
    if is_csv_asked(request):
        return csv_response(request, sheets(page), name="accuracy")
    return render(request, "training/accuracy.html", {"page": page})


@require_safe
@role_required(*READERS)
def vertical(request: HttpRequest, code: str) -> HttpResponse:
    """The same of a vertical and its attributes."""
    page = _page(request, _slice(code))
    if is_csv_asked(request):
        return csv_response(request, sheets(page), name=f"accuracy-{code}")
    return render(request, "training/accuracy_vertical.html", {"page": page})


@require_safe
@role_required(*READERS)
def attribute(request: HttpRequest, vertical: str, code: str) -> HttpResponse:
    """The same of an attribute, with the values and confusions of one model: `model` is its iteration."""
    slice_ = _slice(vertical, code)
    page = _page(request, slice_)
    values = None
    if page.round and page.best:
        asked = request.GET.get("model", "")
        shown = next((one for one in page.models if str(one.iteration) == asked), page.best)
        model = Model(page.round.pk, shown.iteration)
        values = values_page(slice_, model, plan_of(page.round.params).first_label)
    if is_csv_asked(request):
        tables = {**sheets(page), **values_sheets(values)}
        return csv_response(request, tables, name=f"accuracy-{vertical}-{code}")
    return render(request, "training/accuracy_attribute.html", {"page": page, "values": values})


def _slice(vertical: str, attribute: str = "") -> Slice:
    found = slice_coded(vertical, attribute)
    if found is None:
        raise Http404(
            f"There is no {f'attribute {vertical}/{attribute}' if attribute else f'vertical {vertical}'}."
        )
    return found


def _page(request: HttpRequest, slice_: Slice) -> AccuracyPage:
    asked = request.GET.get("round", "")
    wanted = whole_number(asked)
    page = None if asked and wanted is None else accuracy_page(slice_, wanted)
    if page is None:
        raise Http404(f"There is no round {asked} that was evaluated on gold.")
    return page

"""The page on which people try a model on photos or a listing."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from attrx_web.roles import Role, role_required
from training.pages.predict import Shown, choices, shown
from training.predict_form import PredictForm
from training.predicting.asking import predict
from training.predicting.queue import Unanswered
from training.predicting.wanted import Impossible, Wrong


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.REVIEWER)
def try_it(request: HttpRequest) -> HttpResponse:
    """The form, and once it was sent the answers of the model."""
    offered = choices()
    form_of = partial(PredictForm, verticals=offered.verticals, versions=offered.versions)
    if request.method != "POST":
        form = form_of(initial={"listing": request.GET.get("listing", "")})
        return _page(request, form, offered)
    form = form_of(request.POST)
    wanted = form.wanted(request.FILES)
    if wanted is None:
        return _page(request, form, offered, status=400)
    try:
        found = predict(wanted)
    except Wrong as error:
        name = error.field if error.field in form.fields else None
        form.add_error(name, f"{error.problem[:1].upper()}{error.problem[1:]}.")
        return _page(request, form, offered, status=400)
    except Impossible as error:
        form.add_error(None, f"It cannot be answered: {error}.")
        return _page(request, form, offered, status=409)
    except Unanswered as error:
        form.add_error(None, f"Nobody answers now: {error}.")
        answer = _page(request, form, offered, status=503)
        answer["Retry-After"] = str(error.again)
        return answer
    return _page(request, form, offered, shown(found, listing=wanted.listing))


def _page(
    request: HttpRequest, form: PredictForm, offered: object, found: Shown | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "choices": offered, "shown": found}
    return render(request, "training/predict.html", context, status=status)

"""Starting a round: the form, what the round will take, and the manifest of one that was started."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from attrx_web.roles import Role, role_required
from training import services
from training.forms import RoundForm
from training.ml.errors import DataError
from training.ml.presets import PRESETS
from training.ml.strategies import PLANS
from training.pages.durations import rough_text
from training.selectors.estimates import round_estimate, sizes_now
from training.selectors.manifests import manifest_lines


@require_safe
@role_required(Role.ADMIN)
def new(request: HttpRequest) -> HttpResponse:
    """The form, with what a round as it stands would take."""
    return _page(request, RoundForm.suited())


@require_POST
@role_required(Role.ADMIN)
def estimate(request: HttpRequest) -> HttpResponse:
    """What the round would take: to htmx the figures alone, otherwise the whole page again."""
    form = RoundForm(request.POST)
    if request.headers.get("HX-Request"):
        return render(request, "training/_estimate.html", _estimated(form))
    return _page(request, form)


@require_POST
@role_required(Role.ADMIN)
def start(request: HttpRequest) -> HttpResponse:
    """Start a round and show it; say what is wrong when it cannot start."""
    form = RoundForm(request.POST)
    if form.is_valid():
        try:
            round_ = services.round_start(**form.cleaned_data, created_by=cast(User, request.user))
        except DataError as error:
            form.add_error(None, f"The round cannot start: {error}.")
        else:
            return redirect("training:round", round_id=round_.pk)
    return _page(request, form)


@require_safe
@role_required(Role.ADMIN)
def manifest(request: HttpRequest, round_id: int) -> StreamingHttpResponse:
    """All that the round was started on, to be kept, and run again by `round_rerun`."""
    lines = manifest_lines(round_id=round_id)
    if lines is None:
        raise Http404(f"there is no round {round_id}")
    response = StreamingHttpResponse(lines, content_type="application/json")
    name = f"round-{round_id}-manifest.json"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


def _page(request: HttpRequest, form: RoundForm) -> HttpResponse:
    context = {"form": form, "plans": PLANS, "presets": PRESETS, **_estimated(form)}
    return render(request, "training/start.html", context)


def _estimated(form: RoundForm) -> dict[str, Any]:
    """The figures of a form that is filled in rightly, otherwise none."""
    settings = form.settings()
    if settings is None:
        return {"estimate": None}
    params = services.round_params(**settings)
    sizes = sizes_now(params)
    found = round_estimate(params, sizes)
    return {"estimate": found, "sizes": sizes, "time": rough_text(found.seconds)}

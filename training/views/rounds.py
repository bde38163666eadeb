"""The pages of rounds."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from attrx_web.roles import READERS, Role, role_required, roles_of
from training import dashboards, selectors, services
from training.ml.strategies import plan_of
from training.pages.asked import whole_number
from training.pages.charts import round_charts, training_memory
from training.pages.durations import duration_text
from training.pages.rounds import round_lines, unusable_listings
from training.pages.roundsheets import of_round
from training.pages.timeline import timeline
from training.roundlog import last_lines
from training.selectors.routings import routable_version_id
from training.selectors.verdicts import change_of, used_in
from training.sheets import csv_response, is_csv_asked

ROUNDS_PER_PAGE = 50


@require_safe
@role_required(*Role)
def latest(request: HttpRequest) -> HttpResponse:
    """The newest round, or an invitation to start the first one; to who only labels, the work."""
    who = roles_of(request)
    if not who.viewer:
        return redirect("labeling:board")
    round_id = selectors.latest_round_id()
    if round_id is None:
        return render(request, "training/empty.html", _management(request))
    return _round_page(request, round_id, is_latest=True)


@require_safe
@role_required(*READERS)
def detail(request: HttpRequest, round_id: int) -> HttpResponse:
    """One round."""
    return _round_page(request, round_id, is_latest=round_id == selectors.latest_round_id())


@require_safe
@role_required(*READERS)
def rounds(request: HttpRequest) -> HttpResponse:
    """Every round, newest first."""
    page = Paginator(selectors.rounds(), ROUNDS_PER_PAGE).get_page(request.GET.get("page"))
    rows = round_lines(list(page))
    return render(request, "training/rounds.html", {"page": page, "rows": rows} | _management(request))


@require_safe
@role_required(*READERS)
def status(request: HttpRequest, round_id: int) -> HttpResponse:
    """The status fragment: it asks for itself while the round runs, and for the page once figures are new."""
    context = _status(request, round_id) | {"is_live": True}
    context["is_reshaped"] = context["charts"].shape != request.GET.get("shape")
    response = render(request, "training/_live.html", context)
    progress: selectors.RoundProgress = context["progress"]
    if not progress.is_active or str(progress.evaluations) != request.GET.get("evaluations"):
        response["HX-Refresh"] = "true"
    return response


@require_POST
@role_required(Role.ADMIN)
def resume(request: HttpRequest, round_id: int) -> HttpResponse:
    """Queue a round again that failed or was cancelled."""
    if not services.round_resume(round_id=round_id):
        messages.warning(request, f"Round {round_id} is not failed or cancelled: there is nothing to resume.")
    return redirect("training:round", round_id=round_id)


@require_POST
@role_required(Role.ADMIN)
def cancel(request: HttpRequest, round_id: int) -> HttpResponse:
    """Ask a round to end."""
    if not services.round_cancel(round_id=round_id):
        messages.warning(request, f"Round {round_id} has ended already: there is nothing to cancel.")
    return redirect("training:round", round_id=round_id)


def _round_page(request: HttpRequest, round_id: int, *, is_latest: bool) -> HttpResponse:
    context = _status(request, round_id) | _management(request)
    plan = plan_of(context["round"].params)
    dashboard = dashboards.round_dashboard(round_id=round_id, first_label=plan.first_label)
    if is_csv_asked(request):
        return csv_response(request, of_round(dashboard, context["charts"]), name=f"round-{round_id}")
    context |= {"dashboard": dashboard, "plan": plan, "is_latest": is_latest}
    context["unusable"] = unusable_listings(context["round"])
    if context["may_manage"] and context["progress"].is_done:
        context["routable"] = routable_version_id(round_id=round_id)
    if verdicts := used_in([round_id]).get(round_id):
        context |= {"verdicts": verdicts, "change": change_of(round_id)}
    return render(request, "training/round.html", context)


def _status(request: HttpRequest, round_id: int) -> dict[str, Any]:
    """Everything that changes while the round runs."""
    round_ = get_object_or_404(selectors.rounds(), pk=round_id)
    progress = selectors.round_progress(round_)
    training = whole_number(request.GET.get("training"))
    charts = round_charts(round_, progress, training)
    return {
        "round": round_,
        "progress": progress,
        "spent": duration_text(progress.seconds),
        "timeline": timeline(progress, round_.params, dashboards.gold_percents(round_id=round_id)),
        "charts": charts,
        "memory": training_memory(charts, progress),
        "training": training,
        "log": last_lines(round_.artifact_path),
    }


def _management(request: HttpRequest) -> dict[str, Any]:
    """Whether the visitor may start, resume and cancel rounds."""
    return {"may_manage": roles_of(request).admin}

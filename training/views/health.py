"""The pages of health, alerts and their rules."""

from datetime import date
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from attrx_web.roles import READERS, Role, role_required, roles_of
from training.health.weeks import last_week
from training.health_forms import RuleForm
from training.pages import health as pages
from training.pages import healthsheets as sheets
from training.selectors import health as selectors
from training.services import alerts as services
from training.services.health import health_queue
from training.sheets import csv_response, is_csv_asked

ALERTS_PER_PAGE = 50


@require_safe
@role_required(*READERS)
def overview(request: HttpRequest) -> HttpResponse:
    """Every vertical in the newest week that is known."""
    weeks, lines = pages.overview()
    if is_csv_asked(request):
        return csv_response(request, sheets.of_overview(lines), name="health")
    context = {
        "weeks": weeks,
        "lines": lines,
        "run": selectors.run_newest(),
        "may_manage": roles_of(request).admin,
    }
    return render(request, "training/health.html", context)


@require_safe
@role_required(*READERS)
def vertical(request: HttpRequest, code: str) -> HttpResponse:
    """A vertical: its weeks, its attributes in one of them, its open alerts."""
    found = selectors.vertical_coded(code)
    if found is None:
        raise Http404(f"there is no vertical {code!r}")
    page = pages.vertical_health(found, _day(request.GET.get("week", "")))
    if is_csv_asked(request):
        return csv_response(request, sheets.of_vertical(page), name=f"health-{code}")
    return render(request, "training/health_vertical.html", {"page": page})


@require_safe
@role_required(*READERS)
def alerts(request: HttpRequest) -> HttpResponse:
    """What is open, and what is over."""
    over = Paginator(selectors.alerts_resolved(), ALERTS_PER_PAGE).get_page(request.GET.get("page"))
    admin = roles_of(request).admin
    context = {
        "open": pages.messages(selectors.alerts_open()),
        "over": pages.messages(over),
        "page": over,
        "may_manage": admin,
        "undelivered": list(selectors.deliveries_failed()[:10]) if admin else [],
    }
    return render(request, "training/health_alerts.html", context)


@require_POST
@role_required(Role.REVIEWER)
def acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Somebody deals with an alert."""
    if not services.alert_acknowledge(alert_id=alert_id, by=cast(User, request.user)):
        messages.info(request, "Somebody deals with it already, or the figure is back.")
    return redirect("training:health_alerts")


@require_POST
@role_required(Role.ADMIN)
def compute(request: HttpRequest) -> HttpResponse:
    """Have the last week computed now."""
    health_queue(week=last_week(timezone.now()))
    messages.info(request, "A worker computes the last week. Reload the page in a minute.")
    return redirect("training:health")


@require_safe
@role_required(Role.ADMIN)
def rules(request: HttpRequest) -> HttpResponse:
    """When a figure is an alarm, and who is told."""
    context = {"rows": pages.rule_rows(), "verticals": selectors.verticals()}
    return render(request, "training/health_rules.html", context)


@require_POST
@role_required(Role.ADMIN)
def rule_change(request: HttpRequest) -> HttpResponse:
    """Change a rule."""
    form = RuleForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.problem)
        return redirect("training:health_rules")
    said = form.cleaned_data
    try:
        services.rule_change(
            kind=said["kind"],
            vertical=selectors.vertical_coded(said["vertical"]) if said["vertical"] else None,
            least=said["least"],
            level=said["false_alarms"] / 100,
            active=said["active"],
            by_mail=said["by_mail"],
            by_webhook=said["by_webhook"],
            by=cast(User, request.user),
        )
        messages.success(request, "The rule holds from the next week on that is computed.")
    except services.RuleError as error:
        messages.error(request, str(error))
    return redirect("training:health_rules")


@require_POST
@role_required(Role.ADMIN)
def rule_drop(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Have a vertical follow the rule of all again."""
    services.rule_drop(rule_id=rule_id)
    return redirect("training:health_rules")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

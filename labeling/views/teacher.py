"""The pages of teachers: every run, a new one with what it will cost, and one at work and at its end."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from attrx_web.env import Teacher
from attrx_web.roles import Role, role_required
from labeling.errors import LabelingError
from labeling.selectors import teacher as selectors
from labeling.selectors.teacher_labels import record_plan
from labeling.selectors.teacher_plan import attributes_to_ask, plan_chosen, plan_estimate, verticals_to_ask
from labeling.services import teacher as services
from labeling.services.teacher_labels import teacher_labels_record
from labeling.teacher.money import Price
from labeling.teacher_form import MinimumForm, TeacherForm

READ_WRITE = ["GET", "HEAD", "POST"]
RUNS_PER_PAGE = 50
UNREAD_PER_PAGE = 50
UNREAD_SHOWN = 5
"""On the page of a run; the others have a page of their own."""

LATE = "That is not possible any more: the run has gone on."


@require_safe
@role_required(Role.ADMIN)
def overview(request: HttpRequest) -> HttpResponse:
    """Every run, newest first; where there is no teacher, how to get one."""
    page = Paginator(selectors.teacher_runs(), RUNS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": selectors.runs_progress(page), "teacher": _teacher()}
    return render(request, "labeling/teacher.html", context)


@require_http_methods(READ_WRITE)
@role_required(Role.ADMIN)
def new(request: HttpRequest) -> HttpResponse:
    """Choose what a teacher is asked, and see what that will take.

    It may be posted: an address is too short for many ids.
    """
    if _teacher() is None:
        return redirect("labeling:teacher")
    return render(request, "labeling/teacher_new.html", _planned(request.POST or request.GET))


@require_POST
@role_required(Role.ADMIN)
def estimate(request: HttpRequest) -> HttpResponse:
    """The estimate alone, as the form changes."""
    if _teacher() is None:
        return redirect("labeling:teacher")
    return render(request, "labeling/_teacher_estimate.html", _planned(request.POST))


@require_POST
@role_required(Role.ADMIN)
def start(request: HttpRequest) -> HttpResponse:
    """Start what the page showed, if it still comes to the same."""
    if _teacher() is None:
        return redirect("labeling:teacher")
    context = _planned(request.POST)
    comes_to = context["estimate"]
    if comes_to is not None and str(comes_to.listings) != request.POST.get("expected"):
        context["is_changed"] = True
    elif comes_to is not None:
        try:
            run = services.teacher_start(plan=context["form"].plan, by=cast(User, request.user))
        except LabelingError as error:
            context["problem"] = str(error)
        else:
            return redirect("labeling:teacher_run", run.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "labeling/teacher_new.html", context, status=status)


@require_safe
@role_required(Role.ADMIN)
def detail(request: HttpRequest, run_id: int) -> HttpResponse:
    """Where a run is, what it cost, how often people agree, and what could not be read."""
    context = _status(run_id)
    run = context["run"]
    unread = selectors.run_unread(run)
    context |= {
        "agreement": selectors.run_agreement(run),
        "unread": list(selectors.unread_of(run, unread[:UNREAD_SHOWN])),
        "unread_count": unread.count(),
        "teacher": _teacher(),
    }
    return render(request, "labeling/teacher_run.html", context)


@require_safe
@role_required(Role.ADMIN)
def status(request: HttpRequest, run_id: int) -> HttpResponse:
    """The status fragment: it asks for itself while the run waits or runs, and for the page at its end."""
    context = _status(run_id)
    response = render(request, "labeling/_teacher_status.html", context)
    if not context["progress"].is_active:
        response["HX-Refresh"] = "true"
    return response


@require_safe
@role_required(Role.ADMIN)
def unread(request: HttpRequest, run_id: int) -> HttpResponse:
    """Everything that has no answer in it, or not to every question."""
    run = selectors.teacher_run_get(run_id)
    page = Paginator(selectors.run_unread(run), UNREAD_PER_PAGE).get_page(request.GET.get("page"))
    context = {"run": run, "page": page, "unread": list(selectors.unread_of(run, page))}
    return render(request, "labeling/teacher_unread.html", context)


@require_POST
@role_required(Role.ADMIN)
def cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Ask a run to end."""
    return _act(request, run_id, services.teacher_cancel)


@require_POST
@role_required(Role.ADMIN)
def resume(request: HttpRequest, run_id: int) -> HttpResponse:
    """Go on with a run that stopped."""
    return _act(request, run_id, services.teacher_resume)


@require_http_methods(READ_WRITE)
@role_required(Role.ADMIN)
def record(request: HttpRequest, run_id: int) -> HttpResponse:
    """Make labels of a run: state the minimum and see what it comes to, then confirm."""
    run = selectors.teacher_run_get(run_id)
    given = request.POST if request.method == "POST" else request.GET
    form = MinimumForm(given if "percent" in given else MinimumForm.standard())
    context: dict[str, Any] = {"run": run, "progress": selectors.run_progress(run), "form": form}
    if form.is_valid():
        plan = record_plan(run, form.minimum)
        if request.method == "POST" and str(plan.labels) == request.POST.get("expected"):
            return _recorded(request, run_id, form)
        context["plan"] = plan
        context["is_changed"] = request.method == "POST"
    status = HTTPStatus.OK if request.method != "POST" else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "labeling/teacher_record.html", context, status=status)


def _recorded(request: HttpRequest, run_id: int, form: MinimumForm) -> HttpResponse:
    try:
        labels = teacher_labels_record(run_id=run_id, minimum=form.minimum, by=cast(User, request.user))
    except LabelingError as error:
        messages.error(request, f"Nothing is recorded: {error}.")
    else:
        messages.success(request, f"Labels recorded: {labels}.")
    return redirect("labeling:teacher_run", run_id)


def _teacher() -> Teacher | None:
    try:
        return services.teacher_configured()
    except LabelingError:
        return None


def _planned(data: QueryDict) -> dict[str, Any]:
    """The form as it is filled in, and what it comes to."""
    teacher = services.teacher_configured()
    price = Price(*teacher.price) if teacher.price else None
    verticals = list(verticals_to_ask())
    codes = [one.code for one in verticals]
    code = next((code for code in [data.get("vertical"), *codes] if code in codes), "")
    attributes = attributes_to_ask(code)
    filled = data if "choice" in data else TeacherForm.standard(code, attributes)
    form = TeacherForm(attributes, filled, has_price=price is not None)
    context: dict[str, Any] = {
        "teacher": teacher,
        "price": price,
        "verticals": verticals,
        "form": form,
        "estimate": None,
        "problem": "",
        "filled": [(name, value) for name, values in filled.lists() for value in values],
    }
    if form.is_valid():
        try:
            chosen = plan_chosen(form.plan, model=teacher.model)
        except LabelingError as error:
            return context | {"problem": str(error)}
        context["estimate"] = plan_estimate(form.plan, chosen, price=price)
    return context


def _status(run_id: int) -> dict[str, Any]:
    run = selectors.teacher_run_get(run_id)
    return {"run": run, "progress": selectors.run_progress(run)}


def _act(request: HttpRequest, run_id: int, service: Callable[..., bool]) -> HttpResponse:
    selectors.teacher_run_get(run_id)
    if not service(run_id=run_id):
        messages.warning(request, LATE)
    return redirect("labeling:teacher_run", run_id)

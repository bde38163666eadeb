"""The page of workers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from attrx_web.roles import READERS, Role, role_required, roles_of
from training.pages.workers import REMEDY, workers_page
from training.services import workers as services

GONE = "{name} was not told to take work again: it, or the queue, does not answer. Restart it."
UNTOLD = f"The queue does not answer, so the worker was not told. {REMEDY}"


@require_safe
@role_required(*READERS)
def workers(request: HttpRequest) -> HttpResponse:
    """Who is there, on what device, doing what, since when; what waits. It asks for itself."""
    template = "training/_workers.html" if request.headers.get("HX-Request") else "training/workers.html"
    return render(request, template, {"page": workers_page(), "may_manage": roles_of(request).admin})


@require_POST
@role_required(Role.ADMIN)
def drain(request: HttpRequest) -> HttpResponse:
    """Ask a worker to take nothing new."""
    name = request.POST.get("name", "")
    if services.worker_drain(name=name):
        messages.info(
            request, f"{name} ends what it does and takes nothing new, until it is told to take work again."
        )
    else:
        messages.error(request, UNTOLD)
    return redirect("training:workers")


@require_POST
@role_required(Role.ADMIN)
def undrain(request: HttpRequest) -> HttpResponse:
    """Ask a drained worker to take work again."""
    name = request.POST.get("name", "")
    if services.worker_undrain(name=name):
        messages.info(request, f"{name} takes work again.")
    else:
        messages.error(request, GONE.format(name=name))
    return redirect("training:workers")

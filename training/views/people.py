"""The pages of people: everybody for admins, and for each their own."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from attrx_web.roles import Role, role_required, roles_of
from labeling.services.people import count_queue
from training.pages import people as pages
from training.pages import peoplesheets as sheets
from training.sheets import csv_response, is_csv_asked


@require_safe
@role_required(Role.ANNOTATOR, Role.REVIEWER)
def overview(request: HttpRequest) -> HttpResponse:
    """Everybody, for admins; others are led to their own page."""
    if not roles_of(request).admin:
        return redirect("training:people_me")
    span = pages.span_asked(request.GET.get("span", ""))
    page, targets = pages.overview(span), pages.targets_now()
    if is_csv_asked(request):
        return csv_response(request, sheets.of_overview(page, targets), name="people")
    context = {"page": page, "targets": targets} | _shared(span)
    return render(request, "training/people.html", context)


@require_safe
@role_required(Role.ANNOTATOR, Role.REVIEWER)
def me(request: HttpRequest) -> HttpResponse:
    """The visitor's own page."""
    span = pages.span_asked(request.GET.get("span", ""))
    return _person(request, pages.page_of(cast(User, request.user), span), is_own=True)


@require_safe
@role_required(Role.ADMIN)
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Somebody's page, for admins."""
    page = pages.person_page(person_id, pages.span_asked(request.GET.get("span", "")))
    if page is None:
        raise Http404(f"There is no person {person_id} who labels.")
    return _person(request, page, is_own=person_id == request.user.pk)


@require_POST
@role_required(Role.ADMIN)
def count(request: HttpRequest) -> HttpResponse:
    """Have everybody's work counted now."""
    count_queue()
    messages.info(request, "A worker counts what people did. Reload the page in a minute.")
    return redirect("training:people")


def _person(request: HttpRequest, page: pages.PersonPage, *, is_own: bool) -> HttpResponse:
    if is_csv_asked(request):
        name = f"person-{page.person.pk}"
        return csv_response(request, sheets.of_person(page), name=name)
    context = {"page": page, "is_own": is_own, "targets": pages.targets_now()} | _shared(page.span)
    return render(request, "training/person.html", context)


def _shared(span: int) -> dict[str, object]:
    return {"counted": pages.counted(), "spans": pages.span_links(), "span": span}

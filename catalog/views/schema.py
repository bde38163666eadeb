"""The pages of the schema: every vertical, a new one, and the editor of one."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from attrx_web.roles import Role, role_required
from catalog.errors import CatalogError
from catalog.forms.schema import VerticalForm
from catalog.forms.schema_vertical import (
    VerticalTyped,
    vertical_from,
    vertical_in,
    vertical_of,
    with_row_action,
)
from catalog.schema.checks import MOST_ATTRIBUTES, MOST_VALUES
from catalog.schema.keys import question_of
from catalog.selectors import drafts as selectors
from catalog.selectors.drafts import Working
from catalog.services import drafts as services
from catalog.services.drafts import DraftConflict

READ_WRITE = ["GET", "HEAD", "POST"]


@require_safe
@role_required(Role.ADMIN)
def overview(request: HttpRequest) -> HttpResponse:
    """Every vertical with its counts, version and draft."""
    rows = selectors.vertical_rows()
    totals = {name: sum(getattr(row, name) for row in rows) for name in ("attributes", "values", "listings")}
    return render(request, "catalog/schema.html", {"rows": rows, "totals": totals})


@require_http_methods(READ_WRITE)
@role_required(Role.ADMIN)
def new(request: HttpRequest) -> HttpResponse:
    """Begin a vertical by its name."""
    form = VerticalForm(request.POST) if request.method == "POST" else VerticalForm()
    if form.is_valid():
        try:
            draft = services.vertical_draft_open(label=form.cleaned_data["label"], by=editor(request))
        except CatalogError as error:
            form.add_error("label", _sentence(error))
        else:
            return redirect("catalog:schema_vertical", draft.code)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "catalog/schema_new.html", {"form": form}, status=status)


@require_http_methods(READ_WRITE)
@role_required(Role.ADMIN)
def vertical(request: HttpRequest, code: str) -> HttpResponse:
    """The editor of a vertical: its name and its attributes in order."""
    working = working_or_404(code)
    if request.method != "POST":
        return _vertical_page(request, working, vertical_from(working.spec, working.published))
    typed = vertical_in(request.POST, working.spec, working.published)
    if action := request.POST.get("do"):
        return _vertical_page(request, working, with_row_action(typed, action), unsaved=True)
    if typed.error:
        return _vertical_page(request, working, typed, unsaved=True, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        services.schema_draft_update(
            code=code,
            **ground_of(request),
            change=lambda spec: vertical_of(typed, spec),
            by=editor(request),
        )
    except DraftConflict as conflict:
        return _vertical_page(
            request, working, typed, unsaved=True, conflict=str(conflict), status=HTTPStatus.CONFLICT
        )
    except CatalogError as error:
        typed = replace(typed, error=str(error))
        return _vertical_page(request, working, typed, unsaved=True, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, "Saved in the draft. Review it to publish.")
    return redirect("catalog:schema_vertical", code)


def working_or_404(code: str) -> Working:
    """The vertical or its draft.

    Raises:
        Http404: where there is neither.
    """
    working = selectors.working(code)
    if working is None:
        raise Http404(f"There is no vertical {code!r}.")
    return working


def ground_of(request: HttpRequest) -> dict[str, int]:
    """The version and the edition of the draft that the editor saw."""
    return {
        name: int(text) if (text := request.POST.get(name, "")).isdecimal() else -1
        for name in ("base_number", "edition")
    }


def editor(request: HttpRequest) -> User:
    """Who is signed in."""
    return cast(User, request.user)


def _vertical_page(
    request: HttpRequest,
    working: Working,
    typed: VerticalTyped,
    *,
    unsaved: bool = False,
    conflict: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    asked = working.spec.asked
    shown = next(
        (one for one in asked if one.code == request.GET.get("preview")), asked[0] if asked else None
    )
    context: dict[str, Any] = {
        "working": working,
        "typed": typed,
        "unsaved": unsaved,
        "conflict": conflict,
        "most_attributes": MOST_ATTRIBUTES,
        "most_values": MOST_VALUES,
        "shown": shown,
        "question": question_of(shown) if shown else None,
        "place": asked.index(shown) + 1 if shown else 0,
        "asked": asked,
    }
    return render(request, "catalog/schema_vertical.html", context, status=status)


def _sentence(error: CatalogError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."

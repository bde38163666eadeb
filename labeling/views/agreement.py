"""The pages of agreement between people: all verticals, one, or one attribute of it."""

from typing import cast
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from attrx_web.roles import Role, role_required, roles_of
from labeling.agreement_page import agreement_page
from labeling.purposes import PURPOSES
from labeling.reliability_page import people_table
from labeling.selectors.agreement import Selection, attribute_named
from labeling.selectors.seeds import seed_vertical
from labeling.views.frame import framed

TEMPLATE = "labeling/agreement.html"


@require_safe
@role_required(Role.REVIEWER)
def overview(request: HttpRequest) -> HttpResponse:
    """How far people agree, vertical by vertical."""
    selection = _selection(request)
    reliability = people_table(seen_by=cast(User, request.user), is_admin=roles_of(request).admin)
    context = {"page": agreement_page(selection), "reliability": reliability}
    return framed(request, TEMPLATE, context | _purposes(selection))


@require_safe
@role_required(Role.REVIEWER)
def vertical(request: HttpRequest, code: str) -> HttpResponse:
    """How far people agree about a vertical, attribute by attribute."""
    found, _ = seed_vertical(code)
    selection = _selection(request, code)
    context = {"page": agreement_page(selection), "vertical": found}
    return framed(request, TEMPLATE, context | _purposes(selection))


@require_safe
@role_required(Role.REVIEWER)
def attribute(request: HttpRequest, code: str, attribute_code: str) -> HttpResponse:
    """Which values of an attribute people confuse."""
    found = attribute_named(vertical=code, code=attribute_code)
    if found is None:
        raise Http404(f"There is no attribute {attribute_code!r} of {code!r}.")
    selection = _selection(request, code)
    context = {
        "page": agreement_page(selection, found),
        "vertical": found.vertical,
        "attribute": found,
    }
    return framed(request, TEMPLATE, context | _purposes(selection))


def _selection(request: HttpRequest, vertical: str = "") -> Selection:
    named = PURPOSES.get(request.GET.get("purpose", ""))
    return Selection(vertical=vertical, purpose=named.code if named else None)


def _purposes(selection: Selection) -> dict[str, object]:
    query = urlencode({"purpose": selection.purpose}) if selection.purpose else ""
    return {"purposes": PURPOSES.values(), "purpose": selection.purpose, "query": query}

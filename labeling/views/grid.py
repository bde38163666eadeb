"""The grid: reviews that share an attribute and an answer, confirmed together; also without scripts."""

from collections import Counter
from typing import cast
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from attrx_web.roles import Role, role_required
from labeling import queue
from labeling.gridform import MOST, grid_messages
from labeling.selectors.grid import Group, group_of, groups_of, tiles_of
from labeling.services.outbox import Reply, outbox_receive
from labeling.views.frame import framed

HELD = "grid-leases"
"""In the session: the tokens of the grid that was shown last."""


@never_cache
@require_http_methods(["GET", "POST"])
@role_required(Role.REVIEWER)
def grid(request: HttpRequest) -> HttpResponse:
    """Groups to choose from; or a group's listings: {?attribute=7&answer=Red}, all ticked."""
    person = cast(User, request.user)
    if "attribute" not in request.GET:
        return framed(request, "labeling/grids.html", {"groups": _addressed(groups_of(person))})
    number = request.GET["attribute"]
    group = group_of(
        attribute_id=int(number) if number.isdecimal() and len(number) < 19 else 0,
        leading=request.GET.get("answer", ""),
    )
    if group is None:
        messages.info(request, "That is no answer to confirm (any more). Choose another.")
        return redirect("labeling:grid")
    if request.method == "POST":
        return _take(request, person, group)
    return _show(request, person, group)


def _show(request: HttpRequest, person: User, group: Group) -> HttpResponse:
    # Those of the grid that was shown before: whoever loads the page again sees the same listings.
    queue.leases_release(person=person, tokens=[UUID(one) for one in request.session.pop(HELD, ())])
    tiles = tiles_of(
        queue.turns_claim(person=person, wanted=queue.alike_wanted(group.alike), count=MOST), group
    )
    request.session[HELD] = [str(tile.lease.token) for tile in tiles]
    if not tiles:
        messages.info(request, f"Nothing is left to confirm as {group.answer}. Choose another.")
        return redirect("labeling:grid")
    page = {
        "person": {"id": person.pk, "name": person.get_username()},
        "csrf": get_token(request),
        "tokens": request.session[HELD],
        "addresses": {
            "heartbeat": reverse("labeling:api_heartbeat"),
            "release": reverse("labeling:api_release"),
            "session": reverse("labeling:work_session"),
        },
    }
    context = {"group": group, "tiles": tiles, "page": page, "form_key": uuid4()}
    return render(request, "labeling/grid.html", context)


def _take(request: HttpRequest, person: User, group: Group) -> HttpResponse:
    """Do what the form says, say what became of it, and show the next listings."""
    form = dict(request.POST.lists())
    raw = grid_messages(form, attribute=group.alike.code, said=group.said)
    replies = outbox_receive(person=person, raw=raw)
    kinds = [str(one["kind"]) for one in raw]
    _tell(request, group, list(zip(kinds, replies, strict=True)))
    return redirect(request.get_full_path())


def _tell(request: HttpRequest, group: Group, done: list[tuple[str, Reply]]) -> None:
    counts = Counter(kind for kind, reply in done if reply["status"] != "refused")
    parts = [
        f"{counts['finish']} confirmed as {group.answer}" if counts["finish"] else "",
        f"{counts['single']} left for the review screen" if counts["single"] else "",
    ]
    if any(parts):
        messages.success(request, f"{', '.join(filter(None, parts))}.")
    if conflicts := sum(reply["status"] == "conflict" for _, reply in done):
        what = "Somebody else says otherwise about"
        messages.warning(request, f"{what} {conflicts} of them. Both answers are kept; a reviewer decides.")
    refused = [str(reply["error"]) for _, reply in done if reply["status"] == "refused"]
    for error in list(dict.fromkeys(refused))[:3]:
        messages.error(request, error)


def _addressed(groups: list[Group]) -> list[tuple[Group, str]]:
    return [
        (one, f"?{urlencode({'attribute': one.alike.attribute_id, 'answer': one.alike.leading})}")
        for one in groups
    ]

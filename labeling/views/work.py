"""The labelling screen. Its script does everything through labeling.api; without it the page is a form."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from attrx_web.roles import Role, role_required
from catalog.schema.keys import COMMAND_KEYS, STATE_KEYS, VALUE_KEYS
from labeling import queue
from labeling.access import purposes_of
from labeling.api.workspace import worker_required
from labeling.asked import schema_of
from labeling.errors import LabelingError
from labeling.items import items_of
from labeling.jsonfields import uuid_of
from labeling.plainform import form_messages, plain_questions
from labeling.selectors.screen import finished_item, workspace_names
from labeling.selectors.work import waiting_counts
from labeling.services.outbox import outbox_receive
from labeling.sight import Json

KEYS = {
    "values": VALUE_KEYS,
    "states": {state.value: key for state, key in STATE_KEYS.items()},
    "commands": COMMAND_KEYS,
}
NO_PHOTO = "0" * 64
"""Stands for a photo's hash in an address that the script fills in."""

Typed = Mapping[str, Sequence[str]]


@never_cache
@require_http_methods(["GET", "POST"])
@role_required(Role.ANNOTATOR, Role.REVIEWER)
def work(request: HttpRequest) -> HttpResponse:
    """The next listing to label: {?purpose=seed&vertical=3&task=7}; by default whatever they may work on."""
    person = cast(User, request.user)
    wanted = _wanted(request, person)
    if request.method == "POST":
        return _take(request, person, wanted)
    leases = queue.turns_claim(person=person, wanted=wanted, count=1)
    return _page(request, wanted, items_of(person=person, leases=leases))


@never_cache
@require_safe
def session(request: HttpRequest) -> HttpResponse:
    """Who is signed in here now, and the token that their requests need."""
    if not request.user.is_authenticated:
        return JsonResponse({"person": None})
    return JsonResponse(
        {"person": request.user.pk, "name": request.user.get_username(), "csrf": get_token(request)}
    )


@require_safe
@role_required(Role.ANNOTATOR, Role.REVIEWER)
def back(request: HttpRequest) -> HttpResponse:
    """Where somebody lands who signed in again beside their listing: go back to it."""
    return render(request, "labeling/work_back.html", {"person": {"id": request.user.pk}})


@worker_required("GET")
def finished(request: HttpRequest, person: User, turn_id: int) -> HttpResponse:
    """The listing of a turn as the person finished it."""
    item = finished_item(person=person, turn_id=turn_id)
    return JsonResponse(item or {"error": "you have not finished it"}, status=200 if item else 404)


def _wanted(request: HttpRequest, person: User) -> queue.Wanted:
    allowed = purposes_of(person)
    vertical, task = request.GET.get("vertical", ""), request.GET.get("task", "")
    try:
        return queue.wanted(
            allowed=allowed,
            purposes=request.GET.getlist("purpose") or allowed,
            vertical_id=int(vertical) if vertical.isdecimal() else None,
            task_id=int(task) if task.isdecimal() else None,
        )
    except LabelingError as error:
        raise PermissionDenied(str(error)) from error


def _take(request: HttpRequest, person: User, wanted: queue.Wanted) -> HttpResponse:
    """Do what the form says, and go on; or show what was refused, with all that was typed."""
    form = dict(request.POST.lists())
    replies = outbox_receive(person=person, raw=form_messages(form))
    refused = [str(reply["error"]) for reply in replies if reply["status"] == "refused"]
    if refused:
        token = uuid_of(request.POST.get("token"))
        leases = queue.leases_of(person=person, tokens=[token] if token else [])
        return _page(request, wanted, items_of(person=person, leases=leases), typed=form, refused=refused)
    if any(reply["status"] == "conflict" for reply in replies):
        messages.warning(request, "Somebody else says otherwise. Both answers are kept; a reviewer decides.")
    return redirect(request.get_full_path())


def _page(
    request: HttpRequest,
    wanted: queue.Wanted,
    items: Sequence[Json],
    *,
    typed: Typed | None = None,
    refused: Sequence[str] = (),
) -> HttpResponse:
    item = items[0] if items else None
    context = {
        "page": _for_the_script(request, wanted, item),
        "wanted": wanted,
        "commands": COMMAND_KEYS,
        "item": item,
        "questions": _questions(item, typed or {}) if item else [],
        "refused": refused,
        "form_key": uuid4(),
        "waiting": None if item else waiting_counts(person=cast(User, request.user), wanted=wanted),
    }
    return render(request, "labeling/work.html", context, status=422 if refused else 200)


def _questions(item: Json, typed: Typed) -> list[Any]:
    asked = [
        one for one in schema_of(item["schema"]).spec.asked if not item["asks"] or one.code in item["asks"]
    ]
    return plain_questions(asked, answers=item["answers"], typed=typed, suggestions=item["suggestions"])


def _for_the_script(request: HttpRequest, wanted: queue.Wanted, item: Json | None) -> Json:
    return {
        "person": {"id": request.user.pk, "name": request.user.get_username()},
        "csrf": get_token(request),
        "wanted": {"purposes": wanted.purposes, "vertical": wanted.vertical_id},
        "addresses": _addresses(),
        "keys": KEYS,
        "people": workspace_names(),
        "item": item,
    }


def _addresses() -> dict[str, str]:
    """What the script asks; 0 stands for what it fills in."""
    return {
        **{
            name: reverse(f"labeling:api_{name}")
            for name in ("lease", "outbox", "heartbeat", "release", "history")
        },
        "item": reverse("labeling:api_item", args=[0]),
        "similar": reverse("labeling:api_similar", args=[0]),
        "schema": reverse("labeling:api_schema", args=[0]),
        "finished": reverse("labeling:work_finished", args=[0]),
        "session": reverse("labeling:work_session"),
        "photo": reverse("catalog:photo", args=[NO_PHOTO, "web"]),
        "login": f"{reverse('account_login')}?{urlencode({'next': reverse('labeling:work_back')})}",
    }

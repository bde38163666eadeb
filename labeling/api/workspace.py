"""The JSON interface of the workspace: what the page of a person who labels asks for and sends.

Whoever is not signed in gets 401 with {"error"}, whoever may not work here 403: a page that has unsent
answers must not be led to another one. Requests that cannot be read get 400 with {"error"}.
"""

import json
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse

from labeling import queue
from labeling.access import purposes_of
from labeling.errors import LabelingError
from labeling.items import items_of
from labeling.jsonfields import Fields, uuid_of
from labeling.leasing import MOST_ITEMS, items_lease
from labeling.selectors.similar import similar_confirmed
from labeling.selectors.work import finished_turns, schema_text
from labeling.services.outbox import outbox_receive

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, User, P], HttpResponse]
Guarded = Callable[Concatenate[HttpRequest, P], HttpResponse]

FOR_GOOD = "private, max-age=31536000, immutable"


def worker_required(method: str) -> Callable[[View[P]], Guarded[P]]:
    """Let in people who may work on any purpose, by this method; a LabelingError becomes a 400."""

    def decorate(view: View[P]) -> Guarded[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method != method:
                return _error(f"{request.method} is not answered here: use {method}", status=405)
            if not request.user.is_authenticated:
                return _error("you are not signed in (any more): sign in again", status=401)
            if not purposes_of(request.user):
                return _error("this is for annotators, reviewers and admins: ask an admin", status=403)
            try:
                return view(request, request.user, *args, **kwargs)
            except LabelingError as error:
                return _error(str(error), status=400)

        return guarded

    return decorate


@worker_required("POST")
def lease(request: HttpRequest, person: User) -> HttpResponse:
    """Lease items: {purposes, vertical, count, have} -> {items, more}; without any also {waiting}."""
    fields = _fields(request)
    count = fields.number_or_none("count") or 1
    if count > MOST_ITEMS:
        raise fields.wrong("count", f"a number from 1 to {MOST_ITEMS}")
    answer = items_lease(
        person=person,
        purposes=fields.texts("purposes"),
        vertical_id=fields.number_or_none("vertical"),
        count=count,
        have=fields.numbers("have"),
    )
    return JsonResponse(answer)


@worker_required("POST")
def outbox(request: HttpRequest, person: User) -> HttpResponse:
    """Receive what a person did: {messages} -> {replies}, in the same order."""
    messages = _fields(request).entries("messages")
    return JsonResponse({"replies": outbox_receive(person=person, raw=messages)})


@worker_required("POST")
def heartbeat(request: HttpRequest, person: User) -> HttpResponse:
    """Give leases another term: {tokens} -> {alive}."""
    tokens = _uuids(_fields(request).texts("tokens"))
    alive = queue.leases_extend(person=person, tokens=tokens)
    return JsonResponse({"alive": [str(token) for token in tokens if token in alive]})


@worker_required("POST")
def release(request: HttpRequest, person: User) -> HttpResponse:
    """Give items back, as the page does when it is left; a form, because navigator.sendBeacon sends one."""
    queue.leases_release(person=person, tokens=_uuids(request.POST.getlist("tokens")))
    return HttpResponse(status=204)


@worker_required("GET")
def item(request: HttpRequest, person: User, turn_id: int) -> HttpResponse:
    """The item of a turn that the person has a lease on, as it is now: for when its schema has changed."""
    token = uuid_of(request.GET.get("token"))
    leases = queue.leases_of(person=person, tokens=[token] if token else [])
    items = items_of(person=person, leases=[one for one in leases if one.turn_id == turn_id])
    return JsonResponse(items[0]) if items else _error("you have no lease on it (any more)", status=404)


@worker_required("GET")
def similar(request: HttpRequest, person: User, turn_id: int) -> HttpResponse:
    """Confirmed listings to compare a review of the person's with: {similar: {attribute code: listings}}."""
    return JsonResponse({"similar": similar_confirmed(person=person, turn_id=turn_id)})


@worker_required("GET")
def schema(request: HttpRequest, person: User, version_id: int) -> HttpResponse:
    """What a schema version asks: a VerticalSpec without what is retired. It never changes."""
    text = schema_text(version_id)
    if text is None:
        return _error(f"there is no schema version {version_id}", status=404)
    return HttpResponse(text, content_type="application/json", headers={"Cache-Control": FOR_GOOD})


@worker_required("GET")
def history(request: HttpRequest, person: User) -> HttpResponse:
    """What the person finished, the newest first; `before` is the last turn of the page before."""
    before = request.GET.get("before", "")
    if before and not before.isdecimal():
        raise LabelingError(f"history: before is {before!r}: give the number of a turn")
    return JsonResponse({"items": finished_turns(person=person, before=int(before) if before else None)})


def _fields(request: HttpRequest) -> Fields:
    try:
        raw = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise LabelingError(f"the request is not JSON ({error}): send an object") from error
    return Fields.of(raw, where="request")


def _uuids(texts: Iterable[str]) -> list[UUID]:
    return [token for token in map(uuid_of, texts) if token is not None]


def _error(message: str, *, status: int) -> JsonResponse:
    return JsonResponse({"error": message}, status=status)

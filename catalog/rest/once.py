"""Idempotency keys: a write that is asked for twice is done once."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.contrib.auth.models import User
from django.http import QueryDict
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models.api import IDEMPOTENCY_KEY_LENGTH
from catalog.rest.problems import KeyReused
from catalog.services.idempotency import KeyTaken, Reply, answer_once, fingerprint

P = ParamSpec("P")
V = TypeVar("V")
Method = Callable[Concatenate[V, Request, P], Response]

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT_HEADERS = ("Location", "ETag")


def once(method: Method[V, P]) -> Method[V, P]:
    """Heed the request's Idempotency-Key: the same key and request get the answer that was given before."""

    @wraps(method)
    def kept(view: V, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return method(view, request, *args, **kwargs)
        if not 1 <= len(key) <= IDEMPOTENCY_KEY_LENGTH or not (key.isascii() and key.isprintable()):
            what = f"give 1 to {IDEMPOTENCY_KEY_LENGTH} printable ASCII characters"
            raise ValidationError({HEADER: f"{key!r} is no key: {what}."})
        answers: list[Response] = []

        def do() -> Reply:
            answer = method(view, request, *args, **kwargs)
            answers.append(answer)
            headers = {name: answer[name] for name in KEPT_HEADERS if name in answer}
            return Reply(answer.status_code, answer.data, headers)

        try:
            reply = answer_once(
                person=cast(User, request.user), key=key, request=_fingerprint(request), do=do
            )
        except KeyTaken as error:
            raise KeyReused from error
        return _again(reply) if reply.again else answers[-1]

    return kept


def _fingerprint(request: Request) -> str:
    """Of method, address and body; of an upload each field and the content of each file."""
    parts = [str(request.method).encode(), request.get_full_path().encode()]
    if not str(request.content_type).startswith("multipart/"):
        return fingerprint(*parts, request._request.body)
    form = cast(QueryDict, request.data)
    for name in sorted(form):
        for value in form.getlist(name):
            parts += [name.encode(), *_content(value)]
    return fingerprint(*parts)


def _content(value: Any) -> list[bytes]:
    if not hasattr(value, "chunks"):
        return [str(value).encode()]
    parts = [str(value.name).encode(), *(fingerprint(piece).encode() for piece in value.chunks())]
    value.seek(0)
    return parts


def _again(reply: Reply) -> Response:
    return Response(reply.body, status=reply.code, headers={**reply.headers, REPLAYED: "true"})

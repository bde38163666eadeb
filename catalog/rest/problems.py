"""What the API says when something is wrong: problem details of RFC 9457, fields named with the remedy."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    NotAuthenticated,
    NotFound,
    Throttled,
    ValidationError,
)
from rest_framework.exceptions import PermissionDenied as Denied
from rest_framework.response import Response
from rest_framework.views import exception_handler

from catalog.rest.throttles import AddressRate

MEDIA_TYPE = "application/problem+json"
KIND = "urn:attrx:problem:"


class FieldProblem(serializers.Serializer[Any]):
    """What is wrong with one field."""

    field = serializers.CharField(help_text="Its name, with dots into objects and lists; empty: the whole.")
    message = serializers.CharField(help_text="What is wrong with it, and the remedy.")


class Problem(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField(help_text="Which kind of problem, for programs: a URN.")
    title = serializers.CharField(help_text="The kind in words, always the same.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What is wrong this time, and the remedy.")
    # DRF keeps declared fields apart from what a serializer has by the same name.
    errors = FieldProblem(  # type: ignore[assignment]
        many=True, required=False, help_text="Field by field, where fields are wrong."
    )


class Conflict(APIException):
    """What is asked for is not possible as things are."""

    status_code = HTTPStatus.CONFLICT
    default_code = "conflict"


class Gone(APIException):
    """What is asked for was there, and cannot be had any more."""

    status_code = HTTPStatus.GONE
    default_code = "gone"


class Stale(APIException):
    """The row has changed since its ETag was read."""

    status_code = HTTPStatus.PRECONDITION_FAILED
    default_code = "stale"
    default_detail = "It has changed since you read it: read it again, and decide anew."


class Unavailable(APIException):
    """It cannot be had now. The answer says after how many seconds to ask again."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_code = "unavailable"

    def __init__(self, detail: str, *, wait: int) -> None:
        super().__init__(detail)
        self.wait = wait


class KeyReused(APIException):
    """An Idempotency-Key that stands for another request."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_code = "key_reused"
    default_detail = "This Idempotency-Key was used for another request: give each write a key of its own."


TITLES = {
    "invalid": "The request cannot be used as it is",
    "parse_error": "The body cannot be read",
    "not_authenticated": "Nobody is signed in",
    "authentication_failed": "The sign-in does not hold",
    "permission_denied": "You may not do this",
    "not_found": "There is no such thing",
    "method_not_allowed": "The address does not take this method",
    "not_acceptable": "There is no such representation",
    "unsupported_media_type": "The body is of a type that is not read here",
    "throttled": "Too many requests",
    "conflict": "Not possible as things are",
    "gone": "Not to be had any more",
    "stale": "It has changed meanwhile",
    "unavailable": "Not to be had now",
    "key_reused": "The key stands for another request",
}
"""{kind: title}"""


def problem_of(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to an exception of a view; None for one that is nobody's but ours.

    DRF's exception handler, as its settings name it.
    """
    if isinstance(error, Http404):
        error = NotFound(str(error) or "There is nothing at this address.")
    elif isinstance(error, PermissionDenied):
        error = Denied(str(error) or None)
    elif isinstance(error, AuthenticationFailed | NotAuthenticated):
        error = _too_often(context) or error
    answer = exception_handler(error, dict(context))
    if answer is None or not isinstance(error, APIException):
        return answer
    kind = "invalid" if isinstance(error, ValidationError) else error.default_code
    if kind == "error":
        kind = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    fields = list(_fields(error.detail)) if isinstance(error, ValidationError) else []
    detail = " ".join(_said(one) for one in fields) if fields else _text(error.detail)
    problem = problem_response(error.status_code, kind, detail, fields)
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if name in answer:
            problem[name] = answer[name]
    return problem


def _too_often(context: Mapping[str, Any]) -> Throttled | None:
    """Refused sign-ins are counted too; DRF would count only requests that are let in."""
    rate = AddressRate()
    if rate.allow_request(context["request"], context["view"]):
        return None
    return Throttled(rate.wait())


def problem_response(
    status: int, kind: str, detail: str, fields: list[dict[str, str]] | None = None
) -> Response:
    """An answer with problem details."""
    body = {
        "type": f"{KIND}{kind}",
        "title": TITLES.get(kind, kind.replace("_", " ").capitalize()),
        "status": int(status),
        "detail": detail,
    }
    if fields:
        return Response(body | {"errors": fields}, status=status, content_type=MEDIA_TYPE)
    return Response(body, status=status, content_type=MEDIA_TYPE)


def _fields(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            whole = name == "non_field_errors"
            yield from _fields(inner, path if whole else f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _fields(inner, f"{path}.{number}" if nested and path else path)
    else:
        yield {"field": path, "message": str(detail)}


def _said(problem: Mapping[str, str]) -> str:
    return f"{problem['field']}: {problem['message']}" if problem["field"] else problem["message"]


def _text(detail: Any) -> str:
    return " ".join(map(str, detail)) if isinstance(detail, list) else str(detail)

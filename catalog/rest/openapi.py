"""The OpenAPI document: what every operation of the API has in common."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.permissions import SAFE_METHODS

from catalog.rest.once import HEADER
from catalog.rest.problems import MEDIA_TYPE, Problem

SAID = {
    400: "The request cannot be used; `errors` names each field.",
    401: "Nobody is signed in, or the token does not hold.",
    403: "Your role or the token's scopes do not allow it.",
    404: "There is no such thing.",
    406: "Only JSON can be had.",
    409: "Not possible as things are.",
    412: "It has changed since the ETag of If-Match.",
    415: "The body is not of a type that is read here.",
    422: "The Idempotency-Key was used for another request.",
    429: "Too many requests in a minute; `Retry-After` says in how many seconds to go on.",
    503: "Nobody answers now: ask again after the seconds of `Retry-After`.",
}
"""{status: when it comes}"""
ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200], description="Names what it looks like now."
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The ETag of what you have: 304 if it is that."
)
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag of what you saw: 412 if it has changed."
)
RETRY_AFTER = OpenApiParameter(
    "Retry-After", int, OpenApiParameter.HEADER, response=[429, 503], description="Seconds to wait."
)
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[ -~]+$"},
    OpenApiParameter.HEADER,
    description="A key of its own for each write: sent again, it gets the same answer and changes nothing.",
)


class ApiSchema(AutoSchema):
    """Adds the answers that any operation may give, ETags, and the keys of writes."""

    def get_override_parameters(self) -> list[Any]:
        """The view's own; ETags where one row is read or changed, and on writes the Idempotency-Key."""
        own = list(super().get_override_parameters())
        if self._is_one:
            own += [ETAG, IF_NONE_MATCH]
        if self._writes:
            own.append(IDEMPOTENCY_KEY)
            own += [IF_MATCH] if self._is_about_one else []
        return [*own, RETRY_AFTER]

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        answers: dict[str, Any] = super()._get_response_bodies(direction)
        if self._is_one:
            answers["304"] = {"description": "You have it already."}
        for status in self._problems():
            if str(status) not in answers:
                said = OpenApiResponse(Problem, description=SAID[status])
                answers[str(status)] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    said, str(status), [MEDIA_TYPE]
                )
        return answers

    def _problems(self) -> list[int]:
        codes = [400, 401, 403, 406, 429]
        if self._is_about_one:
            codes.append(404)
        if self._writes:
            codes += [409, 412, 415, 422]
        elif self.method not in SAFE_METHODS:
            codes += [409, 415, 503]
        return codes

    @property
    def _writes(self) -> bool:
        """Whether it changes anything: a view that reads by POST says so (`reads`)."""
        return self.method not in SAFE_METHODS and not getattr(self.view, "reads", False)

    @property
    def _is_one(self) -> bool:
        return getattr(self.view, "action", "") == "retrieve"

    @property
    def _is_about_one(self) -> bool:
        return "{" in self.path

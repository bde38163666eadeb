"""Requests that were refused, recorded: somebody who tries doors is seen."""

from collections.abc import Callable
from http import HTTPStatus

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record

UNKNOWN = "unknown address"


def refusals_recorded(get_response: Callable[[HttpRequest], HttpResponseBase]) -> object:
    """The middleware that records what people who signed in were refused; by the address's name, as the
    site's log has it: the address itself may hold a secret."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code == HTTPStatus.FORBIDDEN and request.user.is_authenticated:
            _record(request)
        return response

    return middleware


@transaction.atomic
def _record(request: HttpRequest) -> None:
    view = request.resolver_match.view_name if request.resolver_match else UNKNOWN
    event_record(
        Action.ACCESS_DENIED, kind=Kind.ADDRESS, key=view, name=view, after={"method": request.method}
    )

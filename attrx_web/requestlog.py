"""A line of the log for each request, by the name of its address: the address itself may hold a token."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

logger = logging.getLogger("attrx.request")

QUIET = {"healthz", "readyz", "metrics"}
"""Names of addresses that machines ask for every few seconds."""
UNKNOWN = "unknown address"


def request_log(get_response: Callable[[HttpRequest], HttpResponseBase]) -> object:
    """The middleware that writes method, name, status and milliseconds until the answer began."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = get_response(request)
        view = request.resolver_match.view_name if request.resolver_match else UNKNOWN
        if view not in QUIET:
            milliseconds = round(1000 * (time.perf_counter() - started), 1)
            logger.info(
                "%s %s %s in %s ms",
                *(request.method, view, response.status_code, milliseconds),
                extra={
                    "method": request.method,
                    "view": view,
                    "status": response.status_code,
                    "ms": milliseconds,
                },
            )
        return response

    return middleware

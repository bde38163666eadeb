"""Metrics for Prometheus: for whoever has the token, and for nobody where there is none."""

import hmac

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from training.monitoring import gauges

REFUSED = "Send the token of ATTRX_METRICS_TOKEN: Authorization: Bearer ...\n"


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """What every process of this web server has counted, and the gauges of this moment.

    Roles do not matter here: figures of the whole site are no page's.
    """
    token = settings.ATTRX_METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return HttpResponseForbidden(REFUSED, content_type="text/plain")
    response: HttpResponse = ExportToDjangoView(request)
    response.content += gauges()
    return response

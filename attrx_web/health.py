"""Probes: /healthz says that the process answers, /readyz that it can work."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from attrx_web.redis_probe import redis_problem


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database and Redis answer, otherwise 503; the body says what each of them answered."""
    checks = {"database": _database_problem(), "redis": redis_problem(settings.ATTRX_REDIS_URL)}
    ready = not any(checks.values())
    return JsonResponse(
        {"status": "ok" if ready else "unavailable"}
        | {name: problem or "ok" for name, problem in checks.items()},
        status=200 if ready else 503,
    )


def _database_problem() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return type(error).__name__
    return ""

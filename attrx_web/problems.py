"""Problem details (RFC 9457) where no view of the API is reached: catalog.rest.problems has the others."""

from django.http import HttpRequest, JsonResponse

MEDIA_TYPE = "application/problem+json"
KIND = "urn:attrx:problem:"


def is_api(request: HttpRequest) -> bool:
    """A program asks, and not somebody with a browser."""
    return request.path.startswith("/api/")


def problem_json(status: int, kind: str, *, title: str, detail: str) -> JsonResponse:
    """The answer with this status.

    Args:
        kind: for programs; the last part of a URN.
        title: the kind in words, always the same.
        detail: what is wrong this time, and the remedy.
    """
    body = {"type": f"{KIND}{kind}", "title": title, "status": int(status), "detail": detail}
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE)

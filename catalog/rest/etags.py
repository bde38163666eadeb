"""ETags: what a row looked like when somebody read it, so that nobody changes what they have not seen."""

import hashlib
import json
import re
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.rest.problems import Stale

TAG = re.compile(r'"[^"]*"')


def etag_of(shown: Any) -> str:
    """The strong ETag of a representation."""
    text = json.dumps(shown, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def tagged(request: Request, shown: Any) -> Response:
    """The representation with its ETag; 304 to who has it already."""
    tag = etag_of(shown)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if _names(request.headers.get("If-None-Match", ""), tag):
        return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(shown, headers=headers)


def check_match(request: Request, shown: Any) -> None:
    """Go on where the request's If-Match names what is shown, or where it has none.

    Raises:
        Stale: where it names something else.
    """
    given = request.headers.get("If-Match")
    if given is not None and not _names(given, etag_of(shown)):
        raise Stale


def _names(header: str, tag: str) -> bool:
    return header.strip() == "*" or tag in TAG.findall(header.replace("W/", ""))

"""Photos, served."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from catalog.selectors import image_get, image_sha256

YEAR_SECONDS = 365 * 24 * 3600


def _etag(request: HttpRequest, image_id: int, **_: Any) -> str | None:
    sha256 = image_sha256(image_id)
    return f'"{sha256}"' if sha256 else None


# An import that changes a photo gives it a new id, so what an address answers never changes.
@require_safe
@login_required
@cache_control(private=True, immutable=True, max_age=YEAR_SECONDS)
@condition(etag_func=_etag)
def image_file(request: HttpRequest, image_id: int) -> FileResponse:
    """The photo's file, to be cached for good."""
    return FileResponse(image_get(image_id).file.open("rb"))

"""Photos, served."""

from pathlib import PurePosixPath

from django.http import Http404, HttpRequest
from django.http.response import FileResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from attrx_web.roles import Role, role_required
from catalog.imaging.naming import Size
from catalog.imaging.storage import media_open
from catalog.selectors import photo_shown

YEAR_SECONDS = 365 * 24 * 3600
CONTENT_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


@require_safe
@role_required(*Role)
def photo(request: HttpRequest, sha256: str, size: str) -> HttpResponseBase:
    """The photo in this size, to be cached for good: its address says what it shows.

    Until the size has been made, the stored file stands in for it and is asked for again each time.
    """
    shown = photo_shown(sha256=sha256, size=Size(size))
    if shown is None:
        raise Http404("There is no such photo.")
    etag = f'"{sha256}-{shown.shows}"'
    response = get_conditional_response(request, etag=etag) or _file(shown.name)
    response.headers["ETag"] = etag
    if shown.final:
        patch_cache_control(response, private=True, immutable=True, max_age=YEAR_SECONDS)
    else:
        patch_cache_control(response, private=True, no_cache=True)
    return response


def _file(name: str) -> HttpResponseBase:
    path = PurePosixPath(name)
    try:
        return FileResponse(media_open(name), filename=path.name, content_type=CONTENT_TYPES[path.suffix])
    except FileNotFoundError as error:
        raise Http404("The photo's file is missing.") from error

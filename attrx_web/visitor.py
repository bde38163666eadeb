"""Where a request comes from. A leaf: it imports no app."""

from contextlib import suppress
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The address of the browser, or of the first proxy that is not ours; None behind a socket file.

    Our own proxies each add an entry to X-Forwarded-For; what stands before theirs is what the visitor says,
    and not heeded.
    """
    address = str(request.META.get("REMOTE_ADDR") or "")
    said = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",") if one.strip()]
    trusted: int = settings.ATTRX_PROXIES
    for one in (said[-min(trusted, len(said))] if trusted and said else address, address):
        with suppress(ValueError):
            return str(ip_address(one))
    return None

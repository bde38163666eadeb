"""Alerts by webhook: a signed POST, behind the same guard as photos that are fetched."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

import httpcore2
from django.conf import settings

from catalog.imaging.errors import ImageError
from catalog.imaging.guard import GuardedBackend, deadline, look_up

SECONDS = 15.0
"""An answer takes no longer."""
PROBLEMS = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError)


class DeliveryError(Exception):
    """A message that did not arrive, in words."""


def webhook_post(
    content: Mapping[str, Any],
    *,
    delivery_id: int,
    resolve: Callable[[str, int], list[str]] = look_up,
) -> None:
    """POST the content as JSON to the site's webhook.

    The receiver takes the header X-Attrx-Timestamp, a full stop and the body, computes their HMAC-SHA-256
    with the secret, and compares it with X-Attrx-Signature. X-Attrx-Delivery stays the same on every try.

    Raises:
        DeliveryError: when there is no webhook, it lies inside the own network, or answers other than 2xx.
    """
    hook = settings.ATTRX_WEBHOOK
    if hook is None:
        raise DeliveryError("There is no webhook: set ATTRX_WEBHOOK_URL.")
    body = json.dumps(content, ensure_ascii=False).encode()
    timestamp = str(int(time.time()))
    headers: dict[bytes | str, bytes | str] = {
        "Content-Type": "application/json",
        "User-Agent": f"attrx/{version('attrx')}",
        "X-Attrx-Delivery": str(delivery_id),
        "X-Attrx-Timestamp": timestamp,
        "X-Attrx-Signature": f"sha256={signature(hook.secret, timestamp, body)}",
    }
    token = deadline.set(time.monotonic() + SECONDS)
    backend = GuardedBackend(allowed=settings.ATTRX_FETCH_ALLOW, resolve=resolve)
    try:
        with (
            httpcore2.ConnectionPool(network_backend=backend) as pool,
            pool.stream("POST", hook.url, headers=headers, content=body) as response,
        ):
            status = response.status
    except ImageError as error:
        raise DeliveryError(f"The webhook is not asked: {error}.") from error
    except PROBLEMS as error:
        raise DeliveryError(f"The webhook does not answer ({type(error).__name__}).") from error
    finally:
        deadline.reset(token)
    if not 200 <= status < 300:
        raise DeliveryError(f"The webhook answers {status}.")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA-256 of the timestamp, a full stop and the body, in hexadecimal."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()

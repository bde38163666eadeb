"""What those who run the site set: the form of its log, who may read its metrics, how many may wait."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

from attrx_web.env.errors import EnvError

LogForm = Literal["line", "json"]

SHORTEST_TOKEN = 16
MOST_WAITERS = 1000
SHORTEST_SECRET = 6
"""Characters. What is shorter is no secret, and masking it would take words out of the log."""
URLS = ("DATABASE_URL", "REDIS_URL", "ATTRX_MAIL_URL")
"""Variables that may hold a password before the host."""
SECRETS = (
    *("ATTRX_SECRET_KEY", "ATTRX_TEACHER_KEY", "ATTRX_WEBHOOK_SECRET", "ATTRX_METRICS_TOKEN"),
    "ATTRX_OIDC_SECRET",
    *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
)
"""Variables that are a secret as a whole."""


@dataclass(frozen=True)
class Operations:
    """How the site is watched."""

    log: LogForm
    metrics_token: str = field(repr=False)
    """Empty: nobody may read the metrics."""
    secrets: tuple[str, ...] = field(repr=False)
    """Everything that the log must never show, longest first."""
    predict_waiters: int = 2
    """Requests of a web process that may wait for a model at once."""


def read_operations(environ: Mapping[str, str], *, debug: bool, secret_key: str) -> Operations:
    """The log's form, the metrics' token, and what is secret.

    Raises:
        EnvError: for a form that does not exist, a token that can be guessed, and a number that is none.
    """
    log = environ.get("ATTRX_LOG", "").strip() or ("line" if debug else "json")
    if log not in ("line", "json"):
        raise EnvError(f"ATTRX_LOG is {log!r}: set it to line (for people) or json (for machines)")
    token = environ.get("ATTRX_METRICS_TOKEN", "").strip()
    if token and len(token) < SHORTEST_TOKEN:
        raise EnvError(
            f"ATTRX_METRICS_TOKEN has {len(token)} characters: set it to {SHORTEST_TOKEN} or more random "
            "ones, which Prometheus sends as a bearer token, or unset it to show metrics to nobody"
        )
    waiters = environ.get("ATTRX_PREDICT_WAITERS", "").strip() or "2"
    if not (waiters.isascii() and waiters.isdigit() and 1 <= int(waiters) <= MOST_WAITERS):
        raise EnvError(
            f"ATTRX_PREDICT_WAITERS is {waiters!r}: give how many threads of a web process may wait for "
            f"predictions, from 1 to {MOST_WAITERS}; the others serve pages"
        )
    return Operations("json" if log == "json" else "line", token, _secrets(environ, secret_key), int(waiters))


def _secrets(environ: Mapping[str, str], secret_key: str) -> tuple[str, ...]:
    found = {secret_key, *(environ.get(name, "").strip() for name in SECRETS)}
    for name in URLS:
        password = urlsplit(environ.get(name, "")).password or ""
        found |= {password, unquote(password)}
    return tuple(sorted((one for one in found if len(one) >= SHORTEST_SECRET), key=len, reverse=True))

"""How alerts leave the site: a mail server, a webhook, and the site's own address for their links."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from attrx_web.env.errors import EnvError, without_password

ADDRESS = re.compile(r"[^\s@,<>]+@[^\s@,<>]+")
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class Mail:
    """A mail server, and who mails are from."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: str
    use_ssl: bool
    """From the first byte; else STARTTLS, unless `plain`."""
    plain: bool


@dataclass(frozen=True)
class Webhook:
    """Where alerts are posted, and what they are signed with."""

    url: str
    secret: str = field(repr=False)


def read_mail(environ: Mapping[str, str]) -> Mail | None:
    """None: no mails are sent."""
    url = environ.get("ATTRX_MAIL_URL", "").strip()
    if not url:
        return None
    said = f"ATTRX_MAIL_URL is {without_password(url)!r}"
    remedy = "set it to smtp://user:password@host:587?from=attrx@example.org, or unset it to send no mails"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise EnvError(f"{said}, which cannot be read: {remedy}") from error
    options = dict(parse_qsl(parts.query))
    if parts.scheme not in PORTS or not parts.hostname or set(options) - {"from", "plain"}:
        raise EnvError(f"{said}, which names no mail server: {remedy}")
    if not ADDRESS.fullmatch(options.get("from", "")):
        raise EnvError(f"{said}, which does not say who mails are from: {remedy}")
    return Mail(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender=options["from"],
        use_ssl=parts.scheme == "smtps",
        plain=options.get("plain") == "1",
    )


def read_webhook(environ: Mapping[str, str]) -> Webhook | None:
    """None: nothing is posted."""
    url = environ.get("ATTRX_WEBHOOK_URL", "").strip()
    if not url:
        return None
    said = f"ATTRX_WEBHOOK_URL is {without_password(url)!r}"
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise EnvError(f"{said}, which cannot be read: set it to https://host/path") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise EnvError(f"{said}, which is no address to post to: set it to https://host/path")
    secret = environ.get("ATTRX_WEBHOOK_SECRET", "").strip()
    if len(secret) < 16:
        raise EnvError(
            f"ATTRX_WEBHOOK_SECRET has {len(secret)} characters, and ATTRX_WEBHOOK_URL needs it: set it to "
            "16 or more random ones, which the receiver knows as well"
        )
    return Webhook(url, secret)


def read_site_url(environ: Mapping[str, str], host: str, *, debug: bool) -> str:
    """The address of the site as mails name it, without a slash at its end."""
    url = environ.get("ATTRX_SITE_URL", "").strip().rstrip("/")
    if not url:
        return "http://127.0.0.1:8000" if debug else f"https://{host.lstrip('.')}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EnvError(f"ATTRX_SITE_URL is {url!r}, which is no address: set it to https://attrx.example.org")
    return url

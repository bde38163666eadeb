"""Who comes in, and how often: single sign-on, second factors, limits, and the proxies before the site."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from attrx_web.env.errors import EnvError

ROLES = ("viewer", "annotator", "reviewer", "admin")
RATE = re.compile(r"[1-9]\d{0,6}")


@dataclass(frozen=True)
class SingleSignOn:
    """An OpenID Connect issuer that vouches for people."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    name: str
    """On the button."""
    claim: str
    """Which claim says the role; empty: none does."""
    roles: Mapping[str, str]
    """{value of the claim: role}"""
    default_role: str
    """Of people whom nothing else gives one; empty: they are turned away."""


@dataclass(frozen=True)
class Accounts:
    """How people and programs come in."""

    single_sign_on: SingleSignOn | None
    second_factor: frozenset[str]
    """Roles that need a second factor."""
    proxies: int
    """How many proxies of one's own stand before the site and add to X-Forwarded-For."""
    sign_in_rate: int
    """Attempts a minute from one address."""
    api_rate: int
    """Requests a minute of one person or token."""
    api_rate_anonymous: int
    """Requests a minute from one address of nobody who is signed in."""


def read_accounts(environ: Mapping[str, str], *, debug: bool) -> Accounts:
    """Everything about sign-in.

    Raises:
        EnvError: for the first variable that cannot be used.
    """
    return Accounts(
        single_sign_on=_single_sign_on(environ, debug=debug),
        second_factor=frozenset(_role(environ, "ATTRX_REQUIRE_MFA", one) for one in _listed(environ)),
        proxies=_number(environ, "ATTRX_PROXIES", 0 if debug else 1, least=0),
        sign_in_rate=_number(environ, "ATTRX_SIGN_IN_RATE", 30),
        api_rate=_number(environ, "ATTRX_API_RATE", 1200),
        api_rate_anonymous=_number(environ, "ATTRX_API_RATE_ANONYMOUS", 60),
    )


def _listed(environ: Mapping[str, str]) -> list[str]:
    return [one.strip() for one in environ.get("ATTRX_REQUIRE_MFA", "").split(",") if one.strip()]


def _role(environ: Mapping[str, str], name: str, role: str) -> str:
    if role not in ROLES:
        raise EnvError(f"{name} is {environ.get(name)!r}, and {role!r} is no role: use {', '.join(ROLES)}")
    return role


def _number(environ: Mapping[str, str], name: str, otherwise: int, *, least: int = 1) -> int:
    text = environ.get(name, "").strip() or str(otherwise)
    if not (text == "0" and least == 0) and not RATE.fullmatch(text):
        raise EnvError(f"{name} is {text!r}: set it to a whole number from {least}, or unset it")
    return int(text)


def _single_sign_on(environ: Mapping[str, str], *, debug: bool) -> SingleSignOn | None:
    issuer = environ.get("ATTRX_OIDC_ISSUER", "").strip().rstrip("/")
    if not issuer:
        return None
    parts = urlsplit(issuer)
    if parts.scheme not in (("http", "https") if debug else ("https",)) or not parts.hostname:
        raise EnvError(
            f"ATTRX_OIDC_ISSUER is {issuer!r}, which is no issuer: set it to https://login.example.org/realm"
        )
    client_id = environ.get("ATTRX_OIDC_CLIENT_ID", "").strip()
    secret = environ.get("ATTRX_OIDC_SECRET", "").strip()
    for name, value in (("ATTRX_OIDC_CLIENT_ID", client_id), ("ATTRX_OIDC_SECRET", secret)):
        if not value:
            raise EnvError(f"{name} is not set, and ATTRX_OIDC_ISSUER needs it: ask the issuer for it")
    default = environ.get("ATTRX_OIDC_DEFAULT_ROLE", "").strip()
    return SingleSignOn(
        issuer=issuer,
        client_id=client_id,
        secret=secret,
        name=environ.get("ATTRX_OIDC_NAME", "").strip() or parts.hostname,
        claim=environ.get("ATTRX_OIDC_ROLE_CLAIM", "").strip(),
        roles=_claimed(environ),
        default_role=_role(environ, "ATTRX_OIDC_DEFAULT_ROLE", default) if default else "",
    )


def _claimed(environ: Mapping[str, str]) -> dict[str, str]:
    text = environ.get("ATTRX_OIDC_ROLES", "").strip()
    if not text:
        return {role: role for role in ROLES}
    pairs = [one.rpartition("=") for one in text.split(",")]
    if not all(value.strip() and sign for value, sign, _ in pairs):
        raise EnvError(
            f"ATTRX_OIDC_ROLES is {text!r}: list what the claim says and the role, like "
            "catalogue-admins=admin,catalogue-team=annotator"
        )
    return {value.strip(): _role(environ, "ATTRX_OIDC_ROLES", role.strip()) for value, _, role in pairs}

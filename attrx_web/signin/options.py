"""Settings of sign-in that are made of the environment."""

from typing import Any

from attrx_web.env import Accounts, SingleSignOn

PROVIDER = "single-sign-on"


def page_rates(accounts: Accounts) -> dict[str, str]:
    """How often pages of sign-in may be sent, as allauth spells it: the longest wait is a minute.

    Wrong passwords and codes of one account are counted apart: five in five minutes.
    """
    address = f"{accounts.sign_in_rate}/m/ip"
    return {
        **dict.fromkeys(("login", "signup", "reset_password_from_key", "invitation"), address),
        "login_failed": f"{address},5/5m/key",
        "reset_password": f"{address},5/m/key",
        "change_password": "5/m/user",
        "reauthenticate": "10/m/user",
    }


def providers(issuer: SingleSignOn | None) -> dict[str, Any]:
    """The issuer as allauth is told of it."""
    if issuer is None:
        return {"openid_connect": {"APPS": []}}
    app = {
        "provider_id": PROVIDER,
        "name": issuer.name,
        "client_id": issuer.client_id,
        "secret": issuer.secret,
        "settings": {"server_url": issuer.issuer},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}


def shared_cache(redis_url: str) -> dict[str, Any]:
    """What processes count together."""
    return {
        "BACKEND": "attrx_web.cache.SharedCache",
        "LOCATION": redis_url,
        "KEY_PREFIX": "attrx",
        "OPTIONS": {"socket_timeout": 1.0},
    }

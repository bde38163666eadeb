"""How often a program may call: a person with all their tokens, and an address without a person."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class PersonRate(SimpleRateThrottle):
    """Requests a minute of one person, by session or by any of their tokens."""

    scope = "api"

    def get_rate(self) -> str:
        """As ATTRX_API_RATE says."""
        return f"{settings.ATTRX_API_RATE}/min"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """What is counted together; None: nobody is signed in."""
        if not request.user or not request.user.is_authenticated:
            return None
        return f"api-rate-person-{request.user.pk}"


class AddressRate(SimpleRateThrottle):
    """Requests a minute from one address, of nobody who is signed in: wrong tokens count as well."""

    scope = "api-anonymous"

    def get_rate(self) -> str:
        """As ATTRX_API_RATE_ANONYMOUS says."""
        return f"{settings.ATTRX_API_RATE_ANONYMOUS}/min"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """What is counted together; None: somebody is signed in."""
        if request.user and request.user.is_authenticated:
            return None
        return f"api-rate-address-{self.get_ident(request)}"

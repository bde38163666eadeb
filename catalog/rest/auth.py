"""Sign-in of programs: a person's token in the Authorization header."""

from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from knox.settings import knox_settings
from rest_framework.exceptions import AuthenticationFailed

from catalog.models import ApiToken


# knox has no types.
class BearerAuthentication(TokenAuthentication):  # type: ignore[misc]
    """`Authorization: Bearer attrx_...`"""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        """The token's person and the token.

        Raises:
            AuthenticationFailed: for a token that there is not (any more), or whose person is inactive.
        """
        if not (token.isascii() and token.startswith(knox_settings.TOKEN_PREFIX.encode())):
            raise AuthenticationFailed("This is no token of attrx: make one on the page of your tokens.")
        try:
            found: tuple[User, ApiToken] = super().authenticate_credentials(token)
        except AuthenticationFailed as error:
            raise AuthenticationFailed(
                "The token is unknown, revoked or expired: make a new one on the page of your tokens."
            ) from error
        return found


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document says it."""

    target_class = "catalog.rest.auth.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The security scheme."""
        return {"type": "http", "scheme": "bearer", "description": "A token of yours, made on /tokens/."}

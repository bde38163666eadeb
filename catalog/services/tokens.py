"""Writes of people's tokens for programs."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from catalog.errors import CatalogError
from catalog.models import ApiToken
from catalog.rest.scopes import Scope
from catalog.schema.codes import NAME_LENGTH

MOST_DAYS = 365
MOST_TOKENS = 50
"""Of a person."""


@transaction.atomic
def token_make(*, person: User, name: str, scopes: Collection[Scope], days: int) -> tuple[ApiToken, str]:
    """Make a token; returns it with its text, which nobody can show again.

    Raises:
        CatalogError: for a token without name or scope, or one that holds too long.
    """
    name = name.strip()
    if not name or len(name) > NAME_LENGTH:
        raise CatalogError(f"name is {name!r}: say in 1 to {NAME_LENGTH} characters what the token is for")
    if not scopes:
        raise CatalogError("no scope is chosen: a token that may do nothing is of no use")
    if not 1 <= days <= MOST_DAYS:
        raise CatalogError(f"days is {days}: a token holds from 1 to {MOST_DAYS} days")
    ApiToken.objects.filter(user=person, expiry__lte=timezone.now()).delete()
    if ApiToken.objects.filter(user=person).count() >= MOST_TOKENS:
        raise CatalogError(f"you have {MOST_TOKENS} tokens: revoke one that is of no use any more")
    made: tuple[ApiToken, str] = ApiToken.objects.create(
        person,
        expiry=timedelta(days=days),
        name=name,
        scopes=[scope.value for scope in Scope if scope in scopes],
    )
    token, _ = made
    given = {"person": person.get_username(), "scopes": token.scopes, "expires": token.expiry}
    event_record(Action.TOKEN_MADE, kind=Kind.TOKEN, key=token.number, name=name, by=person, after=given)
    return made


@transaction.atomic
def token_revoke(*, person: User, number: UUID) -> bool:
    """End a token of the person at once. False when they have none with this number."""
    token = ApiToken.objects.select_for_update().filter(user=person, number=number).first()
    if token is None:
        return False
    token.delete()
    event_record(Action.TOKEN_REVOKED, kind=Kind.TOKEN, key=number, name=token.name, by=person)
    return True

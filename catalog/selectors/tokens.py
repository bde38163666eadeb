"""Reads of people's tokens."""

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from catalog.models import ApiToken


def tokens_of(person: User) -> "QuerySet[ApiToken]":
    """The person's tokens that hold, newest first."""
    rows: QuerySet[ApiToken] = ApiToken.objects.filter(user=person, expiry__gt=timezone.now())
    return rows

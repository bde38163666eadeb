"""What programs bring and get: tokens of people, and answers that were given once."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from knox.models import AbstractAuthToken

from catalog.schema.codes import NAME_LENGTH

IDEMPOTENCY_KEY_LENGTH = 100
FINGERPRINT_LENGTH = 64
KEPT_FOR = timedelta(days=7)
"""How long an answer is known by its key."""


def _kept_until() -> datetime:
    return timezone.now() + KEPT_FOR


# knox has no types.
class ApiToken(AbstractAuthToken):  # type: ignore[misc]
    """A person's token for programs: only its digest is kept."""

    number = models.UUIDField(default=uuid4, editable=False, help_text="Names it in addresses.")
    name = models.CharField(max_length=NAME_LENGTH, help_text="What it is for, in its person's words.")
    scopes = models.JSONField(default=list, help_text="What it may do, as catalog.rest.scopes.Scope.")

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="catalog_apitoken_number_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="catalog_apitoken_name_given"),
            models.CheckConstraint(condition=Q(expiry__isnull=False), name="catalog_apitoken_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"


class GivenAnswer(models.Model):
    """The answer to a write with an Idempotency-Key, kept in the transaction of the write itself."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="given_answers")
    key = models.CharField(max_length=IDEMPOTENCY_KEY_LENGTH)
    fingerprint = models.CharField(
        max_length=FINGERPRINT_LENGTH, help_text="SHA-256 of method, address and body."
    )
    code = models.PositiveSmallIntegerField(default=0, help_text="The HTTP status.")
    headers = models.JSONField(default=dict, blank=True)
    body = models.JSONField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(default=_kept_until)

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="catalog_givenanswer_once"),
            models.CheckConstraint(condition=~Q(key=""), name="catalog_givenanswer_key_given"),
        ]
        indexes = [models.Index(fields=["expires"], name="catalog_givenanswer_expires")]

    def __str__(self) -> str:
        return self.key

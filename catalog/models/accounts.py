"""Invitations: how people come to have an account."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from catalog.models.api import FINGERPRINT_LENGTH


class Invitation(models.Model):
    """A link that lets one person make an account, once: only the digest of its secret is kept."""

    number = models.UUIDField(default=uuid4, editable=False, help_text="Names it in addresses.")
    digest = models.CharField(max_length=FINGERPRINT_LENGTH, help_text="SHA-256 of the link's secret.")
    email = models.EmailField(blank=True, help_text="Whom it is for; the account gets it.")
    roles = models.JSONField(help_text="What the person will be, as attrx_web.roles.Role.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="invitations_made"
    )
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    mailed = models.DateTimeField(null=True, blank=True)
    accepted = models.DateTimeField(null=True, blank=True)
    accepted_by = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="invitation"
    )
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="catalog_invitation_number_unique"),
            models.UniqueConstraint(fields=["digest"], name="catalog_invitation_digest_unique"),
            models.CheckConstraint(
                condition=Q(accepted__isnull=True) | Q(revoked__isnull=True),
                name="catalog_invitation_one_end",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by__isnull=True) | Q(accepted__isnull=False),
                name="catalog_invitation_accepted_when",
            ),
        ]

    def __str__(self) -> str:
        return self.email or f"invitation {self.number}"

    @property
    def is_open(self) -> bool:
        """Whether it still lets somebody in."""
        return self.accepted is None and self.revoked is None and self.expires > timezone.now()

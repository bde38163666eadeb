"""What changed about accepted answers, in an order that nothing is added to behind its end."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from catalog.models import Attribute, Listing


class AcceptedChange(models.Model):
    """The last change of a question's accepted answer, or of those to a whole attribute.

    A question has at most one row, an attribute one more: what changes again gets the next number.
    """

    listing = models.ForeignKey(
        Listing, models.CASCADE, null=True, blank=True, related_name="+", help_text="Empty: all of them."
    )
    attribute = models.ForeignKey(Attribute, models.CASCADE, related_name="+")
    number = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Its place; empty: the change is committed and has none yet."
    )
    changed = models.DateTimeField(help_text="When it was, or when it got its number.")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["listing", "attribute"], name="training_acceptedchange_once"),
            models.UniqueConstraint(
                fields=["attribute"],
                condition=Q(listing__isnull=True),
                name="training_acceptedchange_whole_once",
            ),
            models.UniqueConstraint(fields=["number"], name="training_acceptedchange_number_once"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(number__isnull=True), name="training_acceptedchange_new")
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.listing or 'all'} / {self.attribute}"


class ChangeCounter(models.Model):
    """The last number that a change got: one row, held by whoever gives numbers."""

    last = models.PositiveBigIntegerField(default=0)
    epoch = models.UUIDField(default=uuid4, help_text="Another one after a restore: numbers come again.")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.last)

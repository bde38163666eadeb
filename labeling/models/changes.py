"""Which labels changed, for whoever follows them."""

from django.db import models

from catalog.models import Attribute, Listing


class LabelChange(models.Model):
    """A question whose label was made or changed, until whoever follows labels has taken note of it.

    Written in the transaction of the label, so that it is there exactly when the label is.
    """

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="+", db_index=False)
    attribute = models.ForeignKey(Attribute, models.CASCADE, related_name="+", db_index=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.listing} / {self.attribute}"

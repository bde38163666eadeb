"""What exists: verticals with their attributes and allowed values, listings with their images."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from catalog.importing.codes import CODE_LENGTH, NAME_LENGTH
from catalog.splits import Split
from catalog.states import SPELLINGS


def _no_state(field: str) -> Q:
    spelled = Q()
    for spelling in SPELLINGS:
        spelled |= Q(**{f"{field}__iexact": spelling})
    return ~spelled


class Vertical(models.Model):
    """A product family with its own attributes."""

    code = models.CharField(max_length=CODE_LENGTH)
    label = models.CharField(max_length=NAME_LENGTH)
    position = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="catalog_vertical_code_unique"),
            models.CheckConstraint(condition=~Q(code=""), name="catalog_vertical_code_given"),
            models.CheckConstraint(condition=Q(position__gte=1), name="catalog_vertical_position_from_1"),
        ]

    def __str__(self) -> str:
        return self.label


class Attribute(models.Model):
    """A question about the listings of a vertical, with a closed list of values."""

    vertical = models.ForeignKey(Vertical, models.CASCADE, related_name="attributes")
    code = models.CharField(max_length=CODE_LENGTH)
    label = models.CharField(max_length=NAME_LENGTH)
    description = models.TextField(blank=True)
    guideline = models.TextField(blank=True, help_text="How people decide hard cases.")
    multi = models.BooleanField(default=False, help_text="Takes several values at once.")
    required = models.BooleanField(default=True, help_text="A listing is not done before this is answered.")
    position = models.PositiveIntegerField(default=1)
    weight = models.FloatField(default=1.0, help_text="How much the attribute counts against the others.")

    class Meta:
        ordering = ["vertical", "position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["vertical", "code"], name="catalog_attribute_code_unique"),
            models.CheckConstraint(condition=~Q(code=""), name="catalog_attribute_code_given"),
            models.CheckConstraint(condition=Q(position__gte=1), name="catalog_attribute_position_from_1"),
            models.CheckConstraint(condition=Q(weight__gte=0), name="catalog_attribute_weight_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.vertical} / {self.label}"


class Value(models.Model):
    """An allowed answer. One that labels refer to is retired, never deleted."""

    attribute = models.ForeignKey(Attribute, models.CASCADE, related_name="values")
    code = models.CharField(max_length=CODE_LENGTH)
    label = models.CharField(max_length=NAME_LENGTH)
    synonyms = models.JSONField(
        default=list, blank=True, help_text="Other names of the value, a list of texts."
    )
    position = models.PositiveIntegerField(default=1)
    retired = models.BooleanField(default=False, help_text="Kept for old labels, no longer offered.")

    class Meta:
        ordering = ["attribute", "position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["attribute", "code"], name="catalog_value_code_unique"),
            models.CheckConstraint(condition=~Q(code=""), name="catalog_value_code_given"),
            models.CheckConstraint(condition=_no_state("code"), name="catalog_value_code_is_no_state"),
            models.CheckConstraint(condition=_no_state("label"), name="catalog_value_label_is_no_state"),
            models.CheckConstraint(condition=Q(position__gte=1), name="catalog_value_position_from_1"),
        ]

    def __str__(self) -> str:
        return self.label


class Listing(models.Model):
    """One product of a vertical. Listings of one group are near-duplicates and share a split."""

    vertical = models.ForeignKey(Vertical, models.PROTECT, related_name="listings")
    external_id = models.CharField(max_length=NAME_LENGTH)
    title = models.TextField(blank=True)
    description = models.TextField(blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    split = models.CharField(
        max_length=4, choices=[(split.value, split.value) for split in Split], default=Split.POOL.value
    )
    group_key = models.CharField(max_length=NAME_LENGTH)

    class Meta:
        ordering = ["external_id"]
        constraints = [
            models.UniqueConstraint(fields=["external_id"], name="catalog_listing_external_id_unique"),
            models.CheckConstraint(condition=~Q(external_id=""), name="catalog_listing_external_id_given"),
            models.CheckConstraint(condition=~Q(group_key=""), name="catalog_listing_group_key_given"),
            models.CheckConstraint(
                condition=Q(split__in=[split.value for split in Split]), name="catalog_listing_split_known"
            ),
        ]
        indexes = [
            models.Index(fields=["vertical", "split"], name="catalog_listing_by_split"),
            models.Index(fields=["vertical", "group_key"], name="catalog_listing_by_group"),
        ]

    def __str__(self) -> str:
        return self.external_id


class Image(models.Model):
    """One photo of a listing; the file's name in the media storage is its content's hash."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="images")
    position = models.PositiveIntegerField(help_text="From 1, in the order in which the photos are shown.")
    file = models.FileField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        ordering = ["listing", "position"]
        constraints = [
            models.UniqueConstraint(fields=["listing", "position"], name="catalog_image_position_unique"),
            models.CheckConstraint(condition=Q(position__gte=1), name="catalog_image_position_from_1"),
            models.CheckConstraint(condition=Q(width__gte=1, height__gte=1), name="catalog_image_size_given"),
            models.CheckConstraint(
                condition=Exact(Length(F("sha256")), 64), name="catalog_image_sha256_is_64_long"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.listing} photo {self.position}"

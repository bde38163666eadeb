"""Listings and their photos."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.files import FieldFile
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils import timezone

from catalog.models.imports import Import
from catalog.models.schema import Vertical
from catalog.models.scopes import OfListing, Scoped
from catalog.schema.codes import NAME_LENGTH
from catalog.splits import Split

SHA256_LENGTH = 64
DIGEST_LENGTH = 32


class Photo(models.Model):
    """An image file, stored once however many listings show it."""

    sha256 = models.CharField(max_length=SHA256_LENGTH, help_text="Of the file as it came.")
    file = models.FileField(help_text="The file as it came, or upright 8-bit RGB where it was not that.")
    bytes = models.PositiveBigIntegerField(help_text="Of the stored file.")
    width = models.PositiveIntegerField(help_text="Pixels, upright.")
    height = models.PositiveIntegerField(help_text="Pixels, upright.")
    phash = models.BigIntegerField(null=True, help_text="Perceptual hash: 64 bits, read as a signed number.")
    rendered = models.DateTimeField(null=True, help_text="When its thumbnail and web size were made.")
    render_claimed = models.DateTimeField(
        null=True, help_text="When a job took it to make them; some time later another may."
    )
    render_error = models.TextField(blank=True, help_text="Why they cannot be made.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["sha256"], name="catalog_photo_sha256_unique"),
            models.CheckConstraint(
                condition=Exact(Length(F("sha256")), SHA256_LENGTH), name="catalog_photo_sha256_is_64_long"
            ),
            models.CheckConstraint(condition=Q(width__gte=1, height__gte=1), name="catalog_photo_size_given"),
            models.CheckConstraint(
                condition=Q(rendered=None) | Q(render_error=""), name="catalog_photo_rendered_or_failed"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(rendered=None), name="catalog_photo_to_render"),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class Listing(models.Model):
    """One product of a vertical. Listings of one group are near-duplicates and share a split."""

    # Composite indexes below begin with the columns that have no index of their own.
    vertical = models.ForeignKey(Vertical, models.PROTECT, related_name="listings", db_index=False)
    external_id = models.CharField(max_length=NAME_LENGTH)
    title = models.TextField(blank=True)
    description = models.TextField(blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    claims = models.JSONField(
        default=dict,
        blank=True,
        help_text="Answers that came with the listing and that nobody has confirmed: "
        "{attribute code: {values: [code], state: text, evidence: photo number or null}}.",
    )
    split = models.CharField(
        max_length=4, choices=[(split.value, split.value) for split in Split], default=Split.POOL.value
    )
    group_key = models.CharField(max_length=NAME_LENGTH)
    given_group = models.CharField(
        max_length=NAME_LENGTH, blank=True, help_text="The group that its import gave it."
    )
    trained_on = models.BooleanField(
        default=False, help_text="A round has learned from its group, which therefore can never become gold."
    )
    retired = models.BooleanField(default=False, help_text="Kept with its labels, no longer used.")
    digest = models.CharField(
        max_length=DIGEST_LENGTH, blank=True, help_text="Of everything that an import gave it."
    )
    first_import = models.ForeignKey(
        Import, models.SET_NULL, null=True, blank=True, related_name="created_listings"
    )
    last_import = models.ForeignKey(
        Import, models.SET_NULL, null=True, blank=True, related_name="listings", db_index=False
    )
    last_row = models.PositiveIntegerField(default=0, help_text="The row of its last import, from 1.")
    created = models.DateTimeField(default=timezone.now, editable=False)
    updated = models.DateTimeField(auto_now=True)

    objects = Scoped()

    class Meta:
        ordering = ["external_id"]
        constraints = [
            models.UniqueConstraint(fields=["external_id"], name="catalog_listing_external_id_unique"),
            models.CheckConstraint(condition=~Q(external_id=""), name="catalog_listing_external_id_given"),
            models.CheckConstraint(condition=~Q(group_key=""), name="catalog_listing_group_key_given"),
            models.CheckConstraint(
                condition=Q(split__in=[split.value for split in Split]), name="catalog_listing_split_known"
            ),
            models.CheckConstraint(
                condition=~Q(split=Split.GOLD.value, trained_on=True),
                name="catalog_listing_gold_never_trained_on",
            ),
        ]
        indexes = [
            models.Index(fields=["vertical", "split", "retired"], name="catalog_listing_by_split"),
            models.Index(fields=["vertical", "group_key"], name="catalog_listing_by_group"),
            models.Index(fields=["vertical", "id"], name="catalog_listing_by_vertical"),
            models.Index(fields=["created", "id"], name="catalog_listing_by_created"),
            models.Index(fields=["last_import", "id"], name="catalog_listing_by_import"),
            # Most filters ask for no more of a listing than this.
            models.Index(
                fields=["id", "vertical", "split"], condition=Q(retired=False), name="catalog_listing_in_use"
            ),
            models.Index(fields=["id"], condition=Q(retired=True), name="catalog_listing_retired"),
        ]

    def __str__(self) -> str:
        return self.external_id


class Image(models.Model):
    """A photo in its place in a listing."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="images", db_index=False)
    position = models.PositiveIntegerField(help_text="From 1, in the order in which the photos are shown.")
    photo = models.ForeignKey(Photo, models.PROTECT, related_name="images")
    source = models.TextField(blank=True, help_text="The path, archive member, key or address it came by.")

    objects = OfListing()

    class Meta:
        ordering = ["listing", "position"]
        constraints = [
            models.UniqueConstraint(fields=["listing", "position"], name="catalog_image_position_unique"),
            models.CheckConstraint(condition=Q(position__gte=1), name="catalog_image_position_from_1"),
        ]
        indexes = [
            models.Index(fields=["listing"], condition=Q(position=1), name="catalog_image_first"),
        ]

    def __str__(self) -> str:
        return f"{self.listing} photo {self.position}"

    @property
    def file(self) -> FieldFile:
        """The stored file, in the media storage."""
        return self.photo.file

    @property
    def sha256(self) -> str:
        """The SHA-256 that names the photo."""
        return self.photo.sha256


class SavedView(models.Model):
    """A name for a set of filters of the listings page."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=NAME_LENGTH)
    query = models.TextField(blank=True, help_text="The query string of the page, without the page's place.")
    shared = models.BooleanField(default=False, help_text="Everybody who may browse listings sees it.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="catalog_savedview_once"),
            models.CheckConstraint(condition=~Q(name=""), name="catalog_savedview_name_given"),
        ]

    def __str__(self) -> str:
        return self.name

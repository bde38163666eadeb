"""The schema: what is asked about the listings of a vertical, and every version that it had."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.schema.codes import CODE_LENGTH, NAME_LENGTH
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
    examples = models.JSONField(
        default=list, blank=True, help_text="Photos of the guideline: [{photo: SHA-256, caption: text}]."
    )
    multi = models.BooleanField(default=False, help_text="Takes several values at once.")
    required = models.BooleanField(default=True, help_text="A listing is not done before this is answered.")
    position = models.PositiveIntegerField(default=1)
    weight = models.FloatField(default=1.0, help_text="How much the attribute counts against the others.")
    retired = models.BooleanField(default=False, help_text="Kept for old labels, no longer asked.")

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


class SchemaVersion(models.Model):
    """The schema of a vertical as it was saved once. Never changed: labels remember which one they answer."""

    vertical = models.ForeignKey(Vertical, models.CASCADE, related_name="schema_versions")
    number = models.PositiveIntegerField(help_text="From 1, in each vertical.")
    content = models.JSONField(help_text="The vertical as schema.spec.VerticalSpec.to_json writes it.")
    note = models.TextField(blank=True, help_text="Why, or where it came from.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="schema_versions"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["vertical", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["vertical", "number"], name="catalog_schemaversion_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="catalog_schemaversion_number_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.vertical} schema {self.number}"


class SchemaDraft(models.Model):
    """Changes to a vertical's schema that nobody has saved yet; the vertical may be still to come."""

    code = models.CharField(max_length=CODE_LENGTH, help_text="The vertical's code.")
    content = models.JSONField(help_text="The vertical as schema.spec.VerticalSpec.to_json writes it.")
    base_number = models.PositiveIntegerField(
        default=0, help_text="The schema version that it started from; 0 for a new vertical."
    )
    edition = models.PositiveIntegerField(
        default=1, help_text="Counts the changes, so that two editors do not overwrite each other."
    )
    note = models.TextField(blank=True, help_text="Where it came from, and what could not be taken over.")
    log = models.JSONField(
        default=list,
        blank=True,
        help_text="What each edition changed: [{edition, by, at, changes: [sentence]}], the newest last.",
    )
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="schema_drafts"
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="catalog_schemadraft_code_unique"),
            models.CheckConstraint(condition=~Q(code=""), name="catalog_schemadraft_code_given"),
        ]

    def __str__(self) -> str:
        return f"draft of {self.code}"

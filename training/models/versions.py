"""Model versions, the aliases that point at them, and their predictions."""

from django.db import models
from django.db.models import F, Q

from catalog.models import Attribute, Listing
from catalog.models.scopes import OfAttribute
from catalog.states import State
from training.models.rounds import NAME_LENGTH, SHORT_LENGTH, Round


class AliasName(models.TextChoices):
    CHAMPION = "champion"
    CHALLENGER = "challenger"


class ModelVersion(models.Model):
    """The adapter that an iteration of a round made, on its base model."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="versions")
    iteration = models.PositiveIntegerField()
    base_model = models.CharField(max_length=NAME_LENGTH * 5, help_text="Folder or hub id.")
    adapter_path = models.CharField(max_length=NAME_LENGTH, help_text="Folder in the artifact storage.")
    manifest = models.JSONField(default=dict)
    size = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Bytes of the adapter's files; empty where nobody counted them."
    )
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="children",
        help_text="The version whose adapter it was trained on from; none: from the base model.",
    )
    files_removed = models.DateTimeField(
        null=True, blank=True, help_text="Since when the adapter's files are given up, to make room."
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["round", "iteration"]
        constraints = [
            models.UniqueConstraint(fields=["round", "iteration"], name="training_version_once"),
            models.CheckConstraint(condition=~Q(base_model=""), name="training_version_base_given"),
            models.CheckConstraint(condition=~Q(adapter_path=""), name="training_version_adapter_given"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")), name="training_version_not_own_parent"
            ),
        ]

    def __str__(self) -> str:
        # Its round's frozen inputs may be megabytes: they are not loaded for a name.
        first = "start" if self.parent_id else "SFT"
        return f"Round {self.round_id}, {f'iteration {self.iteration}' if self.iteration else first}"


class Alias(models.Model):
    """A name that points at one model version."""

    name = models.CharField(max_length=SHORT_LENGTH, choices=AliasName)
    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="aliases")
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "aliases"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["name"], name="training_alias_name_unique"),
            models.CheckConstraint(condition=Q(name__in=AliasName.values), name="training_alias_name_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.version}"


class Prediction(models.Model):
    """The vote of a model version's chains on one pool question."""

    model_version = models.ForeignKey(
        ModelVersion, models.CASCADE, related_name="predictions", db_index=False
    )
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="predictions", db_index=False)
    attribute = models.ForeignKey(Attribute, models.PROTECT, related_name="predictions")
    counts = models.JSONField(default=dict, help_text="{answer: chains}")
    chains = models.PositiveIntegerField()
    majority = models.TextField(blank=True, help_text="Empty where no chain ended in an allowed answer.")
    values = models.JSONField(default=list, blank=True, help_text="Value codes of the majority.")
    state = models.CharField(
        max_length=14,
        choices=[(state.value, state.value) for state in State],
        blank=True,
        help_text="The majority, where it is a state.",
    )
    agreement = models.FloatField(help_text="Top count / chains.")

    objects = OfAttribute()

    class Meta:
        ordering = ["model_version", "listing", "attribute"]
        constraints = [
            models.UniqueConstraint(
                fields=["model_version", "listing", "attribute"], name="training_prediction_once"
            ),
            models.CheckConstraint(condition=Q(chains__gte=1), name="training_prediction_has_chains"),
            models.CheckConstraint(
                condition=Q(agreement__gte=0, agreement__lte=1), name="training_prediction_agreement_is_share"
            ),
            models.CheckConstraint(
                condition=(Q(majority="") & Q(agreement=0)) | (~Q(majority="") & Q(agreement__gt=0)),
                name="training_prediction_majority_iff_agreement",
            ),
            models.CheckConstraint(
                condition=Q(state="") | Q(values=[], state__in=[state.value for state in State]),
                name="training_prediction_values_or_state",
            ),
        ]
        indexes = [
            models.Index(
                fields=["model_version", "attribute", "agreement", "listing"],
                name="training_prediction_by_vote",
            ),
            models.Index(
                fields=["model_version", "agreement", "listing"], name="training_prediction_by_share"
            ),
            models.Index(
                fields=["listing", "model_version", "agreement"], name="training_prediction_of_listing"
            ),
            models.Index(
                fields=["model_version", "attribute", "state", "listing"],
                condition=~Q(state=""),
                name="training_prediction_by_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.listing} / {self.attribute}: {self.majority or 'no answer'}"

"""What the model learned: rounds and their stages, model versions, predictions and metrics."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from catalog.models import (
    Attribute,
    Listing,
    SchemaVersion,
    Status,
    Vertical,
    Work,
    claim_constraints,
    work_constraints,
)
from catalog.states import State

NAME_LENGTH = 200
SHORT_LENGTH = 20
ZERO_SHOT = -1
"""The iteration of the base model's metrics: 0 is SFT's, 1 and up are DPO's."""


class Method(models.TextChoices):
    """How a gold question was answered: one greedy chain, or the majority of the sampled ones."""

    GREEDY = "greedy"
    MAJORITY = "majority"


class AliasName(models.TextChoices):
    CHAMPION = "champion"
    CHALLENGER = "challenger"


class Round(Work):
    """One run of the loop over frozen inputs."""

    params = models.JSONField(help_text="The loop's parameters, as training.ml reads them.")
    inputs = models.JSONField(
        help_text="Schema, listings, photos, labels, base model and code, frozen at the start."
    )
    artifact_path = models.CharField(max_length=NAME_LENGTH, help_text="Folder in the artifact storage.")
    stage_count = models.PositiveIntegerField(help_text="Stages when the loop is not stopped early.")
    note = models.TextField(blank=True, help_text="Why the loop stopped, where it stopped early.")
    schema_versions = models.ManyToManyField(
        SchemaVersion, related_name="rounds", help_text="The schemas that it was started under."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="rounds"
    )

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            *work_constraints("training_round", Status.values),
            *claim_constraints("training_round"),
            models.UniqueConstraint(fields=["artifact_path"], name="training_round_artifacts_own"),
        ]
        indexes = [models.Index(fields=["status", "heartbeat"], name="training_round_by_heartbeat")]

    def __str__(self) -> str:
        return f"Round {self.pk}"


class RoundStage(models.Model):
    """The ledger row of one stage of a round."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="stages")
    iteration = models.PositiveIntegerField(help_text="0 is everything before the first DPO.")
    name = models.CharField(max_length=SHORT_LENGTH)
    status = models.CharField(max_length=SHORT_LENGTH, choices=Status, default=Status.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0, help_text="0: not known yet.")
    result = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    started = models.DateTimeField(null=True, blank=True)
    heartbeat = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["round", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "iteration", "name"], name="training_stage_once"),
            *work_constraints("training_stage", [s for s in Status.values if s != Status.CANCELLED.value]),
            models.CheckConstraint(
                condition=Q(total=0) | Q(done__lte=F("total")), name="training_stage_done_within_total"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round}, iteration {self.iteration}, {self.name}"


class ModelVersion(models.Model):
    """The adapter that an iteration of a round made, on its base model."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="versions")
    iteration = models.PositiveIntegerField()
    base_model = models.CharField(max_length=NAME_LENGTH * 5, help_text="Folder or hub id.")
    adapter_path = models.CharField(max_length=NAME_LENGTH, help_text="Folder in the artifact storage.")
    manifest = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["round", "iteration"]
        constraints = [
            models.UniqueConstraint(fields=["round", "iteration"], name="training_version_once"),
            models.CheckConstraint(condition=~Q(base_model=""), name="training_version_base_given"),
            models.CheckConstraint(condition=~Q(adapter_path=""), name="training_version_adapter_given"),
        ]

    def __str__(self) -> str:
        return f"{self.round}, {'iteration ' + str(self.iteration) if self.iteration else 'SFT'}"


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


class Metric(models.Model):
    """Gold accuracy of one model on one slice: all, a vertical, or an attribute of it."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="metrics")
    iteration = models.IntegerField(help_text="-1 zero-shot, 0 SFT, then the DPO iterations.")
    method = models.CharField(max_length=SHORT_LENGTH, choices=Method)
    vertical = models.ForeignKey(Vertical, models.PROTECT, null=True, blank=True, related_name="metrics")
    attribute = models.ForeignKey(Attribute, models.PROTECT, null=True, blank=True, related_name="metrics")
    questions = models.PositiveIntegerField()
    correct = models.PositiveIntegerField()
    unparseable = models.PositiveIntegerField()
    majority_class = models.FloatField(help_text="Accuracy of always giving the most frequent true answer.")
    value = models.FloatField()
    low = models.FloatField(help_text="Lower end of the 95 % interval.")
    high = models.FloatField(help_text="Upper end of the 95 % interval.")

    class Meta:
        ordering = ["round", "iteration", "method", "vertical", "attribute"]
        constraints = [
            # Null differs from null in a unique constraint, so every kind of slice has its own.
            models.UniqueConstraint(
                fields=["round", "iteration", "method", "attribute"],
                condition=Q(attribute__isnull=False),
                name="training_metric_once_of_attribute",
            ),
            models.UniqueConstraint(
                fields=["round", "iteration", "method", "vertical"],
                condition=Q(attribute__isnull=True, vertical__isnull=False),
                name="training_metric_once_of_vertical",
            ),
            models.UniqueConstraint(
                fields=["round", "iteration", "method"],
                condition=Q(attribute__isnull=True, vertical__isnull=True),
                name="training_metric_once_of_all",
            ),
            models.CheckConstraint(
                condition=Q(attribute__isnull=True) | Q(vertical__isnull=False),
                name="training_metric_attribute_has_vertical",
            ),
            models.CheckConstraint(
                condition=Q(iteration__gte=ZERO_SHOT), name="training_metric_iteration_from_zero_shot"
            ),
            models.CheckConstraint(
                condition=Q(method__in=Method.values), name="training_metric_method_known"
            ),
            models.CheckConstraint(condition=Q(questions__gte=1), name="training_metric_has_questions"),
            models.CheckConstraint(
                condition=Q(correct__lte=F("questions") - F("unparseable")),
                name="training_metric_counts_add_up",
            ),
            models.CheckConstraint(
                condition=Q(low__gte=0, low__lte=F("value"), value__lte=F("high"), high__lte=1),
                name="training_metric_value_in_interval",
            ),
            models.CheckConstraint(
                condition=Q(majority_class__gte=0, majority_class__lte=1),
                name="training_metric_majority_class_is_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round}, iteration {self.iteration}, {self.method}: {self.value:.1%}"

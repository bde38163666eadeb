"""Rounds, their stages, and what a round's models were measured to know."""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from attrx_web.auditlog.actions import Kind
from catalog.models import (
    Attribute,
    SchemaVersion,
    Status,
    Vertical,
    Work,
    claim_constraints,
    work_constraints,
)

NAME_LENGTH = 200
SHORT_LENGTH = 20
ZERO_SHOT = -1
"""The iteration of the base model's metrics: 0 is SFT's, 1 and up are DPO's."""


class Method(models.TextChoices):
    """How a gold question was answered: one greedy chain, or the majority of the sampled ones."""

    GREEDY = "greedy"
    MAJORITY = "majority"


class Round(Work):
    """One run of the loop over frozen inputs."""

    logged_as = Kind.ROUND

    params = models.JSONField(help_text="The loop's parameters, as training.ml reads them.")
    inputs = models.JSONField(
        help_text="Schema, seed and gold with photos and labels, base model and code, frozen at the start."
    )
    counts = models.JSONField(
        default=dict, help_text="{split: listings}; the pool's once its snapshot is there."
    )
    questions = models.JSONField(default=dict, help_text="{split: questions}, likewise.")
    left_out = models.JSONField(
        default=list, help_text="What could not be used, vertical by vertical, with the reason."
    )
    pool = models.JSONField(
        default=dict,
        blank=True,
        help_text="Listings and SHA-256 of the pool's snapshot; empty before it and where none is used.",
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

    @property
    def folder(self) -> Path:
        """Its folder in the artifact storage."""
        return Path(settings.ATTRX_ARTIFACTS_DIR) / self.artifact_path


class RoundStage(models.Model):
    """The ledger row of one stage of a round."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="stages")
    iteration = models.PositiveIntegerField(help_text="0 is everything before the first DPO.")
    name = models.CharField(max_length=SHORT_LENGTH)
    status = models.CharField(max_length=SHORT_LENGTH, choices=Status, default=Status.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0, help_text="0: not known yet.")
    attempts = models.PositiveIntegerField(
        default=0, help_text="How often it was begun since it last got further."
    )
    reached = models.PositiveIntegerField(default=0, help_text="The most that was done in earlier attempts.")
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

"""The part of a stage that one worker takes at a time."""

from django.db import models
from django.db.models import F, Q

from catalog.models import Status, Work, claim_constraints, work_constraints
from training.models.rounds import NAME_LENGTH, RoundStage


class Shard(Work):
    """The ledger row of one shard of a stage; its chains or votes are in a file."""

    stage = models.ForeignKey(RoundStage, models.CASCADE, related_name="shards")
    number = models.PositiveIntegerField(help_text="From 0.")
    start = models.PositiveIntegerField(help_text="Its first question, among those of the stage.")
    count = models.PositiveIntegerField(help_text="Questions.")
    done = models.PositiveIntegerField(default=0, help_text="Questions, as far as its worker reported.")
    attempts = models.PositiveIntegerField(default=0, help_text="How often a worker took it.")
    seconds = models.FloatField(default=0, help_text="Of work, once it is done.")
    device = models.CharField(
        max_length=NAME_LENGTH, blank=True, help_text="That drew it, once it is done: a GPU's name, or CPU."
    )

    class Meta:
        ordering = ["stage", "number"]
        constraints = [
            *work_constraints("training_shard", Status.values),
            *claim_constraints("training_shard"),
            models.UniqueConstraint(fields=["stage", "number"], name="training_shard_once"),
            models.CheckConstraint(
                condition=Q(done__lte=F("count")), name="training_shard_done_within_count"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "heartbeat"], name="training_shard_by_heartbeat"),
            models.Index(fields=["stage", "status", "number"], name="training_shard_next"),
        ]

    def __str__(self) -> str:
        return f"{self.stage}, shard {self.number}"

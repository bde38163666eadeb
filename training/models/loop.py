"""What a round took, of machines and of people, and how far its chains agreed: what the loop's page reads."""

from django.db import models
from django.db.models import F, Q

from catalog.models import Vertical
from training.models.rounds import NAME_LENGTH, SHORT_LENGTH, Round, RoundStage

CPU = "CPU"
"""The device of work that no GPU did."""


class LabelUse(models.TextChoices):
    """What a round does with labels that people gave."""

    SEED = "seed", "seed labels"
    GOLD = "gold", "gold labels"
    REVIEWED = "reviewed", "verdicts"


class HumanTime(models.Model):
    """What people spent on the listings of a vertical whose labels or verdicts a round was frozen with.

    Counted when the round started: the finished turns at these listings until then, audits excepted.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="human_times", db_index=False)
    vertical = models.ForeignKey(Vertical, models.CASCADE, related_name="human_times")
    use = models.CharField(max_length=SHORT_LENGTH, choices=LabelUse)
    listings = models.PositiveIntegerField(help_text="That were frozen.")
    timed = models.PositiveIntegerField(help_text="Those of them that a turn with a known time is about.")
    turns = models.PositiveIntegerField()
    seconds = models.FloatField(help_text="Of all these turns.")

    class Meta:
        ordering = ["round", "vertical", "use"]
        constraints = [
            models.UniqueConstraint(fields=["round", "vertical", "use"], name="training_humantime_once"),
            models.CheckConstraint(condition=Q(use__in=LabelUse.values), name="training_humantime_use_known"),
            models.CheckConstraint(condition=Q(listings__gte=1), name="training_humantime_has_listings"),
            models.CheckConstraint(
                condition=Q(timed__lte=F("listings")) & Q(timed__lte=F("turns")),
                name="training_humantime_timed_within",
            ),
            models.CheckConstraint(
                condition=Q(seconds=0) | Q(seconds__gt=0, timed__gt=0),
                name="training_humantime_seconds_are_timed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round}, {self.vertical}, {self.get_use_display()}: {self.seconds:.0f} s"


class StageTime(models.Model):
    """What a finished stage took of one kind of device, all its processes together.

    A shard counts for the device of the worker that drew it, every other stage for that of the round's
    worker. What one worker had begun when it died, and another did again, counts once.
    """

    stage = models.ForeignKey(RoundStage, models.CASCADE, related_name="times", db_index=False)
    device = models.CharField(
        max_length=NAME_LENGTH, blank=True, help_text="A GPU's name, or CPU; empty: nobody wrote it down."
    )
    processes = models.PositiveSmallIntegerField(help_text="Of a training, on a GPU each; 1 of all else.")
    seconds = models.FloatField(help_text="Device seconds: seconds x processes.")

    class Meta:
        ordering = ["stage", "device"]
        constraints = [
            models.UniqueConstraint(fields=["stage", "device"], name="training_stagetime_once"),
            models.CheckConstraint(condition=Q(processes__gte=1), name="training_stagetime_processes_from_1"),
            models.CheckConstraint(condition=Q(seconds__gte=0), name="training_stagetime_seconds_from_0"),
        ]

    def __str__(self) -> str:
        return f"{self.stage}: {self.seconds:.0f} s on {self.device or 'a device unknown'}"


class AgreementSpread(models.Model):
    """How far the chains of a model agreed on the pool, or on the pool of a vertical."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="spreads", db_index=False)
    iteration = models.PositiveIntegerField(help_text="That made the model: 0 SFT, then the DPO iterations.")
    vertical = models.ForeignKey(
        Vertical, models.CASCADE, null=True, blank=True, related_name="spreads", help_text="Empty: all."
    )
    questions = models.PositiveIntegerField()
    mean = models.FloatField(help_text="Of the agreements.")
    counts = models.JSONField(help_text="Questions with 0, 1, ... and all chains for the majority.")

    class Meta:
        ordering = ["round", "iteration", "vertical"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "iteration", "vertical"],
                condition=Q(vertical__isnull=False),
                name="training_spread_once_of_vertical",
            ),
            models.UniqueConstraint(
                fields=["round", "iteration"],
                condition=Q(vertical__isnull=True),
                name="training_spread_once_of_all",
            ),
            models.CheckConstraint(condition=Q(questions__gte=1), name="training_spread_has_questions"),
            models.CheckConstraint(condition=Q(mean__gte=0, mean__lte=1), name="training_spread_is_share"),
        ]

    def __str__(self) -> str:
        return f"{self.round}, iteration {self.iteration}: mean agreement {self.mean:.1%}"

"""Studies of the loop: ways to learn held against each other over seeds, away from the catalogue's rounds."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from training.ml.study.paired import Measure
from training.models.rounds import NAME_LENGTH, SHORT_LENGTH

HASH_LENGTH = 64


class StudyMeasure(models.TextChoices):
    """What a figure of a study tells (training.ml.study.paired.Measure)."""

    GREEDY = Measure.GREEDY.value, "greedy accuracy"
    MAJORITY = Measure.MAJORITY.value, "majority accuracy"
    HEAD_ROOM = Measure.HEAD_ROOM.value, "head-room"
    GAIN = Measure.GAIN.value, "gain over SFT"
    AGAINST_LOOP = Measure.AGAINST_LOOP.value, "against the loop"


def _is_share(name: str, *, nullable: bool = False) -> Q:
    within = Q(**{f"{name}__gte": 0, f"{name}__lte": 1})
    return within | Q(**{f"{name}__isnull": True}) if nullable else within


class Study(models.Model):
    """A finished study of the loop, as its folder told it."""

    title = models.CharField(max_length=NAME_LENGTH, blank=True, help_text="Empty: its number is its name.")
    recorded = models.DateTimeField(default=timezone.now, help_text="The last time, if it has grown since.")
    digest = models.CharField(max_length=HASH_LENGTH, help_text="SHA-256 of the document.")
    identity = models.CharField(
        max_length=HASH_LENGTH, help_text="SHA-256 of its settings: one that goes on has the same."
    )
    source = models.JSONField(help_text="What its listings are, as its folder says; may be empty.")
    params = models.JSONField(help_text="Of every arm, where the arm changes nothing.")
    sizes = models.JSONField(help_text="Listings of each vertical.")
    summary = models.JSONField(help_text="The last line that it printed.")
    document = models.JSONField(help_text="study.json, whole.")

    class Meta:
        ordering = ["-recorded", "-pk"]
        verbose_name_plural = "studies"
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="training_study_once"),
            models.CheckConstraint(condition=~Q(digest=""), name="training_study_has_digest"),
        ]
        indexes = [models.Index(fields=["identity"], name="training_study_by_identity")]

    def __str__(self) -> str:
        return self.title or f"Study {self.pk}"


class StudyArm(models.Model):
    """One way to learn, which changes one thing; `first` is what all arms of a seed share."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="arms", db_index=False)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=NAME_LENGTH)
    group = models.CharField(max_length=NAME_LENGTH, help_text="What it is compared in.")
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["study", "position"]
        constraints = [
            models.UniqueConstraint(fields=["study", "position"], name="training_studyarm_position_once"),
            models.UniqueConstraint(fields=["study", "name"], name="training_studyarm_name_once"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(group=""), name="training_studyarm_named"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of study {self.study_id}"


class StudyRun(models.Model):
    """An arm on one seed."""

    arm = models.ForeignKey(StudyArm, models.CASCADE, related_name="runs", db_index=False)
    seed = models.BigIntegerField()
    pool = models.PositiveIntegerField(help_text="Listings, of all verticals.")
    questions = models.PositiveIntegerField(help_text="Gold.")
    majority_class = models.FloatField(help_text="Accuracy of each question's most frequent answer.")
    seconds = models.FloatField(help_text="Of the stages that it shares with no other arm.")

    class Meta:
        ordering = ["arm", "seed"]
        constraints = [
            models.UniqueConstraint(fields=["arm", "seed"], name="training_studyrun_once"),
            models.CheckConstraint(condition=_is_share("majority_class"), name="training_studyrun_is_share"),
            models.CheckConstraint(condition=Q(seconds__gte=0), name="training_studyrun_seconds_from_0"),
        ]

    def __str__(self) -> str:
        return f"seed {self.seed} of arm {self.arm_id}"


class StudyStep(models.Model):
    """One model of a run on the gold questions."""

    run = models.ForeignKey(StudyRun, models.CASCADE, related_name="steps", db_index=False)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=NAME_LENGTH, help_text="zero_shot, sft, or the iteration's number.")
    greedy = models.FloatField(help_text="Accuracy of greedy answers.")
    majority = models.FloatField(help_text="Accuracy of the majority of the sampled chains.")
    agreement = models.FloatField(null=True, blank=True, help_text="Mean, of the sampled chains.")
    learned_from = models.PositiveIntegerField(
        null=True, blank=True, help_text="Pairs, or chains, that the iteration was trained on."
    )
    names_evidence = models.FloatField(
        null=True, blank=True, help_text="Share of chains that name a photo which shows the attribute."
    )

    class Meta:
        ordering = ["run", "position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="training_studystep_position_once"),
            models.UniqueConstraint(fields=["run", "name"], name="training_studystep_name_once"),
            models.CheckConstraint(
                condition=_is_share("greedy")
                & _is_share("majority")
                & _is_share("agreement", nullable=True)
                & _is_share("names_evidence", nullable=True),
                name="training_studystep_are_shares",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.greedy:.1%}"


class StudyFigure(models.Model):
    """A mean over an arm's seeds with its 95 % interval, paired by seed; in points of accuracy."""

    arm = models.ForeignKey(StudyArm, models.CASCADE, related_name="figures", db_index=False)
    position = models.PositiveSmallIntegerField(help_text="Of the step.")
    step = models.CharField(max_length=NAME_LENGTH)
    measure = models.CharField(max_length=SHORT_LENGTH, choices=StudyMeasure)
    vertical = models.CharField(
        max_length=NAME_LENGTH, blank=True, help_text="Of the study's listings; empty: all."
    )
    mean = models.FloatField()
    low = models.FloatField(null=True, blank=True, help_text="Empty, as high is: one seed has no interval.")
    high = models.FloatField(null=True, blank=True)
    seeds = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["arm", "position", "vertical", "measure"]
        constraints = [
            models.UniqueConstraint(
                fields=["arm", "step", "measure", "vertical"], name="training_studyfigure_once"
            ),
            models.CheckConstraint(
                condition=Q(measure__in=StudyMeasure.values), name="training_studyfigure_measure_known"
            ),
            models.CheckConstraint(
                condition=Q(low__isnull=True, high__isnull=True)
                | Q(low__isnull=False, high__isnull=False, low__lte=F("mean"), high__gte=F("mean")),
                name="training_studyfigure_in_interval",
            ),
            models.CheckConstraint(condition=Q(seeds__gte=1), name="training_studyfigure_has_seeds"),
        ]

    def __str__(self) -> str:
        return f"{self.get_measure_display()} of {self.step}: {self.mean:.1f}"

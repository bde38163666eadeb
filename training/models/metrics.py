"""What the dashboards read of a round's models beside their accuracy (Metric): stored, never recomputed."""

from django.db import models
from django.db.models import F, Q

from catalog.models import Attribute, Vertical
from training.models.rounds import NAME_LENGTH, SHORT_LENGTH, ZERO_SHOT, Round

ITERATION_HELP = "-1 zero-shot, 0 SFT, then the DPO iterations."


class RoundFigure(models.Model):
    """One figure of the model that an iteration of a round made: on everything, a vertical, or an attribute.

    Accuracies of slices, their counts and the share of unparseable answers are Metric rows and not repeated
    here. `name` says which figure it is (training.ml.figures has those of gold); names are added freely.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="figures", db_index=False)
    iteration = models.IntegerField(help_text=ITERATION_HELP)
    vertical = models.ForeignKey(
        Vertical, models.PROTECT, null=True, blank=True, related_name="round_figures", help_text="Empty: all."
    )
    attribute = models.ForeignKey(
        Attribute,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="round_figures",
        help_text="Empty: all of the vertical.",
    )
    name = models.CharField(max_length=2 * SHORT_LENGTH)
    answer = models.CharField(
        max_length=NAME_LENGTH,
        blank=True,
        help_text="The value or state that it is about, in the words of the round's schema; empty: all.",
    )
    value = models.FloatField(help_text="In its own unit; a share is in [0, 1].")
    low = models.FloatField(null=True, blank=True, help_text="Lower end of the 95 % interval.")
    high = models.FloatField(null=True, blank=True, help_text="Upper end of the 95 % interval.")
    count = models.PositiveIntegerField(help_text="What stands behind it, such as gold questions.")
    hits = models.PositiveIntegerField(
        null=True, blank=True, help_text="The numerator, where it is a share of `count`."
    )

    class Meta:
        ordering = ["round", "iteration", "vertical", "attribute", "name", "answer"]
        constraints = [
            # Null differs from null in a unique constraint, so every kind of slice has its own.
            models.UniqueConstraint(
                fields=["round", "iteration", "attribute", "name", "answer"],
                condition=Q(attribute__isnull=False),
                name="training_roundfigure_once_of_attribute",
            ),
            models.UniqueConstraint(
                fields=["round", "iteration", "vertical", "name", "answer"],
                condition=Q(attribute__isnull=True, vertical__isnull=False),
                name="training_roundfigure_once_of_vertical",
            ),
            models.UniqueConstraint(
                fields=["round", "iteration", "name", "answer"],
                condition=Q(attribute__isnull=True, vertical__isnull=True),
                name="training_roundfigure_once_of_all",
            ),
            models.CheckConstraint(
                condition=Q(attribute__isnull=True) | Q(vertical__isnull=False),
                name="training_roundfigure_attribute_has_vertical",
            ),
            models.CheckConstraint(
                condition=Q(iteration__gte=ZERO_SHOT), name="training_roundfigure_iteration_from_zero_shot"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="training_roundfigure_named"),
            models.CheckConstraint(
                condition=Q(low__isnull=True, high__isnull=True)
                | Q(low__lte=F("value"), high__gte=F("value")),
                name="training_roundfigure_in_interval",
            ),
            models.CheckConstraint(
                condition=Q(hits__isnull=True) | Q(hits__lte=F("count")),
                name="training_roundfigure_hits_within_count",
            ),
        ]
        indexes = [
            models.Index(fields=["round", "attribute", "iteration"], name="training_roundfigure_by_round")
        ]

    def __str__(self) -> str:
        return f"{self.round}, iteration {self.iteration}, {self.name}: {self.value:.4g}"


class Confusion(models.Model):
    """How often people said one thing about an attribute on gold, and the model's greedy answer another."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="confusions", db_index=False)
    iteration = models.IntegerField(help_text=ITERATION_HELP)
    attribute = models.ForeignKey(Attribute, models.PROTECT, related_name="confusions")
    truth = models.TextField(help_text="What people said, as GoldAnswer has it.")
    said = models.TextField(blank=True, help_text="Empty: unparseable.")
    count = models.PositiveIntegerField(help_text="Gold questions.")

    class Meta:
        ordering = ["round", "iteration", "attribute", "-count", "truth", "said"]
        constraints = [
            models.CheckConstraint(
                condition=Q(iteration__gte=ZERO_SHOT), name="training_confusion_iteration_from_zero_shot"
            ),
            models.CheckConstraint(condition=~Q(truth=""), name="training_confusion_has_truth"),
            models.CheckConstraint(condition=Q(count__gte=1), name="training_confusion_counted"),
        ]
        # Answers of several values may be longer than what fits into an index of both databases.
        indexes = [
            models.Index(fields=["round", "iteration", "attribute"], name="training_confusion_by_round")
        ]

    def __str__(self) -> str:
        return f"{self.attribute}: {self.truth} taken for {self.said or 'nothing'}, {self.count} times"


class Against(models.TextChoices):
    """Which model another is held against."""

    FIRST = "first", "the round's first model"
    PREVIOUS = "previous", "the iteration before"
    CHAMPION = "champion", "the champion of the time"


class Difference(models.Model):
    """Two models on the gold questions that both answered, question by question: who is right alone.

    Greedy answers; the p-value is that of the exact McNemar test (training.ml.comparing).
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="differences", db_index=False)
    iteration = models.IntegerField(help_text=ITERATION_HELP)
    against = models.CharField(max_length=SHORT_LENGTH, choices=Against)
    other_round = models.ForeignKey(Round, models.CASCADE, related_name="differences_to")
    other_iteration = models.IntegerField(help_text=ITERATION_HELP)
    vertical = models.ForeignKey(Vertical, models.PROTECT, null=True, blank=True, related_name="differences")
    attribute = models.ForeignKey(
        Attribute, models.PROTECT, null=True, blank=True, related_name="differences"
    )
    questions = models.PositiveIntegerField(help_text="That both answered.")
    right = models.PositiveIntegerField()
    other_right = models.PositiveIntegerField()
    alone = models.PositiveIntegerField(help_text="Only this model is right.")
    other_alone = models.PositiveIntegerField(help_text="Only the other is right.")
    p_value = models.FloatField(help_text="Two-sided, of the exact McNemar test.")

    class Meta:
        ordering = ["round", "iteration", "against", "vertical", "attribute"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "iteration", "against", "attribute"],
                condition=Q(attribute__isnull=False),
                name="training_difference_once_of_attribute",
            ),
            models.UniqueConstraint(
                fields=["round", "iteration", "against", "vertical"],
                condition=Q(attribute__isnull=True, vertical__isnull=False),
                name="training_difference_once_of_vertical",
            ),
            models.UniqueConstraint(
                fields=["round", "iteration", "against"],
                condition=Q(attribute__isnull=True, vertical__isnull=True),
                name="training_difference_once_of_all",
            ),
            models.CheckConstraint(
                condition=Q(attribute__isnull=True) | Q(vertical__isnull=False),
                name="training_difference_attribute_has_vertical",
            ),
            models.CheckConstraint(
                condition=Q(against__in=Against.values), name="training_difference_against_known"
            ),
            models.CheckConstraint(
                condition=Q(iteration__gte=ZERO_SHOT, other_iteration__gte=ZERO_SHOT),
                name="training_difference_iterations_from_zero_shot",
            ),
            models.CheckConstraint(
                condition=Q(questions__gte=1, right__lte=F("questions"), other_right__lte=F("questions"))
                & Q(alone__lte=F("right"), other_alone__lte=F("other_right"))
                & Q(right=F("other_right") + F("alone") - F("other_alone")),
                name="training_difference_counts_add_up",
            ),
            models.CheckConstraint(
                condition=Q(p_value__gte=0, p_value__lte=1), name="training_difference_p_is_share"
            ),
        ]
        indexes = [
            models.Index(fields=["round", "attribute", "iteration"], name="training_difference_by_round")
        ]

    def __str__(self) -> str:
        return f"{self.round}, iteration {self.iteration} against {self.against}: p {self.p_value:.3g}"

"""Which verdicts a round learned from."""

from django.db import models
from django.db.models import Q

from labeling.models import Annotation
from training.models.rounds import Round


class VerdictUse(models.Model):
    """A verdict that is in a round: its answer is an example and decides pairs there."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="verdict_uses", db_index=False)
    verdict = models.ForeignKey(Annotation, models.CASCADE, related_name="uses")
    weight = models.FloatField(help_text="How likely the answer was held to be right.")

    class Meta:
        ordering = ["round", "verdict"]
        constraints = [
            models.UniqueConstraint(fields=["round", "verdict"], name="training_verdictuse_once"),
            models.CheckConstraint(
                condition=Q(weight__gte=0, weight__lte=1), name="training_verdictuse_weight_is_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round}: {self.verdict}"

"""What each evaluated model answered on gold, question by question."""

from django.db import models
from django.db.models import F, Q

from catalog.models import Attribute, Listing
from training.models.rounds import ZERO_SHOT, Round


class GoldAnswer(models.Model):
    """One gold question with people's answer, the model's greedy one, and the vote of its chains.

    Answers are in the words of the round's frozen schema: a value, several in its order, or a state; an empty
    text stands for a chain, or for chains, that ended in nothing allowed.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="gold_answers", db_index=False)
    iteration = models.IntegerField(help_text="-1 zero-shot, 0 SFT, then the DPO iterations.")
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="gold_answers", db_index=False)
    attribute = models.ForeignKey(Attribute, models.PROTECT, related_name="gold_answers")
    truth = models.TextField(help_text="What people said when the round was frozen.")
    greedy = models.TextField(blank=True, help_text="Empty: unparseable.")
    greedy_correct = models.BooleanField()
    majority = models.TextField(blank=True, help_text="Empty where no chain ended in an allowed answer.")
    majority_correct = models.BooleanField()
    agreement = models.FloatField(help_text="Top count / chains.")
    chains = models.PositiveIntegerField()
    counts = models.JSONField(default=dict, help_text="{answer: chains}")
    logprob = models.FloatField(
        null=True,
        blank=True,
        help_text="Mean log-probability (nats) of the chains that ended in the majority; none without one.",
    )

    class Meta:
        ordering = ["round", "iteration", "listing", "attribute"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "iteration", "listing", "attribute"], name="training_gold_answer_once"
            ),
            models.CheckConstraint(
                condition=Q(iteration__gte=ZERO_SHOT), name="training_gold_answer_iteration_from_zero_shot"
            ),
            models.CheckConstraint(condition=~Q(truth=""), name="training_gold_answer_has_truth"),
            models.CheckConstraint(condition=Q(chains__gte=1), name="training_gold_answer_has_chains"),
            models.CheckConstraint(
                condition=Q(agreement__gte=0, agreement__lte=1),
                name="training_gold_answer_agreement_is_share",
            ),
            models.CheckConstraint(
                condition=Q(majority="", agreement=0, logprob__isnull=True)
                | (~Q(majority="") & Q(agreement__gt=0, logprob__isnull=False)),
                name="training_gold_answer_majority_iff_agreement",
            ),
            models.CheckConstraint(
                condition=Q(greedy_correct=True, greedy=F("truth"))
                | (Q(greedy_correct=False) & ~Q(greedy=F("truth"))),
                name="training_gold_answer_greedy_judged",
            ),
            models.CheckConstraint(
                condition=Q(majority_correct=True, majority=F("truth"))
                | (Q(majority_correct=False) & ~Q(majority=F("truth"))),
                name="training_gold_answer_majority_judged",
            ),
        ]
        indexes = [
            models.Index(
                fields=["round", "iteration", "attribute", "greedy_correct"],
                name="training_gold_by_attribute",
            ),
            models.Index(fields=["listing", "round", "iteration"], name="training_gold_of_listing"),
        ]

    def __str__(self) -> str:
        said = self.greedy or "no answer"
        return f"{self.listing} / {self.attribute}: {said}, truth {self.truth}"

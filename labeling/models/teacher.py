"""The ledger of teachers: runs in which a large model proposes answers, and everything that it said."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from attrx_web.auditlog.actions import Kind
from catalog.models import Listing, SchemaVersion, Status, Vertical, Work, claim_constraints, work_constraints
from catalog.splits import Split
from labeling.models.work import KEY_LENGTH, PURPOSE_LENGTH, Purpose
from labeling.teacher.money import Budget, Price
from labeling.teacher.prompts import Style

ADDRESS_LENGTH = 500
SPLIT_LENGTH = 4
STYLE_LENGTH = 6
OUTCOME_LENGTH = 10


class TeacherRun(Work):
    """A large model proposes answers about listings of a vertical. At most one is at work at a time.

    Which listings, is settled when it is started: each has a TeacherAnswer from then on. What it has used up
    is the sum over those.
    """

    logged_as = Kind.TEACHER

    vertical = models.ForeignKey(Vertical, models.PROTECT, related_name="teacher_runs")
    schema_version = models.ForeignKey(
        SchemaVersion, models.PROTECT, related_name="teacher_runs", help_text="What is asked."
    )
    attributes = models.JSONField(help_text="Codes of the attributes that are asked.")
    purpose = models.CharField(
        max_length=PURPOSE_LENGTH,
        choices=Purpose,
        blank=True,
        help_text="Its listings are those that wait for people with this purpose.",
    )
    split = models.CharField(
        max_length=SPLIT_LENGTH,
        choices=[(split.value, split.value) for split in Split],
        blank=True,
        help_text="Its listings are of this split. Neither purpose nor split: they were named one by one.",
    )
    model = models.CharField(max_length=KEY_LENGTH)
    endpoint = models.CharField(max_length=ADDRESS_LENGTH, help_text="Its address, without the key.")
    style = models.CharField(
        max_length=STYLE_LENGTH,
        choices=[(style.value, style.value) for style in Style],
        default=Style.WHOLE.value,
    )
    photos = models.PositiveSmallIntegerField(help_text="Of each listing the first so many are sent.")
    side = models.PositiveSmallIntegerField(help_text="The long side of a photo that is sent, in pixels.")
    output_tokens = models.PositiveIntegerField(help_text="That the answer to one request may have.")
    per_minute = models.PositiveIntegerField(help_text="Requests a minute, at most.")
    at_once = models.PositiveSmallIntegerField(help_text="Requests under way at once, at most.")
    budget_tokens = models.PositiveBigIntegerField(null=True, blank=True)
    budget_money = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    price_input = models.DecimalField(
        max_digits=12, decimal_places=6, null=True, blank=True, help_text="Of a million tokens that go in."
    )
    price_output = models.DecimalField(
        max_digits=12, decimal_places=6, null=True, blank=True, help_text="Of a million tokens that come out."
    )
    currency = models.CharField(max_length=3, blank=True)
    queued = models.DateTimeField(help_text="When it was last asked for.")
    note = models.TextField(blank=True, help_text="Why it ended before every listing was asked about.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="teacher_runs"
    )

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            *work_constraints("labeling_teacherrun", Status.values),
            *claim_constraints("labeling_teacherrun"),
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="running"), name="labeling_teacherrun_one_runs"
            ),
            models.CheckConstraint(
                condition=Q(purpose="") | Q(split=""), name="labeling_teacherrun_one_choice"
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=["", *Purpose.values]), name="labeling_teacherrun_purpose_known"
            ),
            models.CheckConstraint(
                condition=Q(split__in=["", *(split.value for split in Split)]),
                name="labeling_teacherrun_split_known",
            ),
            models.CheckConstraint(
                condition=Q(style__in=[style.value for style in Style]),
                name="labeling_teacherrun_style_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    photos__gte=1, side__gte=1, output_tokens__gte=1, per_minute__gte=1, at_once__gte=1
                ),
                name="labeling_teacherrun_limits_from_1",
            ),
            models.CheckConstraint(
                condition=Q(budget_tokens__isnull=False, budget_tokens__gte=1)
                | Q(budget_money__isnull=False, budget_money__gt=0),
                name="labeling_teacherrun_budget_given",
            ),
            models.CheckConstraint(
                condition=Q(price_input__isnull=True, price_output__isnull=True, currency="")
                | (
                    Q(price_input__isnull=False, price_output__isnull=False)
                    & Q(price_input__gte=0, price_output__gte=0)
                    & ~Q(currency="")
                ),
                name="labeling_teacherrun_price_whole",
            ),
            models.CheckConstraint(
                condition=Q(budget_money__isnull=True) | Q(price_input__isnull=False),
                name="labeling_teacherrun_money_needs_price",
            ),
        ]

    def __str__(self) -> str:
        return f"teacher run {self.pk}: {self.model}"

    @property
    def budget(self) -> Budget:
        """What it may use up."""
        return Budget(self.budget_tokens, self.budget_money)

    @property
    def price(self) -> Price | None:
        """What its tokens cost; None where that is not known."""
        if self.price_input is None or self.price_output is None:
            return None
        return Price(self.price_input, self.price_output, self.currency)


class TeacherOutcome(models.TextChoices):
    """What became of asking about a listing."""

    WAITING = "waiting", "still to be asked"
    ASKED = "asked", "under way"
    ANSWERED = "answered", "answered"
    UNREADABLE = "unreadable", "no answer could be read"
    FAILED = "failed", "no answer came"


class TeacherAnswer(models.Model):
    """What a teacher said about a listing in a run. All of it is kept, whatever could be read of it."""

    run = models.ForeignKey(TeacherRun, models.CASCADE, related_name="answers", db_index=False)
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="teacher_answers")
    position = models.PositiveIntegerField(help_text="From 1, in the order in which the run asks.")
    outcome = models.CharField(
        max_length=OUTCOME_LENGTH, choices=TeacherOutcome, default=TeacherOutcome.WAITING
    )
    request = models.JSONField(
        default=dict,
        blank=True,
        help_text="{photos: [sha256], options: {...}, estimate: [tokens in, tokens out]} of the last time.",
    )
    said = models.JSONField(
        default=list,
        blank=True,
        help_text="Of each request: {attributes: [code], text, error, cut, input, output, guessed, attempts, "
        "seconds}.",
    )
    answers = models.JSONField(
        default=dict, blank=True, help_text="{attribute code: {values: [code], state, evidence}}."
    )
    problems = models.JSONField(
        default=dict, blank=True, help_text="{attribute code: why there is no answer, or what it lacks}."
    )
    error = models.TextField(blank=True, help_text="Why no answer came.")
    input_tokens = models.PositiveBigIntegerField(default=0, help_text="Of all the times it was asked.")
    output_tokens = models.PositiveBigIntegerField(default=0)
    guessed = models.BooleanField(
        default=False, help_text="The server did not tell all of these tokens: the rest are estimates."
    )
    asked = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["run", "position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "listing"], name="labeling_teacheranswer_once"),
            models.UniqueConstraint(fields=["run", "position"], name="labeling_teacheranswer_position_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=TeacherOutcome.values), name="labeling_teacheranswer_outcome_known"
            ),
            models.CheckConstraint(
                condition=(Q(outcome="failed") & ~Q(error="")) | (~Q(outcome="failed") & Q(error="")),
                name="labeling_teacheranswer_error_iff_failed",
            ),
        ]
        indexes = [
            models.Index(fields=["run", "outcome", "position"], name="labeling_teacheranswer_next"),
        ]

    def __str__(self) -> str:
        return f"{self.run}, {self.listing}"

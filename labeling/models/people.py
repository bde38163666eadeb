"""What people did, counted: stored figures for the pages of people, and the ledger of the counts."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from catalog.models import Attribute, Status, Vertical, Work, claim_constraints, work_constraints

ALL_TIME = 0
SPANS = (7, 30, ALL_TIME)
"""Days that figures are counted over, today among them."""


class PeopleCount(Work):
    """The ledger row of a count of everybody's work."""

    class Meta:
        ordering = ["-pk"]
        constraints = [
            *work_constraints("labeling_peoplecount", Status.values),
            *claim_constraints("labeling_peoplecount"),
            models.UniqueConstraint(
                fields=["status"],
                condition=Q(status__in=[Status.QUEUED.value, Status.RUNNING.value]),
                name="labeling_peoplecount_one_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["status", "heartbeat"], name="labeling_peoplecount_heartbeat")]

    def __str__(self) -> str:
        return f"count {self.pk} of what people did"


class PersonFigures(models.Model):
    """What a person did in a span, in a vertical or in all. Each count replaces it."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="work_figures", db_index=False
    )
    vertical = models.ForeignKey(
        Vertical, models.CASCADE, null=True, blank=True, related_name="work_figures", help_text="Null: all."
    )
    span = models.PositiveSmallIntegerField(help_text="Days, today among them; 0: all time.")
    listings = models.PositiveIntegerField(default=0, help_text="Finished.")
    questions = models.PositiveIntegerField(default=0, help_text="Answered about them.")
    timed_questions = models.PositiveIntegerField(default=0, help_text="Of turns that were timed.")
    seconds = models.FloatField(default=0.0, help_text="Of active work, over timed turns.")
    listing_seconds = models.FloatField(null=True, blank=True, help_text="Median of a timed listing.")
    question_seconds = models.FloatField(null=True, blank=True, help_text="Median of a timed question.")
    compared = models.PositiveIntegerField(default=0, help_text="Answers held against another person's.")
    same = models.PositiveIntegerField(default=0, help_text="Of these, equal ones.")
    accepted = models.PositiveIntegerField(default=0, help_text="Verdicts that say what the majority says.")
    reasoning = models.PositiveIntegerField(default=0, help_text="Likewise, but its reasoning is wrong.")
    changed = models.PositiveIntegerField(default=0, help_text="Verdicts with another value.")
    no_value = models.PositiveIntegerField(default=0, help_text="Verdicts with a state in place of a value.")
    set_aside = models.PositiveIntegerField(default=0, help_text="Listings set aside and not finished since.")
    last = models.DateTimeField(null=True, blank=True, help_text="When they finished a listing last.")

    class Meta:
        ordering = ["person", "span", "vertical"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "span", "vertical"],
                condition=Q(vertical__isnull=False),
                name="labeling_personfigures_once_of_vertical",
            ),
            models.UniqueConstraint(
                fields=["span", "person"],
                condition=Q(vertical__isnull=True),
                name="labeling_personfigures_once_of_all",
            ),
            models.CheckConstraint(condition=Q(span__in=SPANS), name="labeling_personfigures_span_known"),
            models.CheckConstraint(
                condition=Q(same__lte=F("compared")), name="labeling_personfigures_same_of_compared"
            ),
            models.CheckConstraint(
                condition=Q(timed_questions__lte=F("questions"), seconds__gte=0),
                name="labeling_personfigures_timed_of_questions",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.vertical or 'all verticals'}, {self.span or 'all'} days"


class PersonDay(models.Model):
    """What a person finished on a day of the site's time zone."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="work_days", db_index=False
    )
    day = models.DateField()
    listings = models.PositiveIntegerField()
    questions = models.PositiveIntegerField()
    seconds = models.FloatField(help_text="Of active work.")

    class Meta:
        ordering = ["person", "day"]
        constraints = [
            models.UniqueConstraint(fields=["person", "day"], name="labeling_personday_once"),
            models.CheckConstraint(condition=Q(seconds__gte=0), name="labeling_personday_seconds_from_0"),
        ]
        indexes = [models.Index(fields=["day"], name="labeling_personday_by_day")]

    def __str__(self) -> str:
        return f"{self.person}, {self.day}"


class PersonReliability(models.Model):
    """How likely a verdict is right (labeling.reliability): of a person and attribute, or of more."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="work_reliabilities",
        help_text="Null: everybody.",
    )
    attribute = models.ForeignKey(
        Attribute,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="work_reliabilities",
        help_text="Null: all.",
    )
    mean = models.FloatField()
    low = models.FloatField(help_text="Lower end of the 95 % interval.")
    high = models.FloatField(help_text="Upper end of the 95 % interval.")
    checks = models.FloatField(help_text="Verdicts that somebody else's answer checked.")

    class Meta:
        ordering = ["person", "attribute"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "attribute"],
                condition=Q(attribute__isnull=False),
                name="labeling_personreliability_once_of_attribute",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(person__isnull=False, attribute__isnull=True),
                name="labeling_personreliability_once_of_person",
            ),
            models.CheckConstraint(
                condition=Q(attribute__isnull=True) | Q(person__isnull=False),
                name="labeling_personreliability_attribute_of_person",
            ),
            models.CheckConstraint(
                condition=Q(low__gte=0, low__lte=F("high"), high__lte=1, mean__gte=0, mean__lte=1),
                name="labeling_personreliability_is_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person or 'everybody'}, {self.attribute or 'all attributes'}: {self.mean:.1%}"

"""Work for people: tasks, whose turn it is at them, and what a browser was answered."""

from django.conf import settings
from django.db import models
from django.db.models import F, OrderBy, Q

from catalog.models import Listing, Vertical
from catalog.models.scopes import OfListing, Scoped

KEY_LENGTH = 100
PURPOSE_LENGTH = 12


class Purpose(models.TextChoices):
    """Why people look at a listing."""

    SEED = "seed"
    GOLD = "gold"
    REVIEW = "review"
    AUDIT = "audit"
    ADJUDICATION = "adjudication"


class TaskStatus(models.TextChoices):
    OPEN = "open"
    DONE = "done"


class Task(models.Model):
    """Work for people: look at this listing."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="tasks")
    purpose = models.CharField(max_length=PURPOSE_LENGTH, choices=Purpose)
    asks = models.JSONField(
        default=list, blank=True, help_text="Codes of the attributes that are asked; empty: all of them."
    )
    status = models.CharField(max_length=4, choices=TaskStatus, default=TaskStatus.OPEN)
    priority = models.IntegerField(default=0, help_text="Higher comes first.")
    singly = models.BooleanField(
        default=False, help_text="Somebody left it out of a grid of like ones: it is looked at by itself."
    )
    created = models.DateTimeField(auto_now_add=True)

    objects = OfListing()

    class Meta:
        ordering = ["-priority", "created", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "purpose"], condition=Q(status="open"), name="labeling_task_open_once"
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="labeling_task_purpose_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=TaskStatus.values), name="labeling_task_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.listing}"


class PurposeRule(models.Model):
    """How listings of a purpose are worked on."""

    purpose = models.CharField(max_length=PURPOSE_LENGTH, choices=Purpose)
    overlap = models.PositiveSmallIntegerField(default=1, help_text="How many people answer each listing.")
    agree = models.PositiveSmallIntegerField(
        default=1, help_text="How many of them must give the same answer before it is a label."
    )
    suggestions = models.BooleanField(
        default=False, help_text="People see what a teacher or a model proposes before they answer."
    )
    second_opinion = models.PositiveSmallIntegerField(
        default=0, help_text="Percent of the listings that a second person answers, who must agree."
    )
    pending = models.BooleanField(
        default=False, help_text="Tasks that people have begun are still to be brought to it."
    )
    changed = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="purpose_rules"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["purpose"], name="labeling_purposerule_once"),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="labeling_purposerule_purpose_known"
            ),
            models.CheckConstraint(condition=Q(overlap__gte=1), name="labeling_purposerule_overlap_from_1"),
            models.CheckConstraint(
                condition=Q(agree__gte=1, agree__lte=F("overlap")),
                name="labeling_purposerule_agree_in_overlap",
            ),
            models.CheckConstraint(
                condition=Q(second_opinion=0) | Q(second_opinion__lte=100, purpose=Purpose.REVIEW),
                name="labeling_purposerule_second_opinion_of_reviews",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.agree} of {self.overlap}"


class Turn(models.Model):
    """One person's turn at a task: a task has as many as people are to answer it.

    Nobody has it, somebody leases it until `expires`, or somebody finished it; its person may lease a
    finished one again. It is never deleted, so that whoever had it once can always finish it. Purpose,
    vertical and priority are the task's, so that one index holds the queue.
    """

    task = models.ForeignKey(Task, models.CASCADE, related_name="turns")
    number = models.PositiveSmallIntegerField(help_text="From 1, within the task.")
    purpose = models.CharField(max_length=PURPOSE_LENGTH, choices=Purpose)
    vertical = models.ForeignKey(Vertical, models.CASCADE, related_name="turns")
    priority = models.IntegerField(default=0)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="turns"
    )
    token = models.UUIDField(null=True, blank=True, editable=False, help_text="Names the lease.")
    expires = models.DateTimeField(null=True, blank=True, help_text="When the lease ends by itself.")
    started = models.DateTimeField(null=True, blank=True, help_text="When its person got it.")
    finished = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True, help_text="That its person worked on it.")
    withdrawn = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it stopped being offered: enough people answer, or nobody shall.",
    )
    returned = models.DateTimeField(
        null=True, blank=True, help_text="When a reviewer sent it back, until it is finished again."
    )

    objects = Scoped()

    class Meta:
        ordering = ["-priority", "number", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["task", "number"], name="labeling_turn_number_once"),
            models.UniqueConstraint(
                fields=["task", "person"], condition=Q(person__isnull=False), name="labeling_turn_person_once"
            ),
            models.CheckConstraint(
                condition=Q(token__isnull=True, expires__isnull=True)
                | Q(token__isnull=False, expires__isnull=False, person__isnull=False),
                name="labeling_turn_lease_whole",
            ),
            models.CheckConstraint(
                condition=Q(finished__isnull=True) | Q(person__isnull=False),
                name="labeling_turn_finished_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(returned__isnull=True) | Q(finished__isnull=False),
                name="labeling_turn_returned_when_finished",
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="labeling_turn_number_from_1"),
        ]
        indexes = [
            models.Index(
                "purpose",
                OrderBy(F("priority"), descending=True),
                "number",
                "id",
                condition=Q(finished__isnull=True, withdrawn__isnull=True),
                name="labeling_turn_queue",
            ),
            models.Index(
                "vertical",
                "purpose",
                OrderBy(F("priority"), descending=True),
                "number",
                "id",
                condition=Q(finished__isnull=True, withdrawn__isnull=True),
                name="labeling_turn_vertical_queue",
            ),
            models.Index(fields=["person", "finished"], name="labeling_turn_of_person"),
            models.Index(fields=["purpose"], condition=Q(token__isnull=False), name="labeling_turn_leased"),
            models.Index(
                fields=["person"], condition=Q(returned__isnull=False), name="labeling_turn_returned"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task}, turn {self.number}"


class SetAside(models.Model):
    """A task that a person does not want to see, for good or until a time."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="set_aside")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="set_aside")
    reason = models.TextField(blank=True)
    until = models.DateTimeField(null=True, blank=True, help_text="Null: for good.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created"]
        constraints = [models.UniqueConstraint(fields=["task", "person"], name="labeling_setaside_once")]

    def __str__(self) -> str:
        return f"{self.person}: not {self.task}"


class VerticalAssignment(models.Model):
    """A person works on a vertical. Whoever has none works on all."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments")
    vertical = models.ForeignKey(Vertical, models.CASCADE, related_name="assignments")

    class Meta:
        ordering = ["person", "vertical"]
        constraints = [
            models.UniqueConstraint(fields=["person", "vertical"], name="labeling_assignment_once")
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.vertical}"


class Receipt(models.Model):
    """What was answered to one message of a browser's outbox: the same message again gets the same answer.

    It is kept for good, for nobody knows when a browser that was off comes back.
    """

    key = models.CharField(max_length=KEY_LENGTH)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="receipts")
    answer = models.JSONField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="labeling_receipt_once"),
            models.CheckConstraint(condition=~Q(key=""), name="labeling_receipt_key_given"),
        ]

    def __str__(self) -> str:
        return self.key

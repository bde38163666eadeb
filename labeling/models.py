"""What people said: tasks, suggestions they were shown, annotations, verdicts, and the labels that hold."""

from django.conf import settings
from django.db import models
from django.db.models import F, OrderBy, Q

from catalog.models import Attribute, Listing, SchemaVersion, Vertical
from catalog.states import State

KEY_LENGTH = 100
PURPOSE_LENGTH = 12
STATE_CHOICES = [(state.value, state.value) for state in State]


def _one_answer() -> Q:
    """Values or a state, never both, never neither."""
    has_state = Q(state__in=[state.value for state in State])
    return (Q(values=[]) & has_state) | (~Q(values=[]) & Q(state=""))


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


class Provenance(models.TextChoices):
    """Where a label comes from."""

    IMPORT = "import"
    ANNOTATION = "annotation"
    ADJUDICATION = "adjudication"
    VERDICT = "verdict"


class Answer(models.Model):
    """An answer to one question: the codes of its values, or a state."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="%(class)ss")
    attribute = models.ForeignKey(Attribute, models.PROTECT, related_name="%(class)ss")
    values = models.JSONField(default=list, blank=True, help_text="Value codes.")
    state = models.CharField(max_length=14, choices=STATE_CHOICES, blank=True)
    schema_version = models.ForeignKey(
        SchemaVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss",
        help_text="What was asked when it was given; null: before versions were kept.",
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.listing} / {self.attribute}: {self.state or ', '.join(self.values)}"


class Task(models.Model):
    """Work for people: look at this listing."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="tasks")
    purpose = models.CharField(max_length=PURPOSE_LENGTH, choices=Purpose)
    asks = models.JSONField(
        default=list, blank=True, help_text="Codes of the attributes that are asked; empty: all of them."
    )
    status = models.CharField(max_length=4, choices=TaskStatus, default=TaskStatus.OPEN)
    priority = models.IntegerField(default=0, help_text="Higher comes first.")
    created = models.DateTimeField(auto_now_add=True)

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


class Suggestion(models.Model):
    """What somebody or something proposes for a question, as plain data."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="suggestions")
    attribute = models.ForeignKey(Attribute, models.PROTECT, related_name="suggestions")
    source = models.CharField(max_length=KEY_LENGTH)
    shares = models.JSONField(
        default=dict, help_text="{answer: share in [0, 1]}, the shares add up to 1 at most."
    )
    chains = models.JSONField(default=list, blank=True, help_text="The reasoning texts behind it.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(source=""), name="labeling_suggestion_source_given")
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.listing} / {self.attribute}"


class Annotation(Answer):
    """What one annotator answered. Never changed: whoever thinks again adds another."""

    task = models.ForeignKey(Task, models.SET_NULL, null=True, blank=True, related_name="annotations")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="annotations")
    evidence_position = models.PositiveIntegerField(
        null=True, blank=True, help_text="The photo, from 1, that shows it."
    )
    suggestion = models.ForeignKey(
        Suggestion,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="annotations",
        help_text="What the annotator was shown beforehand.",
    )
    idempotency_key = models.CharField(max_length=KEY_LENGTH)
    withdrawn = models.DateTimeField(null=True, blank=True, help_text="When its annotator took it back.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["idempotency_key"], name="labeling_annotation_key_unique"),
            models.CheckConstraint(condition=~Q(idempotency_key=""), name="labeling_annotation_key_given"),
            models.CheckConstraint(condition=_one_answer(), name="labeling_annotation_one_answer"),
            models.CheckConstraint(
                condition=Q(evidence_position__gte=1), name="labeling_annotation_evidence_from_1"
            ),
        ]
        indexes = [
            models.Index(fields=["task", "annotator"], name="labeling_annotation_of_task"),
            models.Index(fields=["annotator", "created"], name="labeling_annotation_of_person"),
        ]


class Verdict(Answer):
    """What a reviewer decided, looking at a suggestion or not. Never changed."""

    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="verdicts")
    suggestion = models.ForeignKey(
        Suggestion, models.SET_NULL, null=True, blank=True, related_name="verdicts"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [models.CheckConstraint(condition=_one_answer(), name="labeling_verdict_one_answer")]


class Label(Answer):
    """The answer that holds for a question: the truth that training learns from and is measured by."""

    provenance = models.CharField(max_length=12, choices=Provenance)
    source = models.CharField(max_length=KEY_LENGTH, blank=True, help_text="Who or which file, in words.")
    evidence_position = models.PositiveIntegerField(
        null=True, blank=True, help_text="The photo, from 1, that shows it."
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["listing", "attribute"]
        constraints = [
            models.UniqueConstraint(fields=["listing", "attribute"], name="labeling_label_once"),
            models.CheckConstraint(condition=_one_answer(), name="labeling_label_one_answer"),
            models.CheckConstraint(
                condition=Q(provenance__in=Provenance.values), name="labeling_label_provenance_known"
            ),
            models.CheckConstraint(
                condition=Q(evidence_position__gte=1), name="labeling_label_evidence_from_1"
            ),
        ]
        indexes = [
            models.Index(
                fields=["attribute", "state", "listing"],
                condition=~Q(state=""),
                name="labeling_label_by_state",
            ),
        ]


class LabelRevision(Answer):
    """A label as it was made or changed once: who, when, why. Never changed."""

    provenance = models.CharField(max_length=12, choices=Provenance)
    source = models.CharField(max_length=KEY_LENGTH, blank=True, help_text="Who or which file, in words.")
    evidence_position = models.PositiveIntegerField(null=True, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="label_revisions"
    )
    reason = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            models.CheckConstraint(condition=_one_answer(), name="labeling_labelrevision_one_answer"),
            models.CheckConstraint(
                condition=Q(provenance__in=Provenance.values), name="labeling_labelrevision_provenance_known"
            ),
        ]
        indexes = [models.Index(fields=["listing", "attribute"], name="labeling_revision_by_question")]


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

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["purpose"], name="labeling_purposerule_once"),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="labeling_purposerule_purpose_known"
            ),
            models.CheckConstraint(condition=Q(overlap__gte=1), name="labeling_purposerule_overlap_from_1"),
            models.CheckConstraint(
                condition=Q(agree__gte=1, agree__lte=F("overlap")), name="labeling_purposerule_agree_in_overlap"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.agree} of {self.overlap}"


class Turn(models.Model):
    """One person's turn at a task: a task has as many as people are to answer it.

    Nobody has it, somebody leases it until `expires`, or somebody finished it. Purpose, vertical and priority
    are the task's, so that one index holds the queue.
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
    started = models.DateTimeField(null=True, blank=True, help_text="When its person saw it first.")
    finished = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True, help_text="That its person worked on it.")

    class Meta:
        ordering = ["-priority", "number", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["task", "number"], name="labeling_turn_number_once"),
            models.UniqueConstraint(
                fields=["task", "person"], condition=Q(person__isnull=False), name="labeling_turn_person_once"
            ),
            models.CheckConstraint(
                condition=Q(token__isnull=True, expires__isnull=True)
                | Q(token__isnull=False, expires__isnull=False, person__isnull=False, finished__isnull=True),
                name="labeling_turn_lease_whole",
            ),
            models.CheckConstraint(
                condition=Q(finished__isnull=True) | Q(person__isnull=False),
                name="labeling_turn_finished_by_somebody",
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="labeling_turn_number_from_1"),
        ]
        indexes = [
            models.Index(
                "purpose",
                OrderBy(F("priority"), descending=True),
                "number",
                "id",
                condition=Q(finished__isnull=True),
                name="labeling_turn_queue",
            ),
            models.Index(
                "vertical",
                "purpose",
                OrderBy(F("priority"), descending=True),
                "number",
                "id",
                condition=Q(finished__isnull=True),
                name="labeling_turn_vertical_queue",
            ),
            models.Index(fields=["person", "finished"], name="labeling_turn_of_person"),
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
        constraints = [models.UniqueConstraint(fields=["person", "vertical"], name="labeling_assignment_once")]

    def __str__(self) -> str:
        return f"{self.person}: {self.vertical}"


class Receipt(models.Model):
    """What was answered to one message of a browser's outbox: the same message again gets the same answer."""

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
        indexes = [models.Index(fields=["created"], name="labeling_receipt_by_created")]

    def __str__(self) -> str:
        return self.key


class Comment(models.Model):
    """What people say to each other about a listing; a flag is a comment that waits to be dealt with."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="comments")
    attribute = models.ForeignKey(
        Attribute, models.CASCADE, null=True, blank=True, related_name="comments"
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="comments")
    text = models.TextField()
    is_flag = models.BooleanField(default=False)
    resolved = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="resolved_flags"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="labeling_comment_text_given")]
        indexes = [
            models.Index(
                fields=["created"],
                condition=Q(is_flag=True, resolved__isnull=True),
                name="labeling_comment_open_flags",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:40]}"


class Mention(models.Model):
    """Somebody is named in a comment."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="mentions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mentions")
    seen = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-comment__created"]
        constraints = [models.UniqueConstraint(fields=["comment", "person"], name="labeling_mention_once")]

    def __str__(self) -> str:
        return f"@{self.person} in {self.comment}"

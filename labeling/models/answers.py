"""What people said: suggestions they were shown, annotations, and the labels that hold."""

from django.conf import settings
from django.db import models
from django.db.models import F, OrderBy, Q
from django.db.models.fields.json import KT

from catalog.models import Attribute, Listing, SchemaVersion
from catalog.models.scopes import OfAttribute
from catalog.states import State
from labeling.chains import LONGEST_LEADING
from labeling.models.work import KEY_LENGTH, Task

STATE_CHOICES = [(state.value, state.value) for state in State]


def _one_answer() -> Q:
    """Values or a state, never both, never neither."""
    has_state = Q(state__in=[state.value for state in State])
    return (Q(values=[]) & has_state) | (~Q(values=[]) & Q(state=""))


class Provenance(models.TextChoices):
    """Where a label comes from."""

    TEACHER = "teacher"
    IMPORT = "import"
    ANNOTATION = "annotation"
    ADJUDICATION = "adjudication"
    VERDICT = "verdict"


BY_PEOPLE = (Provenance.ANNOTATION, Provenance.ADJUDICATION, Provenance.VERDICT)
"""Labels whose `source` names people."""


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


class Suggestion(models.Model):
    """What somebody or something proposes for a question, as plain data."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="suggestions")
    attribute = models.ForeignKey(Attribute, models.PROTECT, related_name="suggestions")
    source = models.CharField(max_length=KEY_LENGTH)
    shares = models.JSONField(
        default=dict, help_text="{answer: share in [0, 1]}, the shares add up to 1 at most."
    )
    leading = models.CharField(
        max_length=LONGEST_LEADING,
        blank=True,
        editable=False,
        help_text="The answer with the largest share, by which it is found.",
    )
    chains = models.JSONField(
        default=list,
        blank=True,
        help_text="The reasoning texts behind it: [{answer, text, logprob}], the answers in words.",
    )
    created = models.DateTimeField(auto_now_add=True)

    objects = OfAttribute()

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(source=""), name="labeling_suggestion_source_given")
        ]
        indexes = [
            models.Index(fields=["attribute", "leading", "listing"], name="labeling_suggestion_by_leading"),
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
    reasoning_wrong = models.BooleanField(
        default=False,
        help_text="The answer is right, but the chains of the suggestion that end in it reason wrongly.",
    )
    idempotency_key = models.CharField(max_length=KEY_LENGTH)
    lease = models.UUIDField(
        null=True, blank=True, editable=False, help_text="The lease of the turn that it was given under."
    )
    withdrawn = models.DateTimeField(null=True, blank=True, help_text="When its annotator took it back.")
    created = models.DateTimeField(auto_now_add=True)

    objects = OfAttribute()

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


class Label(Answer):
    """The answer that holds for a question: the truth that training learns from and is measured by."""

    provenance = models.CharField(max_length=12, choices=Provenance)
    source = models.CharField(max_length=KEY_LENGTH, blank=True, help_text="Who or which file, in words.")
    evidence_position = models.PositiveIntegerField(
        null=True, blank=True, help_text="The photo, from 1, that shows it."
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = OfAttribute()

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
            # What people confirmed of a value, the newest first: by the first value, for lists may be long.
            models.Index(
                F("attribute"),
                KT("values__0"),
                OrderBy(F("id"), descending=True),
                condition=Q(state="") & ~Q(provenance="teacher"),
                name="labeling_label_confirmed",
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

    objects = OfAttribute()

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            models.CheckConstraint(condition=_one_answer(), name="labeling_labelrevision_one_answer"),
            models.CheckConstraint(
                condition=Q(provenance__in=Provenance.values), name="labeling_labelrevision_provenance_known"
            ),
        ]
        indexes = [models.Index(fields=["listing", "attribute"], name="labeling_revision_by_question")]

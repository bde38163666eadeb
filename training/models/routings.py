"""Routings: which answers of a model version are accepted, which go to reviewers and which are audited."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from attrx_web.auditlog.actions import Kind
from catalog.models import Attribute, Listing, Status, Work, claim_constraints, work_constraints
from labeling.models import Task
from training.models.rounds import SHORT_LENGTH
from training.models.versions import ModelVersion


class RoutingState(models.TextChoices):
    """What a routing counts for."""

    DRAFT = "draft", "a dry run"
    CURRENT = "current", "current"
    SUPERSEDED = "superseded", "superseded"


class Route(models.TextChoices):
    """Where people meet a question: nobody looks at the accepted ones, so they have no rows."""

    REVIEW = "review"
    AUDIT = "audit"


class Routing(Work):
    """What is to become of a version's predictions: a dry run until an admin confirms it.

    An answer is accepted while its routing is current, by its agreement: it reaches its attribute's
    threshold, no row of RoutedQuestion sends it to people, and nobody has labelled the question.
    """

    logged_as = Kind.ROUTING

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="routings")
    state = models.CharField(max_length=SHORT_LENGTH, choices=RoutingState, default=RoutingState.DRAFT)
    params = models.JSONField(help_text="What was asked for, as training.routing.settings reads it.")
    done = models.PositiveIntegerField(default=0, help_text="Predictions that were looked at.")
    total = models.PositiveIntegerField(default=0, help_text="0: not known yet.")
    attempts = models.PositiveIntegerField(default=0, help_text="How often a worker took it.")
    calibration = models.JSONField(default=dict, blank=True, help_text="The curves behind the thresholds.")
    summary = models.JSONField(default=dict, blank=True, help_text="What the dry run found.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="routings"
    )
    confirmed = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="confirmed_routings"
    )
    superseded = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            *work_constraints("training_routing", Status.values),
            *claim_constraints("training_routing"),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="current"), name="training_routing_one_current"
            ),
            models.CheckConstraint(
                condition=Q(state__in=RoutingState.values), name="training_routing_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", confirmed__isnull=True)
                | (~Q(state="draft") & Q(confirmed__isnull=False, status=Status.DONE)),
                name="training_routing_counts_once_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(state="superseded", superseded__isnull=False)
                | (~Q(state="superseded") & Q(superseded__isnull=True)),
                name="training_routing_superseded_when",
            ),
            models.CheckConstraint(
                condition=Q(total=0) | Q(done__lte=F("total")), name="training_routing_done_within_total"
            ),
        ]
        indexes = [models.Index(fields=["status", "heartbeat"], name="training_routing_by_heartbeat")]

    def __str__(self) -> str:
        return f"Routing {self.pk}"


class RoutingThreshold(models.Model):
    """From which agreement on answers to an attribute are accepted, and by what evidence."""

    routing = models.ForeignKey(Routing, models.CASCADE, related_name="thresholds")
    attribute = models.ForeignKey(Attribute, models.PROTECT, related_name="thresholds")
    threshold = models.FloatField(null=True, blank=True, help_text="Agreement; empty: nothing is accepted.")
    why = models.CharField(max_length=100, help_text="What stands between it and acceptance.")
    judged = models.PositiveIntegerField(help_text="Its questions that people have judged.")
    above = models.PositiveIntegerField(help_text="Those of them from the threshold on.")
    correct = models.PositiveIntegerField(help_text="Those of them whose majority is right.")
    expected = models.FloatField(help_text="Precision of what is accepted, as calibrated.")
    unit = models.CharField(max_length=200, blank=True, help_text="What was tested together with it.")
    bound = models.FloatField(null=True, blank=True, help_text="The unit's precision is at least that.")
    more = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Audited answers that it still takes; empty: none, or no number would do.",
    )
    figures = models.JSONField(default=dict, help_text="Its questions by what becomes of them.")

    class Meta:
        ordering = ["routing", "attribute"]
        constraints = [
            models.UniqueConstraint(fields=["routing", "attribute"], name="training_threshold_once"),
            models.CheckConstraint(
                condition=Q(threshold__isnull=True) | Q(threshold__gt=0, threshold__lte=1),
                name="training_threshold_is_share",
            ),
            models.CheckConstraint(
                condition=Q(correct__lte=F("above"), above__lte=F("judged")),
                name="training_threshold_counts_add_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.routing}, {self.attribute}: {self.threshold}"


class RoutedQuestion(models.Model):
    """A question that people are to answer: for review in the order of value, for audit by chance."""

    routing = models.ForeignKey(Routing, models.CASCADE, related_name="questions")
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="routed")
    attribute = models.ForeignKey(Attribute, models.PROTECT, related_name="routed")
    route = models.CharField(max_length=SHORT_LENGTH, choices=Route)
    rank = models.PositiveIntegerField(help_text="From 1, the order in which people get it.")
    value = models.FloatField(default=0, help_text="What a verdict is worth; of reviews.")
    probability = models.FloatField(
        null=True, blank=True, help_text="With which it was drawn, of all questions; of audits."
    )
    released = models.DateTimeField(null=True, blank=True, help_text="When people were asked.")
    task = models.ForeignKey(
        Task, models.SET_NULL, null=True, blank=True, related_name="routed", help_text="That asks them."
    )
    withdrawn = models.DateTimeField(
        null=True, blank=True, help_text="When it was taken back, or found answered before it was asked."
    )

    class Meta:
        ordering = ["routing", "route", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["routing", "listing", "attribute"], name="training_routed_once"),
            models.UniqueConstraint(fields=["routing", "route", "rank"], name="training_routed_rank_once"),
            models.CheckConstraint(condition=Q(route__in=Route.values), name="training_routed_route_known"),
            models.CheckConstraint(
                condition=Q(route="review", probability__isnull=True)
                | Q(route="audit", probability__gt=0, probability__lte=1),
                name="training_routed_audit_has_probability",
            ),
        ]
        indexes = [
            models.Index(fields=["route", "released"], name="training_routed_by_release"),
            models.Index(
                fields=["routing", "route", "rank"],
                condition=Q(released__isnull=True, withdrawn__isnull=True),
                name="training_routed_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.rank}: {self.listing} / {self.attribute}"

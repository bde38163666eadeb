"""Health, week by week: stored figures, rules, the alerts that follow, and their delivery."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from catalog.models import Attribute, Status, Vertical, Work, claim_constraints, work_constraints
from training.models.rounds import SHORT_LENGTH
from training.models.versions import ModelVersion


class FigureKind(models.TextChoices):
    """What a weekly figure tells (training.ml.drift.Kind)."""

    AGREEMENT = "agreement", "Agreement"
    VALUE_MIX = "value_mix", "Value mix"
    IMAGE_SHIFT = "image_shift", "Photos"
    ASKED = "asked", "Missing values"
    AUDITED = "audited", "Audited accuracy"
    UNSEEN = "unseen", "Vertical never seen"


class HealthRun(Work):
    """The ledger row of the computation of one week's figures."""

    week = models.DateField(help_text="Its Monday.")

    class Meta:
        ordering = ["-week", "-pk"]
        constraints = [
            *work_constraints("training_healthrun", Status.values),
            *claim_constraints("training_healthrun"),
            models.UniqueConstraint(
                fields=["week"],
                condition=Q(status__in=[Status.QUEUED.value, Status.RUNNING.value]),
                name="training_healthrun_one_a_week",
            ),
        ]
        indexes = [models.Index(fields=["status", "heartbeat"], name="training_healthrun_heartbeat")]

    def __str__(self) -> str:
        return f"health of the week of {self.week}"


class WeeklyFigure(models.Model):
    """One figure of a vertical, or of an attribute of it, in one week."""

    week = models.DateField(help_text="Its Monday.")
    vertical = models.ForeignKey(Vertical, models.CASCADE, related_name="weekly_figures", db_index=False)
    attribute = models.ForeignKey(
        Attribute, models.CASCADE, null=True, blank=True, related_name="weekly_figures"
    )
    kind = models.CharField(max_length=SHORT_LENGTH, choices=FigureKind)
    version = models.ForeignKey(
        ModelVersion,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="weekly_figures",
        help_text="The champion of the time, whose votes are counted.",
    )
    value = models.FloatField()
    count = models.PositiveIntegerField(help_text="Listings or answers behind it.")
    reference = models.FloatField(null=True, blank=True, help_text="The same of the reference window.")
    reference_count = models.PositiveIntegerField(default=0)
    effect = models.FloatField(help_text="How bad it is, in the figure's own unit.")
    low = models.FloatField(null=True, blank=True, help_text="Lower end of the 95 % interval.")
    high = models.FloatField(null=True, blank=True, help_text="Upper end of the 95 % interval.")
    p_value = models.FloatField(null=True, blank=True, help_text="Null: too little to compare.")
    adjusted = models.FloatField(
        null=True, blank=True, help_text="The p-value, adjusted for all comparisons of the week (Holm)."
    )
    parts = models.JSONField(
        default=list, blank=True, help_text="[[answer, share in the week, share before]], of a value mix."
    )
    computed = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["week", "vertical", "kind", "attribute"]
        constraints = [
            models.UniqueConstraint(
                fields=["vertical", "week", "kind", "attribute"],
                condition=Q(attribute__isnull=False),
                name="training_figure_once_of_attribute",
            ),
            models.UniqueConstraint(
                fields=["vertical", "week", "kind"],
                condition=Q(attribute__isnull=True),
                name="training_figure_once_of_vertical",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FigureKind.values), name="training_figure_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(p_value__isnull=True)
                | Q(p_value__gte=0, p_value__lte=1, adjusted__gte=F("p_value"), adjusted__lte=1),
                name="training_figure_p_is_share",
            ),
            models.CheckConstraint(
                condition=Q(low__isnull=True, high__isnull=True)
                | Q(low__lte=F("value"), high__gte=F("value")),
                name="training_figure_in_interval",
            ),
        ]
        indexes = [models.Index(fields=["week", "vertical"], name="training_figure_by_week")]

    def __str__(self) -> str:
        return (
            f"{self.get_kind_display()} of {self.attribute or self.vertical}, {self.week}: {self.value:.3g}"
        )


class AlertRule(models.Model):
    """From where on a figure is an alarm, and who is told. One of a vertical goes before that of all."""

    kind = models.CharField(max_length=SHORT_LENGTH, choices=FigureKind)
    vertical = models.ForeignKey(
        Vertical, models.CASCADE, null=True, blank=True, related_name="alert_rules", help_text="Empty: all."
    )
    least = models.FloatField(help_text="From where on the figure matters, in its own unit.")
    level = models.FloatField(
        default=0.01, help_text="Chance of a false alarm in a week, over everything that is compared."
    )
    active = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=True, help_text="To all admins with an address.")
    by_webhook = models.BooleanField(default=True, help_text="To ATTRX_WEBHOOK_URL.")
    changed = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="alert_rules"
    )

    class Meta:
        ordering = ["kind", "vertical"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "vertical"],
                condition=Q(vertical__isnull=False),
                name="training_alertrule_once_of_vertical",
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(vertical__isnull=True), name="training_alertrule_once_of_all"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FigureKind.values), name="training_alertrule_kind_known"
            ),
            models.CheckConstraint(condition=Q(least__gte=0), name="training_alertrule_least_not_negative"),
            models.CheckConstraint(
                condition=Q(level__gt=0, level__lte=0.2), name="training_alertrule_level_is_small"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.vertical or 'all verticals'}"


class Alert(models.Model):
    """Something that people should look at, from when it was found until the figure is back."""

    kind = models.CharField(max_length=SHORT_LENGTH, choices=FigureKind)
    vertical = models.ForeignKey(Vertical, models.CASCADE, related_name="alerts")
    attribute = models.ForeignKey(Attribute, models.CASCADE, null=True, blank=True, related_name="alerts")
    figure = models.ForeignKey(
        WeeklyFigure, models.SET_NULL, null=True, related_name="alerts", help_text="The last that was judged."
    )
    week = models.DateField(help_text="The first week that was an alarm.")
    last_week = models.DateField(help_text="The last one.")
    opened = models.DateTimeField(auto_now_add=True)
    acknowledged = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="acknowledged_alerts"
    )
    resolved = models.DateTimeField(null=True, blank=True, help_text="When the figure was back.")

    class Meta:
        ordering = ["-opened", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["vertical", "kind", "attribute"],
                condition=Q(resolved__isnull=True, attribute__isnull=False),
                name="training_alert_open_once_of_attribute",
            ),
            models.UniqueConstraint(
                fields=["vertical", "kind"],
                condition=Q(resolved__isnull=True, attribute__isnull=True),
                name="training_alert_open_once_of_vertical",
            ),
            models.CheckConstraint(condition=Q(kind__in=FigureKind.values), name="training_alert_kind_known"),
            models.CheckConstraint(
                condition=Q(last_week__gte=F("week")), name="training_alert_weeks_in_order"
            ),
        ]
        indexes = [
            models.Index(fields=["vertical"], condition=Q(resolved__isnull=True), name="training_alert_open"),
            models.Index(
                fields=["id"],
                condition=Q(resolved__isnull=True, acknowledged__isnull=True),
                name="training_alert_new",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.attribute or self.vertical}"


class Channel(models.TextChoices):
    """How an alert leaves the app."""

    MAIL = "mail", "e-mail"
    WEBHOOK = "webhook", "webhook"


class DeliveryEvent(models.TextChoices):
    """What a message is about."""

    OPENED = "opened", "alert opened"
    RESOLVED = "resolved", "alert resolved"
    IMPORT_DONE = "import.done", "import done"
    ROUND_DONE = "round.done", "round done"
    VERSION_PROMOTED = "version.promoted", "version promoted"


class Delivery(Work):
    """The ledger row of one message: an alert was opened or resolved, or something else came to its end."""

    alert = models.ForeignKey(Alert, models.CASCADE, null=True, blank=True, related_name="deliveries")
    subject = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="The key of the import, round or change that it is about."
    )
    content = models.JSONField(
        default=dict, blank=True, help_text="What is sent; of an alert it is made then."
    )
    channel = models.CharField(max_length=SHORT_LENGTH, choices=Channel)
    event = models.CharField(max_length=SHORT_LENGTH, choices=DeliveryEvent)
    attempts = models.PositiveIntegerField(default=0)
    due = models.DateTimeField(help_text="Not before.")
    problem = models.TextField(blank=True, help_text="What went wrong the last time.")

    class Meta:
        ordering = ["due", "pk"]
        verbose_name_plural = "deliveries"
        constraints = [
            *work_constraints("training_delivery", Status.values),
            *claim_constraints("training_delivery"),
            models.UniqueConstraint(fields=["alert", "channel", "event"], name="training_delivery_once"),
            models.UniqueConstraint(
                fields=["event", "subject", "channel"], name="training_delivery_once_of_subject"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="training_delivery_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(alert__isnull=False, subject__isnull=True, event__in=["opened", "resolved"])
                | Q(
                    alert__isnull=True,
                    subject__isnull=False,
                    event__in=["import.done", "round.done", "version.promoted"],
                ),
                name="training_delivery_event_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due"], condition=Q(status__in=["queued", "running"]), name="training_delivery_due"
            )
        ]

    def __str__(self) -> str:
        if self.alert:
            return f"{self.get_channel_display()}: {self.alert} is {self.event}"
        return f"{self.get_channel_display()}: {self.event}, {self.subject}"

"""How the aliases came to point where they do: checks of the promotion gate, and every change."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from training.models.rounds import SHORT_LENGTH
from training.models.versions import AliasName, ModelVersion


class ChangeKind(models.TextChoices):
    """How an alias came to point elsewhere."""

    BEGAN = "began", "became the first"
    OFFERED = "offered", "won its round"
    PROMOTED = "promoted", "was promoted"
    OVERRIDDEN = "overridden", "was promoted against the gate"
    ROLLED_BACK = "rolled_back", "came back by a rollback"
    CLEARED = "cleared", "is not the challenger any more"


class GateCheck(models.Model):
    """What the promotion gate found about a version and the champion of the time. Never changed."""

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="gate_checks")
    champion = models.ForeignKey(ModelVersion, models.CASCADE, related_name="gate_checks_against")
    passed = models.BooleanField()
    outcome = models.JSONField(help_text="As training.ml.gate.GateOutcome reads it.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(version=F("champion")), name="training_gate_of_two_versions")
        ]

    def __str__(self) -> str:
        return f"{self.version} against {self.champion}: {'passes' if self.passed else 'does not pass'}"


class AliasChange(models.Model):
    """One line of the history of an alias. Lines are added, never changed."""

    alias = models.CharField(max_length=SHORT_LENGTH, choices=AliasName)
    kind = models.CharField(max_length=SHORT_LENGTH, choices=ChangeKind)
    from_version = models.ForeignKey(ModelVersion, models.PROTECT, null=True, blank=True, related_name="+")
    to_version = models.ForeignKey(
        ModelVersion, models.PROTECT, null=True, blank=True, related_name="alias_changes"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="alias_changes"
    )
    reason = models.TextField(blank=True)
    gate_check = models.ForeignKey(
        GateCheck, models.PROTECT, null=True, blank=True, related_name="alias_changes"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(alias__in=AliasName.values), name="training_alias_change_alias_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ChangeKind.values), name="training_alias_change_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(to_version__isnull=False)
                | Q(kind=ChangeKind.CLEARED, from_version__isnull=False),
                name="training_alias_change_goes_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(to_version__isnull=True)
                | Q(from_version__isnull=True)
                | ~Q(from_version=F("to_version")),
                name="training_alias_change_changes",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[ChangeKind.PROMOTED, ChangeKind.OVERRIDDEN])
                | Q(gate_check__isnull=False),
                name="training_alias_change_promotion_has_gate",
            ),
            models.CheckConstraint(
                condition=~Q(kind=ChangeKind.OVERRIDDEN) | ~Q(reason=""),
                name="training_alias_change_override_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alias}: {self.to_version or 'nothing'}, {self.get_kind_display()}"

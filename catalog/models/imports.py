"""Imports: the ledger of files that bring listings, and what was wrong with their rows."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from attrx_web.auditlog.actions import Kind
from catalog.models.work import Status, Work, claim_constraints, work_constraints
from catalog.schema.codes import NAME_LENGTH

PATH_LENGTH = 1000
STAGE_LENGTH = 10


class Stage(models.TextChoices):
    """What an import does next. It goes on from here after a crash."""

    PLAN = "plan", "choosing columns"
    CHECK = "check", "checking rows"
    LOAD = "load", "loading rows"
    SETTLE = "settle", "finding near-duplicates and splitting"


class Import(Work):
    """A file that brings listings. At most one is loaded at a time, so that groups and splits stay true."""

    logged_as = Kind.IMPORT

    name = models.CharField(max_length=NAME_LENGTH, help_text="The file's name, for people.")
    path = models.CharField(
        max_length=PATH_LENGTH,
        help_text="Of the rows: a name in the media storage, or absolute on this machine.",
    )
    photos = models.CharField(
        max_length=PATH_LENGTH,
        blank=True,
        help_text="Where photos lie: a zip in the media storage, an absolute folder or zip, or a key prefix.",
    )
    plan = models.JSONField(default=dict, help_text="How the file is read, as importing.plan.Plan writes it.")
    sample = models.JSONField(
        default=dict, help_text="How the file begins, as importing.sample.Sample writes it."
    )
    stage = models.CharField(max_length=STAGE_LENGTH, choices=Stage, default=Stage.PLAN)
    queued = models.DateTimeField(null=True, help_text="When its present stage was asked for.")
    rows = models.PositiveBigIntegerField(default=0, help_text="Rows of the file that are dealt with.")
    rows_before = models.PositiveBigIntegerField(
        default=0, help_text="Of these, dealt with when it was last queued: its speed counts the others."
    )
    position = models.PositiveBigIntegerField(default=0, help_text="How far into the file, of `size`.")
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes or rows of the file. 0: not known.")
    accepted = models.PositiveBigIntegerField(default=0, help_text="Listings that are good, by the check.")
    listings_created = models.PositiveBigIntegerField(default=0)
    listings_updated = models.PositiveBigIntegerField(default=0)
    listings_unchanged = models.PositiveBigIntegerField(default=0)
    listings_refused = models.PositiveBigIntegerField(default=0)
    listings_without_photos = models.PositiveBigIntegerField(
        default=0, help_text="Good ones, for which the file names no photo."
    )
    loaded = models.DateTimeField(null=True, help_text="When every row of the file was dealt with.")
    settled = models.BooleanField(
        default=False, help_text="Its listings have their groups and splits: rounds may use them."
    )
    settled_to = models.PositiveBigIntegerField(
        default=0,
        help_text="Its listings up to this key have their groups and splits, and keep them when it goes on.",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="imports"
    )

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            *work_constraints("catalog_import", Status.values),
            *claim_constraints("catalog_import"),
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="running"), name="catalog_import_one_runs"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="catalog_import_name_given"),
            models.CheckConstraint(condition=~Q(path=""), name="catalog_import_path_given"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="catalog_import_stage_known"),
        ]

    def __str__(self) -> str:
        return f"import {self.pk} of {self.name}"


class ImportProblem(models.Model):
    """Why a row did not land."""

    of = models.ForeignKey(Import, models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField(help_text="The file's row, from 1, without the header.")
    listing = models.CharField(max_length=NAME_LENGTH, blank=True, help_text="Its external id, if readable.")
    field = models.TextField(help_text="The column, as the file calls it.")
    value = models.TextField(blank=True, help_text="What stands there, cut short.")
    reason = models.TextField()
    remedy = models.TextField()

    class Meta:
        ordering = ["of", "row", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(row__gte=1), name="catalog_importproblem_row_from_1"),
            models.CheckConstraint(condition=~Q(reason=""), name="catalog_importproblem_reason_given"),
            models.CheckConstraint(condition=~Q(remedy=""), name="catalog_importproblem_remedy_given"),
        ]
        indexes = [models.Index(fields=["of", "row"], name="catalog_importproblem_by_row")]

    def __str__(self) -> str:
        return f"{self.of}, row {self.row}: {self.reason}"

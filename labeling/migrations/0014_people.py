import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Stored figures of what people did, and the ledger of the counts."""

    dependencies = [
        ("catalog", "0012_split_counts"),
        ("labeling", "0013_second_opinion"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PeopleCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=20,
                    ),
                ),
                ("error", models.TextField(blank=True, help_text="What happened and what to do.")),
                ("worker", models.CharField(blank=True, max_length=200)),
                (
                    "claim",
                    models.UUIDField(
                        blank=True, editable=False, help_text="Held by the job that runs it.", null=True
                    ),
                ),
                ("cancel_requested", models.BooleanField(default=False)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("started", models.DateTimeField(blank=True, null=True)),
                ("heartbeat", models.DateTimeField(blank=True, null=True)),
                ("finished", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["status", "heartbeat"], name="labeling_peoplecount_heartbeat")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["queued", "running", "done", "failed", "cancelled"])
                        ),
                        name="labeling_peoplecount_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status__in", ["done", "failed", "cancelled"]), ("finished__isnull", False)
                            ),
                            models.Q(
                                models.Q(("status__in", ["done", "failed", "cancelled"]), _negated=True),
                                ("finished__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="labeling_peoplecount_finished_once_ended",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "failed"), models.Q(("error", ""), _negated=True)),
                            models.Q(models.Q(("status", "failed"), _negated=True), ("error", "")),
                            _connector="OR",
                        ),
                        name="labeling_peoplecount_error_iff_failed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["running", "done"]), _negated=True),
                            models.Q(("heartbeat__isnull", False), ("started__isnull", False)),
                            _connector="OR",
                        ),
                        name="labeling_peoplecount_running_has_heartbeat",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "running"), ("claim__isnull", False)),
                            models.Q(models.Q(("status", "running"), _negated=True), ("claim__isnull", True)),
                            _connector="OR",
                        ),
                        name="labeling_peoplecount_claimed_iff_running",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cancel_requested", False), ("status", "running"), _connector="OR"
                        ),
                        name="labeling_peoplecount_cancel_of_running",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["queued", "running"])),
                        fields=("status",),
                        name="labeling_peoplecount_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("listings", models.PositiveIntegerField()),
                ("questions", models.PositiveIntegerField()),
                ("seconds", models.FloatField(help_text="Of active work.")),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="work_days",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["person", "day"],
                "indexes": [models.Index(fields=["day"], name="labeling_personday_by_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("person", "day"), name="labeling_personday_once"),
                    models.CheckConstraint(
                        condition=models.Q(("seconds__gte", 0)), name="labeling_personday_seconds_from_0"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonFigures",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("span", models.PositiveSmallIntegerField(help_text="Days, today among them; 0: all time.")),
                ("listings", models.PositiveIntegerField(default=0, help_text="Finished.")),
                ("questions", models.PositiveIntegerField(default=0, help_text="Answered about them.")),
                (
                    "timed_questions",
                    models.PositiveIntegerField(default=0, help_text="Of turns that were timed."),
                ),
                ("seconds", models.FloatField(default=0.0, help_text="Of active work, over timed turns.")),
                (
                    "listing_seconds",
                    models.FloatField(blank=True, help_text="Median of a timed listing.", null=True),
                ),
                (
                    "question_seconds",
                    models.FloatField(blank=True, help_text="Median of a timed question.", null=True),
                ),
                (
                    "compared",
                    models.PositiveIntegerField(
                        default=0, help_text="Answers held against another person's."
                    ),
                ),
                ("same", models.PositiveIntegerField(default=0, help_text="Of these, equal ones.")),
                (
                    "accepted",
                    models.PositiveIntegerField(
                        default=0, help_text="Verdicts that say what the majority says."
                    ),
                ),
                (
                    "reasoning",
                    models.PositiveIntegerField(default=0, help_text="Likewise, but its reasoning is wrong."),
                ),
                ("changed", models.PositiveIntegerField(default=0, help_text="Verdicts with another value.")),
                (
                    "no_value",
                    models.PositiveIntegerField(
                        default=0, help_text="Verdicts with a state in place of a value."
                    ),
                ),
                (
                    "set_aside",
                    models.PositiveIntegerField(
                        default=0, help_text="Listings set aside and not finished since."
                    ),
                ),
                (
                    "last",
                    models.DateTimeField(
                        blank=True, help_text="When they finished a listing last.", null=True
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="work_figures",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "vertical",
                    models.ForeignKey(
                        blank=True,
                        help_text="Null: all.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="work_figures",
                        to="catalog.vertical",
                    ),
                ),
            ],
            options={
                "ordering": ["person", "span", "vertical"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("vertical__isnull", False)),
                        fields=("person", "span", "vertical"),
                        name="labeling_personfigures_once_of_vertical",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("vertical__isnull", True)),
                        fields=("span", "person"),
                        name="labeling_personfigures_once_of_all",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("span__in", (7, 30, 0))), name="labeling_personfigures_span_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("same__lte", models.F("compared"))),
                        name="labeling_personfigures_same_of_compared",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("seconds__gte", 0), ("timed_questions__lte", models.F("questions"))
                        ),
                        name="labeling_personfigures_timed_of_questions",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonReliability",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("mean", models.FloatField()),
                ("low", models.FloatField(help_text="Lower end of the 95 % interval.")),
                ("high", models.FloatField(help_text="Upper end of the 95 % interval.")),
                ("checks", models.FloatField(help_text="Verdicts that somebody else's answer checked.")),
                (
                    "attribute",
                    models.ForeignKey(
                        blank=True,
                        help_text="Null: all.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="work_reliabilities",
                        to="catalog.attribute",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        help_text="Null: everybody.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="work_reliabilities",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["person", "attribute"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("attribute__isnull", False)),
                        fields=("person", "attribute"),
                        name="labeling_personreliability_once_of_attribute",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("attribute__isnull", True), ("person__isnull", False)),
                        fields=("person",),
                        name="labeling_personreliability_once_of_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("attribute__isnull", True), ("person__isnull", False), _connector="OR"
                        ),
                        name="labeling_personreliability_attribute_of_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("high__lte", 1),
                            ("low__gte", 0),
                            ("low__lte", models.F("high")),
                            ("mean__gte", 0),
                            ("mean__lte", 1),
                        ),
                        name="labeling_personreliability_is_share",
                    ),
                ],
            },
        ),
    ]

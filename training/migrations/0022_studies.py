import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0021_accepted_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Study",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "title",
                    models.CharField(blank=True, help_text="Empty: its number is its name.", max_length=200),
                ),
                (
                    "recorded",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="The last time, if it has grown since."
                    ),
                ),
                ("digest", models.CharField(help_text="SHA-256 of the document.", max_length=64)),
                (
                    "identity",
                    models.CharField(
                        help_text="SHA-256 of its settings: one that goes on has the same.", max_length=64
                    ),
                ),
                (
                    "source",
                    models.JSONField(help_text="What its listings are, as its folder says; may be empty."),
                ),
                ("params", models.JSONField(help_text="Of every arm, where the arm changes nothing.")),
                ("sizes", models.JSONField(help_text="Listings of each vertical.")),
                ("summary", models.JSONField(help_text="The last line that it printed.")),
                ("document", models.JSONField(help_text="study.json, whole.")),
            ],
            options={
                "verbose_name_plural": "studies",
                "ordering": ["-recorded", "-pk"],
                "indexes": [models.Index(fields=["identity"], name="training_study_by_identity")],
                "constraints": [
                    models.UniqueConstraint(fields=("digest",), name="training_study_once"),
                    models.CheckConstraint(
                        condition=models.Q(("digest", ""), _negated=True), name="training_study_has_digest"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StudyArm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=200)),
                ("group", models.CharField(help_text="What it is compared in.", max_length=200)),
                ("text", models.TextField(blank=True)),
                (
                    "study",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="arms",
                        to="training.study",
                    ),
                ),
            ],
            options={
                "ordering": ["study", "position"],
            },
        ),
        migrations.CreateModel(
            name="StudyFigure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(help_text="Of the step.")),
                ("step", models.CharField(max_length=200)),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("greedy", "greedy accuracy"),
                            ("majority", "majority accuracy"),
                            ("head_room", "head-room"),
                            ("gain", "gain over SFT"),
                            ("against_loop", "against the loop"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "vertical",
                    models.CharField(
                        blank=True, help_text="Of the study's listings; empty: all.", max_length=200
                    ),
                ),
                ("mean", models.FloatField()),
                (
                    "low",
                    models.FloatField(
                        blank=True, help_text="Empty, as high is: one seed has no interval.", null=True
                    ),
                ),
                ("high", models.FloatField(blank=True, null=True)),
                ("seeds", models.PositiveSmallIntegerField()),
                (
                    "arm",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="figures",
                        to="training.studyarm",
                    ),
                ),
            ],
            options={
                "ordering": ["arm", "position", "vertical", "measure"],
            },
        ),
        migrations.CreateModel(
            name="StudyRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seed", models.BigIntegerField()),
                ("pool", models.PositiveIntegerField(help_text="Listings, of all verticals.")),
                ("questions", models.PositiveIntegerField(help_text="Gold.")),
                (
                    "majority_class",
                    models.FloatField(help_text="Accuracy of each question's most frequent answer."),
                ),
                ("seconds", models.FloatField(help_text="Of the stages that it shares with no other arm.")),
                (
                    "arm",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runs",
                        to="training.studyarm",
                    ),
                ),
            ],
            options={
                "ordering": ["arm", "seed"],
            },
        ),
        migrations.CreateModel(
            name="StudyStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "name",
                    models.CharField(help_text="zero_shot, sft, or the iteration's number.", max_length=200),
                ),
                ("greedy", models.FloatField(help_text="Accuracy of greedy answers.")),
                ("majority", models.FloatField(help_text="Accuracy of the majority of the sampled chains.")),
                (
                    "agreement",
                    models.FloatField(blank=True, help_text="Mean, of the sampled chains.", null=True),
                ),
                (
                    "learned_from",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Pairs, or chains, that the iteration was trained on.",
                        null=True,
                    ),
                ),
                (
                    "names_evidence",
                    models.FloatField(
                        blank=True,
                        help_text="Share of chains that name a photo which shows the attribute.",
                        null=True,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="training.studyrun",
                    ),
                ),
            ],
            options={
                "ordering": ["run", "position"],
            },
        ),
        migrations.AddConstraint(
            model_name="studyarm",
            constraint=models.UniqueConstraint(
                fields=("study", "position"), name="training_studyarm_position_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="studyarm",
            constraint=models.UniqueConstraint(fields=("study", "name"), name="training_studyarm_name_once"),
        ),
        migrations.AddConstraint(
            model_name="studyarm",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("name", ""), _negated=True), models.Q(("group", ""), _negated=True)
                ),
                name="training_studyarm_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="studyfigure",
            constraint=models.UniqueConstraint(
                fields=("arm", "step", "measure", "vertical"), name="training_studyfigure_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="studyfigure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("measure__in", ["greedy", "majority", "head_room", "gain", "against_loop"])
                ),
                name="training_studyfigure_measure_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="studyfigure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("high__isnull", True), ("low__isnull", True)),
                    models.Q(
                        ("high__gte", models.F("mean")),
                        ("high__isnull", False),
                        ("low__isnull", False),
                        ("low__lte", models.F("mean")),
                    ),
                    _connector="OR",
                ),
                name="training_studyfigure_in_interval",
            ),
        ),
        migrations.AddConstraint(
            model_name="studyfigure",
            constraint=models.CheckConstraint(
                condition=models.Q(("seeds__gte", 1)), name="training_studyfigure_has_seeds"
            ),
        ),
        migrations.AddConstraint(
            model_name="studyrun",
            constraint=models.UniqueConstraint(fields=("arm", "seed"), name="training_studyrun_once"),
        ),
        migrations.AddConstraint(
            model_name="studyrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("majority_class__gte", 0), ("majority_class__lte", 1)),
                name="training_studyrun_is_share",
            ),
        ),
        migrations.AddConstraint(
            model_name="studyrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("seconds__gte", 0)), name="training_studyrun_seconds_from_0"
            ),
        ),
        migrations.AddConstraint(
            model_name="studystep",
            constraint=models.UniqueConstraint(
                fields=("run", "position"), name="training_studystep_position_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="studystep",
            constraint=models.UniqueConstraint(fields=("run", "name"), name="training_studystep_name_once"),
        ),
        migrations.AddConstraint(
            model_name="studystep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("greedy__gte", 0),
                    ("greedy__lte", 1),
                    ("majority__gte", 0),
                    ("majority__lte", 1),
                    models.Q(
                        models.Q(("agreement__gte", 0), ("agreement__lte", 1)),
                        ("agreement__isnull", True),
                        _connector="OR",
                    ),
                    models.Q(
                        models.Q(("names_evidence__gte", 0), ("names_evidence__lte", 1)),
                        ("names_evidence__isnull", True),
                        _connector="OR",
                    ),
                ),
                name="training_studystep_are_shares",
            ),
        ),
    ]

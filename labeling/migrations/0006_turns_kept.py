"""Turns are kept for good: they are withdrawn, sent back, and leased again when they are finished."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0012_split_counts"),
        ("labeling", "0005_turns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="turn",
            name="labeling_turn_lease_whole",
        ),
        migrations.RemoveIndex(
            model_name="receipt",
            name="labeling_receipt_by_created",
        ),
        migrations.RemoveIndex(
            model_name="turn",
            name="labeling_turn_queue",
        ),
        migrations.RemoveIndex(
            model_name="turn",
            name="labeling_turn_vertical_queue",
        ),
        migrations.AddField(
            model_name="annotation",
            name="lease",
            field=models.UUIDField(
                blank=True,
                editable=False,
                help_text="The lease of the turn that it was given under.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="purposerule",
            name="changed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="purpose_rules",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="purposerule",
            name="changed",
            field=models.DateTimeField(auto_now=True),
        ),
        migrations.AddField(
            model_name="purposerule",
            name="pending",
            field=models.BooleanField(
                default=False, help_text="Tasks that people have begun are still to be brought to it."
            ),
        ),
        migrations.AddField(
            model_name="turn",
            name="returned",
            field=models.DateTimeField(
                blank=True, help_text="When a reviewer sent it back, until it is finished again.", null=True
            ),
        ),
        migrations.AddField(
            model_name="turn",
            name="withdrawn",
            field=models.DateTimeField(
                blank=True,
                help_text="When it stopped being offered: enough people answer, or nobody shall.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="turn",
            index=models.Index(
                models.F("purpose"),
                models.OrderBy(models.F("priority"), descending=True),
                models.F("number"),
                models.F("id"),
                condition=models.Q(("finished__isnull", True), ("withdrawn__isnull", True)),
                name="labeling_turn_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="turn",
            index=models.Index(
                models.F("vertical"),
                models.F("purpose"),
                models.OrderBy(models.F("priority"), descending=True),
                models.F("number"),
                models.F("id"),
                condition=models.Q(("finished__isnull", True), ("withdrawn__isnull", True)),
                name="labeling_turn_vertical_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="turn",
            index=models.Index(
                condition=models.Q(("returned__isnull", False)),
                fields=["person"],
                name="labeling_turn_returned",
            ),
        ),
        migrations.AddConstraint(
            model_name="turn",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("expires__isnull", True), ("token__isnull", True)),
                    models.Q(("expires__isnull", False), ("person__isnull", False), ("token__isnull", False)),
                    _connector="OR",
                ),
                name="labeling_turn_lease_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="turn",
            constraint=models.CheckConstraint(
                condition=models.Q(("returned__isnull", True), ("finished__isnull", False), _connector="OR"),
                name="labeling_turn_returned_when_finished",
            ),
        ),
    ]

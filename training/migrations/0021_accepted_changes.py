import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0013_api"),
        ("training", "0020_webhooks"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChangeCounter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("last", models.PositiveBigIntegerField(default=0)),
                (
                    "epoch",
                    models.UUIDField(
                        default=uuid.uuid4, help_text="Another one after a restore: numbers come again."
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="AcceptedChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.PositiveBigIntegerField(
                        blank=True,
                        help_text="Its place; empty: the change is committed and has none yet.",
                        null=True,
                    ),
                ),
                ("changed", models.DateTimeField(help_text="When it was, or when it got its number.")),
                (
                    "attribute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalog.attribute"
                    ),
                ),
                (
                    "listing",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: all of them.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.listing",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("number__isnull", True)),
                        fields=["id"],
                        name="training_acceptedchange_new",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("listing", "attribute"), name="training_acceptedchange_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("listing__isnull", True)),
                        fields=("attribute",),
                        name="training_acceptedchange_whole_once",
                    ),
                    models.UniqueConstraint(fields=("number",), name="training_acceptedchange_number_once"),
                ],
            },
        ),
    ]

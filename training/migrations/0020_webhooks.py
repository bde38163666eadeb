import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0016_loop"),
    ]

    operations = [
        migrations.RenameModel(old_name="AlertDelivery", new_name="Delivery"),
        migrations.AlterModelOptions(
            name="delivery",
            options={"ordering": ["due", "pk"], "verbose_name_plural": "deliveries"},
        ),
        migrations.RemoveConstraint(
            model_name="delivery",
            name="training_delivery_event_known",
        ),
        migrations.AddField(
            model_name="delivery",
            name="content",
            field=models.JSONField(
                blank=True, default=dict, help_text="What is sent; of an alert it is made then."
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="subject",
            field=models.PositiveBigIntegerField(
                blank=True, help_text="The key of the import, round or change that it is about.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="alert",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="training.alert",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="event",
            field=models.CharField(
                choices=[
                    ("opened", "alert opened"),
                    ("resolved", "alert resolved"),
                    ("import.done", "import done"),
                    ("round.done", "round done"),
                    ("version.promoted", "version promoted"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("event", "subject", "channel"), name="training_delivery_once_of_subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("alert__isnull", False),
                        ("event__in", ["opened", "resolved"]),
                        ("subject__isnull", True),
                    ),
                    models.Q(
                        ("alert__isnull", True),
                        ("event__in", ["import.done", "round.done", "version.promoted"]),
                        ("subject__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="training_delivery_event_known",
            ),
        ),
    ]

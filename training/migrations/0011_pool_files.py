"""Pools are files from now on. Rounds that have theirs in their inputs keep and read it there."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def take_out(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give what pages show of the inputs columns of its own."""
    rounds = apps.get_model("training", "Round").objects.using(schema_editor.connection.alias)
    found = rounds.values_list("pk", "inputs__counts", "inputs__questions", "inputs__left_out")
    for pk, counts, questions, left_out in found.order_by("pk").iterator(chunk_size=1):
        rounds.filter(pk=pk).update(counts=counts or {}, questions=questions or {}, left_out=left_out or [])


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0010_gold_answers"),
    ]

    operations = [
        migrations.AddField(
            model_name="round",
            name="counts",
            field=models.JSONField(
                default=dict, help_text="{split: listings}; the pool's once its snapshot is there."
            ),
        ),
        migrations.AddField(
            model_name="round",
            name="questions",
            field=models.JSONField(default=dict, help_text="{split: questions}, likewise."),
        ),
        migrations.AddField(
            model_name="round",
            name="left_out",
            field=models.JSONField(
                default=list, help_text="What could not be used, vertical by vertical, with the reason."
            ),
        ),
        migrations.AddField(
            model_name="round",
            name="pool",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Listings and SHA-256 of the pool's snapshot; empty before it and where none is used.",
            ),
        ),
        migrations.AlterField(
            model_name="round",
            name="inputs",
            field=models.JSONField(
                help_text="Schema, seed and gold with photos and labels, base model and code, frozen at the start."
            ),
        ),
        migrations.RunPython(take_out, migrations.RunPython.noop),
    ]

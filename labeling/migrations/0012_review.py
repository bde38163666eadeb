"""Chains with their answers, what a suggestion leads with, wrong reasoning, and tasks left out of grids."""

from typing import Any

from django.db import migrations, models
from django.db.models.fields.json import KT

BATCH = 1000
LONGEST_LEADING = 200


def suggestions_read(apps: Any, schema_editor: Any) -> None:
    """Until now a chain was a text, and only a teacher gave one: behind its one answer."""
    rows = apps.get_model("labeling", "Suggestion").objects.using(schema_editor.connection.alias)
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        for row in batch:
            answer = max(row.shares, key=lambda one: row.shares[one], default="")
            row.leading = answer[:LONGEST_LEADING]
            row.chains = [{"text": text, "answer": answer, "logprob": None} for text in row.chains]
        rows.bulk_update(batch, ["leading", "chains"])
        last = batch[-1].pk


def chains_as_texts(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("labeling", "Suggestion").objects.using(schema_editor.connection.alias)
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        for row in batch:
            row.chains = [chain["text"] for chain in row.chains]
        rows.bulk_update(batch, ["chains"])
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [("labeling", "0011_turns_leased")]

    operations = [
        migrations.AddField(
            "annotation",
            "reasoning_wrong",
            models.BooleanField(
                default=False,
                help_text="The answer is right, but the chains of the suggestion that end in it reason wrongly.",
            ),
        ),
        migrations.AddField(
            "suggestion",
            "leading",
            models.CharField(
                blank=True,
                default="",
                editable=False,
                help_text="The answer with the largest share, by which it is found.",
                max_length=LONGEST_LEADING,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "task",
            "singly",
            models.BooleanField(
                default=False,
                help_text="Somebody left it out of a grid of like ones: it is looked at by itself.",
            ),
        ),
        migrations.AlterField(
            "suggestion",
            "chains",
            models.JSONField(
                blank=True,
                default=list,
                help_text="The reasoning texts behind it: [{answer, text, logprob}], the answers in words.",
            ),
        ),
        migrations.AddIndex(
            "label",
            models.Index(
                models.F("attribute"),
                KT("values__0"),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("state", ""), models.Q(("provenance", "teacher"), _negated=True)),
                name="labeling_label_confirmed",
            ),
        ),
        migrations.AddIndex(
            "suggestion",
            models.Index(fields=["attribute", "leading", "listing"], name="labeling_suggestion_by_leading"),
        ),
        migrations.RunPython(suggestions_read, chains_as_texts),
    ]

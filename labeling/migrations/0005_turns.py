"""Open tasks get a turn each; gold is answered without suggestions, the others with."""

from typing import Any

from django.db import migrations

BATCH = 1000
SHOWING = {"seed": True, "gold": False, "review": True, "audit": False, "adjudication": True}


def rules_make(apps: Any, schema_editor: Any) -> None:
    PurposeRule = apps.get_model("labeling", "PurposeRule")
    for purpose, suggestions in SHOWING.items():
        PurposeRule.objects.get_or_create(purpose=purpose, defaults={"suggestions": suggestions})


def turns_make(apps: Any, schema_editor: Any) -> None:
    Task = apps.get_model("labeling", "Task")
    Turn = apps.get_model("labeling", "Turn")
    waiting = Task.objects.filter(status="open", turns=None).order_by("pk")
    rows = waiting.values_list("pk", "purpose", "priority", "listing__vertical_id")
    while batch := list(rows[:BATCH]):
        Turn.objects.bulk_create(
            Turn(task_id=task, number=1, purpose=purpose, priority=priority, vertical_id=vertical)
            for task, purpose, priority, vertical in batch
        )


class Migration(migrations.Migration):
    dependencies = [("labeling", "0004_queue")]

    operations = [
        migrations.RunPython(rules_make, migrations.RunPython.noop),
        migrations.RunPython(turns_make, migrations.RunPython.noop),
    ]

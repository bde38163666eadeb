"""Versions that are there get their parents, and the aliases that are there the first line of their history."""

from typing import Any

from django.db import migrations


def history_begin(apps: Any, schema_editor: Any) -> None:
    ModelVersion = apps.get_model("training", "ModelVersion")
    Alias = apps.get_model("training", "Alias")
    AliasChange = apps.get_model("training", "AliasChange")
    known = {(row[0], row[1]): row[2] for row in ModelVersion.objects.values_list("round", "iteration", "pk")}
    for (round_id, iteration), pk in known.items():
        if parent := known.get((round_id, iteration - 1)):
            ModelVersion.objects.filter(pk=pk).update(parent_id=parent)
    kinds = {"champion": "began", "challenger": "offered"}
    for name, version_id in Alias.objects.values_list("name", "version_id"):
        AliasChange.objects.create(
            alias=name,
            kind=kinds[name],
            to_version_id=version_id,
            reason="As it was when the history began.",
        )


class Migration(migrations.Migration):
    dependencies = [("training", "0007_version_registry")]

    operations = [migrations.RunPython(history_begin, migrations.RunPython.noop)]

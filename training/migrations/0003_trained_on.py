"""Listings that a round has learned from are noted, so that none of them becomes gold later."""

from typing import Any

from django.db import migrations

BATCH = 500


def trained_on_note(apps: Any, schema_editor: Any) -> None:
    Round = apps.get_model("training", "Round")
    Listing = apps.get_model("catalog", "Listing")
    for inputs in Round.objects.values_list("inputs", flat=True).iterator(chunk_size=1):
        learned = [row["listing_id"] for split in ("seed", "pool") for row in inputs["listings"][split]]
        for start in range(0, len(learned), BATCH):
            rows = Listing.objects.filter(external_id__in=learned[start : start + BATCH], trained_on=False)
            rows.exclude(split="gold").update(trained_on=True)


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0002_schema_versions"),
        ("catalog", "0004_image_of_photo"),
    ]

    operations = [migrations.RunPython(trained_on_note, migrations.RunPython.noop)]

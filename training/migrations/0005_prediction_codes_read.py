"""Predictions that are there get the codes of their majority, read from the present names of the values."""

from typing import Any

from django.db import migrations

STATES = {"not applicable": "not_applicable", "not visible": "not_visible", "unknown": "unknown"}


def codes_read(apps: Any, schema_editor: Any) -> None:
    Prediction = apps.get_model("training", "Prediction")
    Value = apps.get_model("catalog", "Value")
    codes = {(one.attribute_id, one.label): one.code for one in Value.objects.all()}
    answers = Prediction.objects.exclude(majority="").order_by().values_list("attribute_id", "majority")
    for attribute, majority in set(answers.distinct()):
        rows = Prediction.objects.filter(attribute_id=attribute, majority=majority)
        names = [majority] if (attribute, majority) in codes else majority.split(", ")
        if majority in STATES:
            rows.update(state=STATES[majority])
        elif all((attribute, name) in codes for name in names):
            rows.update(values=[codes[attribute, name] for name in names])


class Migration(migrations.Migration):
    dependencies = [("training", "0004_prediction_codes")]

    operations = [migrations.RunPython(codes_read, migrations.RunPython.noop)]

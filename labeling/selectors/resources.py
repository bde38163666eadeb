"""Reads of labels and tasks as the API lists them."""

from django.db.models import QuerySet

from labeling.models import Label, Task


def labels() -> QuerySet[Label]:
    """Every label that holds, with what names it."""
    return Label.objects.select_related("listing", "attribute__vertical", "schema_version").only(
        *("values", "state", "provenance", "source", "evidence_position", "created", "updated"),
        *("listing__external_id", "attribute__code", "attribute__vertical__code", "schema_version__number"),
    )


def tasks() -> QuerySet[Task]:
    """Every task with its listing and turns."""
    return Task.objects.select_related("listing__vertical").prefetch_related("turns__person")

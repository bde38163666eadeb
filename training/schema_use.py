"""What a schema change makes stale, for the review page: labels, suggestions and model versions."""

from collections.abc import Sequence

from django.urls import reverse

from catalog.schema.changes import Change
from catalog.schema.consequences import Impact, ModelUse, Reach, consequence_of, impact_of
from labeling.schema_use import label_answers, suggestion_answers
from training.models import ModelVersion


def schema_stale_counts(*, vertical: str, changes: Sequence[Change]) -> Impact:
    """Count what the changes to this vertical (its code) make stale. Only attributes that matter are read."""
    consequences = [(change.attribute, consequence_of(change)) for change in changes]
    labelled = {code for code, one in consequences if one.labels.reach is not Reach.NONE}
    suggested = {code for code, one in consequences if one.suggestions.reach is not Reach.NONE}
    return impact_of(
        changes,
        labels=label_answers(vertical=vertical, attributes=labelled) if labelled else (),
        suggestions=suggestion_answers(vertical=vertical, attributes=suggested) if suggested else (),
        models=models_of(vertical) if any(one.models for _, one in consequences) else (),
    )


def models_of(vertical: str) -> list[ModelUse]:
    """The model versions that have learned from the vertical (its code): those with an alias first."""
    versions = (
        ModelVersion.objects.filter(round__schema_versions__vertical__code=vertical)
        .distinct()
        .select_related("round")
        .defer("round__inputs", "manifest")
        .prefetch_related("aliases")
        .order_by("-round_id", "-iteration")
    )
    uses = [
        ModelUse(
            str(version),
            reverse("training:round", args=[version.round_id]),
            tuple(alias.name for alias in version.aliases.all()),
        )
        for version in versions
    ]
    return sorted(uses, key=lambda use: not use.aliases)

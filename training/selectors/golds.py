"""Reads of what evaluated models answered on gold."""

from django.db.models import QuerySet

from training.models import GoldAnswer, ModelVersion


def gold_answers(*, round_id: int | None = None, version_id: int | None = None) -> QuerySet[GoldAnswer]:
    """The answers on gold of every model of a round, the base model's included, or of one version.

    None where the round was evaluated before they were kept.

    Raises:
        ValueError: unless exactly one of the two is given.
    """
    if round_id is not None and version_id is None:
        return GoldAnswer.objects.filter(round_id=round_id)
    if version_id is None or round_id is not None:
        raise ValueError("give round_id or version_id")
    measured = ModelVersion.objects.filter(pk=version_id).values_list("round_id", "iteration").first()
    if measured is None:
        return GoldAnswer.objects.none()
    return GoldAnswer.objects.filter(round_id=measured[0], iteration=measured[1])

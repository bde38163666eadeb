"""Reads of what a round froze that leave its listings, which may be megabytes, where they are."""

from training.inputs import Json
from training.models import Round


def frozen_verticals(*, round_id: int) -> Json:
    """What thaw_schema and thaw_names read of a round's inputs; of a round without inputs, no vertical."""
    verticals = Round.objects.values_list("inputs__verticals", flat=True).get(pk=round_id)
    return {"verticals": verticals or []}

"""Writes of which verdicts rounds learned from."""

from training.inputs import Json
from training.models import VerdictUse

BATCH = 1000


def verdicts_use(*, round_id: int, frozen: Json) -> None:
    """Note that these verdicts, which the round's inputs name, are in it; part of its start."""
    uses = (
        VerdictUse(round_id=round_id, verdict_id=one["id"], weight=one["weight"])
        for one in frozen["sources"]["verdicts"]
    )
    VerdictUse.objects.bulk_create(uses, batch_size=BATCH)

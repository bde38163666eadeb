"""The manifest of a round: all that it was started on, and what it measured."""

from typing import Any

from catalog.models import Status
from training.ml.comparison import evaluations
from training.models import Round

FORMAT = "attrx round manifest"
VERSION = 1


def round_manifest(*, round_id: int) -> dict[str, Any] | None:
    """What a re-run needs, and the accuracies to compare it with; None: there is no such round."""
    round_ = Round.objects.filter(pk=round_id).prefetch_related("stages").first()
    if round_ is None:
        return None
    done = [stage for stage in round_.stages.all() if stage.status == Status.DONE]
    return {
        "format": FORMAT,
        "version": VERSION,
        "round": round_.pk,
        "status": round_.status,
        "note": round_.note,
        "created": round_.created.isoformat(),
        "params": round_.params,
        "inputs": round_.inputs,
        "results": evaluations({f"{stage.iteration}-{stage.name}": stage.result for stage in done}),
    }

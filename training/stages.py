"""The stages of a round: first the snapshot of its pool, then those of the loop."""

from training.ml import loop
from training.ml.params import LoopParams
from training.ml.run import Stage

SNAPSHOT = Stage(0, "snapshot")
POOL_FOLDER = f"{SNAPSHOT.key}/pool"
"""In the round's artifact folder."""


def round_stages(params: LoopParams) -> list[Stage]:
    """Every stage of a round that is never stopped early, in order."""
    return [SNAPSHOT, *loop.stages(params)]

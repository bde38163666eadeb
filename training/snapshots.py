"""The first stage of a round: its pool, as the catalogue has it now -> files in the artifact folder."""

import json
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from catalog.services.ledger import patiently
from catalog.services.splits import pool_train_on
from training.inputs import PoolRows
from training.ml.errors import DataError
from training.ml.newfolder import new_folder
from training.ml.params import LoopParams
from training.ml.pool import write_pool
from training.ml.progress import Progress, silent
from training.ml.strategies import PLANS
from training.models import Round

Json = dict[str, Any]


def snapshot(round_id: int, folder: Path, *, progress: Progress = silent) -> Json:
    """Freeze the pool of the round in `folder`, which appears whole or not at all, or say what is there.

    Where the round learns from the pool, its listings count as learned from, batch by batch, also when the
    round gets no further than this.

    Returns:
        listings, questions, sha256 (pool.PoolFacts), left_out (of verticals, with the reason) and seconds.

    Raises:
        DataError: when nothing is left of a pool that the round is to learn from.
    """
    if (folder / "result.json").is_file():
        found: Json = json.loads((folder / "result.json").read_text())
        return found
    started = time.monotonic()
    round_ = patiently(Round.objects.get, pk=round_id)
    learns = PLANS[LoopParams.from_json(round_.params).strategy].learns_from_pool

    def take(listing_ids: Sequence[int]) -> Collection[int]:
        return patiently(pool_train_on, listing_ids=listing_ids) if learns else listing_ids

    with new_folder(folder) as out:
        (out / "pool").mkdir()
        rows = PoolRows(round_.inputs, take, progress)
        facts = write_pool(out / "pool", rows)
        if learns and not facts.listings:
            reasons = "".join(f": {one['name']}: {one['reason']}" for one in rows.left_out()[:1])
            raise DataError(f"the pool is empty: import unlabelled listings to learn from{reasons}")
        result = {**facts.to_json(), "questions": rows.questions, "left_out": rows.left_out()}
        result["seconds"] = round(time.monotonic() - started, 3)
        (out / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    return result

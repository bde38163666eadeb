"""The manifest of a round: all that it was started on, and what it measured.

As a file it is JSON that is written and read line by line: last come the listings of the pool, one a line.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from catalog.models import Status
from catalog.splits import Split
from training.ml.comparison import evaluations
from training.ml.pool import pool_rows
from training.models import Round
from training.photochecks import as_used
from training.stages import POOL_FOLDER

FORMAT = "attrx round manifest"
VERSION = 2
OLD_VERSION = 1
"""Of rounds that have their pool in their inputs."""
LISTINGS = "pool_listings"
"""The last key of the file."""


def round_manifest(*, round_id: int) -> dict[str, Any] | None:
    """What a re-run needs but the pool's listings, and the accuracies to compare; None: no such round."""
    round_ = Round.objects.filter(pk=round_id).prefetch_related("stages").first()
    if round_ is None:
        return None
    done = [stage for stage in round_.stages.all() if stage.status == Status.DONE]
    is_old = Split.POOL.value in round_.inputs.get("listings", {})
    return {
        "format": FORMAT,
        "version": OLD_VERSION if is_old else VERSION,
        "round": round_.pk,
        "status": round_.status,
        "note": round_.note,
        "created": round_.created.isoformat(),
        "params": round_.params,
        "inputs": as_used(round_.inputs, round_.folder),
        **({} if is_old else {"pool": round_.pool}),
        "results": evaluations({f"{stage.iteration}-{stage.name}": stage.result for stage in done}),
    }


def manifest_lines(*, round_id: int) -> Iterator[str] | None:
    """The manifest as a file that suffices elsewhere, in pieces; None: there is no such round."""
    manifest = round_manifest(round_id=round_id)
    if manifest is None:
        return None
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    folder = Round.objects.only("artifact_path").get(pk=round_id).folder / POOL_FOLDER
    return _with_listings(text, folder) if manifest.get("pool") else iter([text, "\n"])


def _with_listings(text: str, folder: Path) -> Iterator[str]:
    yield text.removesuffix("\n}")
    yield f',\n "{LISTINGS}": [\n'
    between = ""
    for row in pool_rows(folder):
        yield between + json.dumps(row, ensure_ascii=False)
        between = ",\n"
    yield "\n ]\n}\n"

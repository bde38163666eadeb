"""Run a round again from its manifest, without a database row of its own, and compare."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from training import inputs
from training.base_model import base_fingerprint
from training.manifests import REMEDY, Manifest
from training.ml.comparison import Difference, differences, evaluations
from training.ml.errors import DataError
from training.ml.features import FeatureStore
from training.ml.loop import run_loop
from training.ml.newfolder import new_folder
from training.ml.params import LoopParams
from training.ml.pool import write_pool
from training.ml.progress import Progress
from training.ml.run import LoopRun, Stage
from training.ml.runfolder import FEATURES, claimed
from training.ml.version import code_version, library_versions

Json = dict[str, Any]
POOL = "pool"
"""Folder of the pool's files in that of the re-run."""
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Rerun:
    """What came out."""

    expected: Mapping[str, Json]
    """{stage key: accuracies} of the manifest; empty where the round had measured nothing yet."""
    found: Mapping[str, Json]
    differences: list[Difference]


def rerun(manifest: Manifest, *, base: str | None, out: Path, watch: Callable[[Stage], Progress]) -> Rerun:
    """Run the manifest's round in `out`.

    Args:
        base: where the base model lies now, where that is elsewhere.

    Raises:
        DataError: when base model, adapter, pool or a photo is not the one that the round was started on, or
            `out` holds something else than this run.
    """
    with claimed(out, identity(manifest.head)):
        run = prepared(manifest, base=base, out=out)
        found = evaluations(
            {stage.key: result for stage, result in run_loop(run, watch=watch, predict=False)}
        )
    expected: Mapping[str, Json] = manifest.head["results"]
    return Rerun(expected, found, differences(expected, found) if expected else [])


def identity(head: Json) -> Json:
    """What a folder must hold a run of for the re-run to go on in it."""
    frozen = json.dumps([head["inputs"], head.get("pool")], sort_keys=True).encode()
    return {"params": head["params"], "inputs": hashlib.sha256(frozen).hexdigest()}


def prepared(manifest: Manifest, *, base: str | None, out: Path) -> LoopRun:
    """The loop's run over the manifest's inputs, once they are found to be the same.

    The pool is written into `out`, and read from there.

    Raises:
        DataError: as rerun.
    """
    frozen = manifest.head["inputs"]
    try:
        params = LoopParams.from_json(manifest.head["params"])
    except (TypeError, KeyError) as error:
        raise DataError(
            f"the manifest's params are of other code ({error}): run it with that release"
        ) from error
    params = replace(params, model=replace(params.model, base=base or params.model.base))
    _check_base(params.model.base, frozen["base_model"])
    labelled = (*frozen["listings"].values(), frozen.get("reviewed", []))
    check_photos(row for rows in labelled for row in rows)
    if manifest.listings is not None:
        _lay_out(manifest.listings, manifest.head["pool"], out / POOL)
    splits = inputs.thaw_splits(frozen, out / POOL)
    start, features = inputs.thaw_start(frozen), FeatureStore(out / FEATURES)
    return LoopRun(inputs.thaw_schema(frozen), splits, params, out, start=start, features=features)


def _lay_out(listings: Iterable[Json], pool: Json, folder: Path) -> None:
    """Write the pool's files and check its photos, unless an earlier re-run has done so."""
    if folder.is_dir():
        return
    with new_folder(folder) as out:
        facts = write_pool(out, _checked(listings))
        if facts.to_json() != pool:
            raise DataError(
                f"the manifest's pool is not that of the round ({facts.listings} listings with SHA-256 "
                f"{facts.sha256[:12]}, not {pool['listings']} with {pool['sha256'][:12]}): {REMEDY}"
            )


def _checked(listings: Iterable[Json]) -> Iterator[Json]:
    rest = iter(listings)
    while batch := list(islice(rest, BATCH)):
        check_photos(batch)
        yield from batch


def cautions(head: Json) -> list[str]:
    """Why the accuracies may differ though nothing is wrong."""
    frozen = head["inputs"]
    found = []
    if frozen["code"] != code_version():
        found.append(f"the loop's code is {code_version()}; the round was started with {frozen['code']}")
    now = library_versions()
    found += [
        f"{name} is {now.get(name, 'missing')}; the round was started with {version}"
        for name, version in frozen.get("libraries", {}).items()
        if now.get(name) != version
    ]
    if head["params"]["model"]["device"] != "cpu":
        found.append("GPUs do not add in a fixed order: only rounds on the CPU come out the same exactly")
    return found


def check_photos(rows: Iterable[Json]) -> None:
    """The photos of these listings are there, and those that the round was started on.

    A photo that was kept as it came is compared by its hash, one that was converted by its size.

    Raises:
        DataError: naming listing, photo and file of the first one that is not.
    """
    listed = list(rows)
    paths = inputs.photo_paths(image["file"] for row in listed for image in row["images"])
    for row in listed:
        for number, image in enumerate(row["images"], 1):
            path = paths[image["file"]]
            where = f"listing {row['listing_id']!r}, photo {number}: {path}"
            if not path.is_file():
                raise DataError(f"{where} is missing: import the folder of this listing again")
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() != image["sha256"] and len(content) != image["bytes"]:
                raise DataError(
                    f"{where} is another photo than the round was started on: import that one again"
                )


def _check_base(base: str, noted: Json) -> None:
    if base_fingerprint(base) != noted["fingerprint"]:
        raise DataError(
            f"the base model {base} is not the one that the round was started on ({noted['base']}, "
            f"fingerprint {noted['fingerprint'][:12] or 'none'}): give that one with --base"
        )

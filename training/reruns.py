"""Run a round again from its manifest, without a database row of its own, and compare."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from training import inputs
from training.base_model import base_fingerprint
from training.ml.comparison import Difference, differences, evaluations
from training.ml.errors import DataError
from training.ml.loop import LoopRun, Stage, run_loop
from training.ml.params import LoopParams
from training.ml.progress import Progress
from training.ml.records import Listing
from training.ml.runfolder import claimed
from training.ml.splits import Splits
from training.ml.version import code_version, library_versions
from training.selectors.manifests import FORMAT, VERSION

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rerun:
    """What came out."""

    expected: Mapping[str, Json]
    """{stage key: accuracies} of the manifest; empty where the round had measured nothing yet."""
    found: Mapping[str, Json]
    differences: list[Difference]


def read_manifest(path: Path) -> Json:
    """A manifest as the round's page gives it.

    Raises:
        DataError: when the file is none.
    """
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise DataError(f"{path}: not valid JSON ({error}): download it from the round's page") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise DataError(f"{path}: no manifest of a round: download it from the round's page")
    if manifest.get("version") != VERSION:
        raise DataError(
            f"{path}: version {manifest.get('version')} of the manifest: this release reads {VERSION}"
        )
    return manifest


def rerun(manifest: Json, *, base: str | None, out: Path, watch: Callable[[Stage], Progress]) -> Rerun:
    """Run the manifest's round in `out`.

    Args:
        base: where the base model lies now, where that is elsewhere.

    Raises:
        DataError: when base model, adapter or a photo is not the one that the round was started on, or `out`
            holds something else than this run.
    """
    run = prepared(manifest, base=base, out=out)
    with claimed(out, identity(manifest)):
        found = evaluations(
            {stage.key: result for stage, result in run_loop(run, watch=watch, predict=False)}
        )
    expected: Mapping[str, Json] = manifest["results"]
    return Rerun(expected, found, differences(expected, found) if expected else [])


def identity(manifest: Json) -> Json:
    """What a folder must hold a run of for the re-run to go on in it."""
    frozen = json.dumps(manifest["inputs"], sort_keys=True).encode()
    return {"params": manifest["params"], "inputs": hashlib.sha256(frozen).hexdigest()}


def prepared(manifest: Json, *, base: str | None, out: Path) -> LoopRun:
    """The loop's run over the manifest's inputs, once they are found to be the same.

    Raises:
        DataError: as rerun.
    """
    frozen = manifest["inputs"]
    try:
        params = LoopParams.from_json(manifest["params"])
    except (TypeError, KeyError) as error:
        raise DataError(
            f"the manifest's params are of other code ({error}): run it with that release"
        ) from error
    params = replace(params, model=replace(params.model, base=base or params.model.base))
    _check_base(params.model.base, frozen["base_model"])
    splits = inputs.thaw_splits(frozen)
    check_photos(splits, frozen)
    return LoopRun(inputs.thaw_schema(frozen), splits, params, out, start=inputs.thaw_start(frozen))


def cautions(manifest: Json) -> list[str]:
    """Why the accuracies may differ though nothing is wrong."""
    frozen = manifest["inputs"]
    found = []
    if frozen["code"] != code_version():
        found.append(f"the loop's code is {code_version()}; the round was started with {frozen['code']}")
    now = library_versions()
    found += [
        f"{name} is {now.get(name, 'missing')}; the round was started with {version}"
        for name, version in frozen.get("libraries", {}).items()
        if now.get(name) != version
    ]
    if manifest["params"]["model"]["device"] != "cpu":
        found.append("GPUs do not add in a fixed order: only rounds on the CPU come out the same exactly")
    return found


def check_photos(splits: Splits, frozen: Json) -> None:
    """The photos are there, and those that the round was started on.

    A photo that was kept as it came is compared by its hash, one that was converted by its size.

    Raises:
        DataError: naming listing, photo and file of the first one that is not.
    """
    noted = {row["listing_id"]: row["images"] for rows in frozen["listings"].values() for row in rows}
    for listing in _listings(splits):
        for number, (path, image) in enumerate(
            zip(listing.images, noted[listing.listing_id], strict=True), 1
        ):
            where = f"listing {listing.listing_id!r}, photo {number}: {path}"
            if not path.is_file():
                raise DataError(f"{where} is missing: import the folder of this listing again")
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() != image["sha256"] and len(content) != image["bytes"]:
                raise DataError(
                    f"{where} is another photo than the round was started on: import that one again"
                )


def _listings(splits: Splits) -> Iterable[Listing]:
    return (*splits.seed, *splits.gold, *splits.pool)


def _check_base(base: str, noted: Json) -> None:
    if base_fingerprint(base) != noted["fingerprint"]:
        raise DataError(
            f"the base model {base} is not the one that the round was started on ({noted['base']}, "
            f"fingerprint {noted['fingerprint'][:12] or 'none'}): give that one with --base"
        )

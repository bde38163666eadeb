"""What can be said of a base model without loading it: this module never imports torch."""

import hashlib
import json
import re
from pathlib import Path

from training.ml.errors import DataError
from training.ml.params import LoopParams, ModelParams, tiny_params

SAMPLE_BYTES = 1 << 20
"""Read from both ends of a file: enough to tell two trainings apart, whatever the model's size."""
TINY_BYTES = 64 << 20
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def base_params(base: str, *, iterations: int, seed: int) -> LoopParams:
    """The loop's defaults for this base model, with a preset of its own for one that a CPU can train."""
    if 0 < sum(path.stat().st_size for path in Path(base).glob("*.safetensors")) <= TINY_BYTES:
        return tiny_params(base=base, iterations=iterations, seed=seed)
    return LoopParams(model=ModelParams(base=base), iterations=iterations, seed=seed)


def base_fingerprint(base: str) -> str:
    """A hash that changes when the model folder's files do; empty for a hub id, whose files are not here.

    Raises:
        DataError: when base is neither a model folder nor a hub id.
    """
    folder = Path(base)
    if not folder.is_dir():
        if _HUB_ID.fullmatch(base):
            return ""
        raise DataError(
            f"the base model {base} is no folder and no hub id: "
            "set ATTRX_BASE_MODEL to a model folder or owner/name"
        )
    _check_folder(folder)
    digest = hashlib.sha256()
    for path in sorted(
        path for path in folder.iterdir() if path.suffix in (".json", ".safetensors", ".jinja", ".txt")
    ):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
        with path.open("rb") as file:
            digest.update(file.read(SAMPLE_BYTES))
            file.seek(max(0, path.stat().st_size - SAMPLE_BYTES))
            digest.update(file.read())
    return digest.hexdigest()


def _check_folder(folder: Path) -> None:
    remedy = "set ATTRX_BASE_MODEL to a folder that save_pretrained wrote"
    try:
        config = json.loads((folder / "config.json").read_text())
    except OSError as error:
        raise DataError(f"the base model {folder} has no config.json that can be read: {remedy}") from error
    except ValueError as error:
        raise DataError(
            f"the base model's {folder / 'config.json'} is not valid JSON ({error}): {remedy}"
        ) from error
    if not isinstance(config, dict) or "model_type" not in config:
        raise DataError(f"the base model's {folder / 'config.json'} names no model_type: {remedy}")
    if not any(folder.glob("*.safetensors")):
        raise DataError(f"the base model {folder} has no *.safetensors file: {remedy}")

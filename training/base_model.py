"""What can be said of a base model without loading it: this module never imports torch."""

import hashlib
import json
import re
from pathlib import Path

from training.ml.errors import DataError
from training.ml.params import LoopParams, Strategy
from training.ml.presets import PRESETS, preset_params
from training.ml.strategies import PLANS, follow

SAMPLE_BYTES = 1 << 20
"""Read from both ends of a file: enough to tell two trainings apart, whatever the model's size."""
TINY_BYTES = 64 << 20
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def base_params(
    base: str, *, strategy: Strategy = "sft_dpo", preset: str = "", iterations: int, seed: int
) -> LoopParams:
    """The loop's parameters for this base model; without a preset, those of the one that suits it.

    Raises:
        DataError: when there is no such strategy or preset.
    """
    if strategy not in PLANS:
        raise DataError(f"strategy is {strategy!r}: give one of {', '.join(PLANS)}")
    if preset and preset not in PRESETS:
        raise DataError(f"preset is {preset!r}: give one of {', '.join(PRESETS)}")
    params = preset_params(preset or preset_of(base), base=base, iterations=iterations, seed=seed)
    return follow(params, strategy)


def preset_of(base: str) -> str:
    """The name of the preset that suits this base model where nobody chose one."""
    weights = sum(path.stat().st_size for path in Path(base).glob("*.safetensors"))
    return "tiny" if 0 < weights <= TINY_BYTES else "gpu24"


def is_hub_id(base: str) -> bool:
    """Whether others can load the base model by this name: it is owner/name and no folder here."""
    return not Path(base).is_dir() and _HUB_ID.fullmatch(base) is not None


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

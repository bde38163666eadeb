from pathlib import Path

import pytest

from tests.training.rounds import model_folder
from training.base_model import base_fingerprint, base_params
from training.ml.errors import DataError
from training.ml.params import tiny_params


def test_a_hub_id_passes_without_a_look_at_the_hub() -> None:
    assert base_fingerprint("Qwen/Qwen2.5-VL-3B-Instruct") == ""


@pytest.mark.parametrize("base", ["no/such/folder", "/nowhere", "qwen"])
def test_what_is_neither_folder_nor_hub_id_is_refused(base: str) -> None:
    with pytest.raises(DataError, match="is no folder and no hub id: set ATTRX_BASE_MODEL"):
        base_fingerprint(base)


@pytest.mark.parametrize(
    ("config", "message"),
    [("{", "is not valid JSON"), ("[]", "names no model_type"), ("{}", "names no model_type")],
)
def test_a_config_that_is_none_is_refused(tmp_path: Path, config: str, message: str) -> None:
    folder = model_folder(tmp_path / "base")
    (folder / "config.json").write_text(config)
    with pytest.raises(DataError, match=f"config.json {message}.*: set ATTRX_BASE_MODEL"):
        base_fingerprint(str(folder))


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "base")
    (folder / "model.safetensors").unlink()
    with pytest.raises(DataError, match="has no \\*.safetensors file: set ATTRX_BASE_MODEL"):
        base_fingerprint(str(folder))


def test_the_fingerprint_is_of_the_content_not_of_the_place(tmp_path: Path) -> None:
    one, other = (base_fingerprint(str(model_folder(tmp_path / name))) for name in ("one", "other"))
    assert one == other
    (tmp_path / "one" / "model.safetensors").write_bytes(b"weighed")
    assert base_fingerprint(str(tmp_path / "one")) != other


def test_a_tiny_model_has_parameters_of_its_own(tmp_path: Path) -> None:
    base = str(model_folder(tmp_path / "base"))
    assert base_params(base, iterations=2, seed=3) == tiny_params(base=base, iterations=2, seed=3)
    other = base_params("Qwen/Qwen2.5-VL-3B-Instruct", iterations=2, seed=3)
    assert (other.model.base, other.model.device, other.seed) == ("Qwen/Qwen2.5-VL-3B-Instruct", "auto", 3)

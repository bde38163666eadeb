"""Loading: three families by one code, and a clear word about everything that is not a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.training.ml import tiny_models
from training.ml.errors import DataError
from training.ml.model import load_model, load_processor, resolve_device, resolve_dtype
from training.ml.params import ModelParams


@pytest.fixture(scope="module", params=tiny_models.FAMILIES)
def params(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ModelParams:
    return tiny_models.build(request.param, tmp_path_factory.mktemp(request.param))


def test_a_family_loads_without_its_video_part(params: ModelParams) -> None:
    processor = load_processor(params)
    assert not hasattr(processor, "video_processor")
    assert load_model(params).training is False


def test_a_saved_processor_names_the_stock_class(params: ModelParams, tmp_path: Path) -> None:
    processor = load_processor(params)
    processor.save_pretrained(tmp_path)
    assert (
        f'"processor_class": "{type(processor).__name__}"' in (tmp_path / "processor_config.json").read_text()
    )


def test_dtype_and_device_follow_the_parameters(params: ModelParams) -> None:
    asked = replace(params, dtype="bfloat16")
    assert load_model(asked).dtype == torch.bfloat16
    assert resolve_dtype(replace(params, dtype="auto")) == torch.float32
    assert resolve_device(replace(params, device="auto")).type in {"cpu", "cuda", "mps"}


def test_an_empty_folder_is_not_a_model(tmp_path: Path) -> None:
    for load in (load_processor, load_model):
        with pytest.raises(
            DataError,
            match=f"{tmp_path} is not a usable image-text-to-text model .*: give a folder or hub id",
        ):
            load(ModelParams(base=str(tmp_path)))


def test_a_model_without_weights_is_refused(params: ModelParams, tmp_path: Path) -> None:
    for source in Path(params.base).iterdir():
        if source.suffix != ".safetensors":
            (tmp_path / source.name).write_bytes(source.read_bytes())
    with pytest.raises(DataError, match="is not a usable image-text-to-text model"):
        load_model(ModelParams(base=str(tmp_path), device="cpu"))


def test_a_pickle_is_never_loaded(params: ModelParams, tmp_path: Path) -> None:
    model = load_model(params)
    for source in Path(params.base).iterdir():
        if source.suffix != ".safetensors":
            (tmp_path / source.name).write_bytes(source.read_bytes())
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(DataError, match="is not a usable image-text-to-text model"):
        load_model(ModelParams(base=str(tmp_path), device="cpu"))


def test_a_folder_that_is_no_adapter_is_refused(params: ModelParams, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not an adapter: it has no adapter_config.json"):
        load_model(params, tmp_path)


def test_a_model_without_a_chat_template_is_refused(params: ModelParams, tmp_path: Path) -> None:
    for source in Path(params.base).iterdir():
        if source.name != "chat_template.jinja":
            (tmp_path / source.name).write_bytes(source.read_bytes())
    with pytest.raises(DataError, match="no processor with a chat template"):
        load_processor(ModelParams(base=str(tmp_path)))

import shutil
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors import safe_open

from training.ml.errors import DataError
from training.ml.merge import merge_adapter
from training.ml.model import load_model, load_processor
from training.ml.params import LoraParams, ModelParams


@pytest.fixture
def adapter(qwen: ModelParams, tmp_path: Path) -> Path:
    """An adapter that changes what the model says."""
    torch.manual_seed(1)
    config = LoraConfig(r=4, target_modules=LoraParams().target_modules, init_lora_weights=False)
    get_peft_model(load_model(qwen), config).save_pretrained(str(tmp_path / "adapter"))
    return tmp_path / "adapter"


def logits(params: ModelParams, adapter: Path | None = None) -> torch.Tensor:
    with torch.no_grad():
        out: torch.Tensor = load_model(params, adapter)(input_ids=torch.tensor([[5, 6, 7, 8]])).logits
    return out


def test_merged_weights_say_what_base_and_adapter_say(
    qwen: ModelParams, adapter: Path, tmp_path: Path
) -> None:
    out = tmp_path / "merged"
    merge_adapter(qwen, adapter, out, texts={"README.md": "A card."})
    merged = ModelParams(base=str(out), device="cpu", dtype="float32", threads=1)
    assert torch.allclose(logits(merged), logits(qwen, adapter), atol=1e-5)
    assert not torch.allclose(logits(merged), logits(qwen), atol=1e-3)
    assert load_processor(merged).chat_template == load_processor(qwen).chat_template
    assert (out / "README.md").read_text() == "A card."
    with safe_open(out / "model.safetensors", framework="pt") as weights:
        assert not [name for name in weights.keys() if "lora" in name]  # noqa: SIM118  # it is no mapping


def test_a_folder_that_is_there_is_left_alone(qwen: ModelParams, adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="exists already"):
        merge_adapter(qwen, adapter, tmp_path, texts={})


def test_what_is_no_adapter_leaves_nothing_behind(qwen: ModelParams, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not an adapter"):
        merge_adapter(qwen, tmp_path / "nothing", tmp_path / "merged", texts={})
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_short_is_told_of_and_nothing_is_left(
    qwen: ModelParams, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = shutil.disk_usage(tmp_path)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: room)
    with pytest.raises(DataError, match=r"0\.00 GB free, and the merged model takes 0\.07 GB: make room"):
        merge_adapter(qwen, adapter, tmp_path / "merged", texts={})
    assert not list(tmp_path.glob("merged*"))


def test_everything_that_a_server_needs_is_in_the_folder(
    qwen: ModelParams, adapter: Path, tmp_path: Path
) -> None:
    merge_adapter(qwen, adapter, tmp_path / "merged", texts={})
    names = {path.name for path in (tmp_path / "merged").iterdir()}
    assert {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json"} <= names
    assert {"processor_config.json", "chat_template.jinja"} <= names
    assert not [name for name in names if name.endswith((".bin", ".pt", ".pkl"))]

"""Pre-training on rendered photos: it learns, repeats itself, and refuses data without evidence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalog.demo import write_folder
from training.ml.errors import DataError
from training.ml.model import load_model, load_processor
from training.ml.params import ModelParams
from training.ml.pretrain import PretrainParams
from training.ml.rebuild import pretrain_tiny


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("studio") / "data"
    write_folder(folder, per_vertical=6, look="studio", seed=3, size=64, verticals=["cap", "lamp"], jobs=1)
    return folder


def test_a_few_steps_lower_the_loss_and_leave_a_model_folder_with_a_manifest(
    studio: Path, tmp_path: Path
) -> None:
    params = PretrainParams(
        vision_steps=30, photos_per_step=8, steps=51, listings_per_step=2, warmup=5, threads=1
    )
    seen: list[int] = []
    manifest = pretrain_tiny(
        studio, studio, tmp_path / "tiny", params, progress=lambda done, total: seen.append(done)
    )
    assert manifest["losses"][1] < 0.7 * manifest["losses"][0]
    assert seen == list(range(1, 82))
    assert manifest["held_out"]["questions"] == 48
    assert set(manifest["told_apart_in_warm_up"]) >= {"color", "brim", "shade"}
    assert json.loads((tmp_path / "tiny" / "manifest.json").read_text())["training"]["steps"] == 51
    where = ModelParams(base=str(tmp_path / "tiny"), device="cpu", threads=1)
    assert load_processor(where).chat_template
    assert sum(weights.numel() for weights in load_model(where).parameters()) == manifest["parameters"]
    assert not (tmp_path / "tiny.partial").exists()


def test_the_same_seed_gives_the_same_losses(studio: Path, tmp_path: Path) -> None:
    params = PretrainParams(vision_steps=30, photos_per_step=4, steps=3, listings_per_step=2, threads=1)
    first, second = (pretrain_tiny(studio, studio, tmp_path / name, params) for name in ("a", "b"))
    assert first["losses"] == second["losses"]
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("a", "b")]
    assert weights[0] == weights[1]


def test_a_listing_without_evidence_is_named_and_nothing_is_written(studio: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (studio / "listings.jsonl").read_text().splitlines()]
    del rows[0]["evidence"]["color"]
    bare = tmp_path / "data"
    bare.mkdir()
    (bare / "images").symlink_to(studio / "images")
    (bare / "schema.json").write_text((studio / "schema.json").read_text())
    (bare / "listings.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(DataError, match=f"{rows[0]['listing_id']} has no answer or no evidence for 'color'"):
        pretrain_tiny(bare, studio, tmp_path / "tiny", PretrainParams(steps=1, threads=1))
    assert not (tmp_path / "tiny").exists()

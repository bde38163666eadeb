"""Processes that share nothing draw the shards of a stage, each its own part."""

from pathlib import Path

import pytest

from training.ml.folder import read_listings, read_schema
from training.ml.params import LoopParams, ModelParams, SampleParams
from training.ml.plainly import draw_plainly
from training.ml.run import LoopRun, Stage
from training.ml.splits import split_listings

ZERO_SHOT = Stage(0, "zero_shot")


def run_in(folder: Path, model: ModelParams, data: Path) -> LoopRun:
    """Four gold listings in shards of two."""
    schema = read_schema(data / "schema.json")
    splits = split_listings(
        read_listings(data, schema), schema, labelled_per_vertical=3, gold_share=0.25, seed=0
    )
    sample = SampleParams(chains=3, max_new_tokens=8, listings_per_shard=2)
    return LoopRun(schema, splits, LoopParams(model=model, sample=sample), folder)


def test_two_processes_draw_all_shards_and_keep_none(
    qwen: ModelParams, data_folder: Path, tmp_path: Path
) -> None:
    run = run_in(tmp_path / "run", qwen, data_folder)
    assert draw_plainly(run, ZERO_SHOT, processes=2) > 0
    assert not run.path(ZERO_SHOT).exists()


def test_a_process_that_fails_is_not_waited_for(qwen: ModelParams, data_folder: Path, tmp_path: Path) -> None:
    run = run_in(tmp_path / "run", ModelParams(base=str(tmp_path / "nowhere")), data_folder)
    with pytest.raises(RuntimeError, match="a process that drew shards failed"):
        draw_plainly(run, ZERO_SHOT, processes=1)

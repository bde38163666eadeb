"""A run's folder is continued by the same run only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.ml.folders import write_folder
from training.ml.errors import DataError
from training.ml.folder import read_listings, read_schema
from training.ml.runfolder import claimed, data_digest

RUN: dict[str, Any] = {"params": {"sft": {"rank": 16}, "seed": 0}, "splits": {"seed": ["a"]}, "data": "ab12"}


def test_a_new_folder_says_what_it_is_a_run_of(tmp_path: Path) -> None:
    with claimed(tmp_path / "runs" / "first", RUN):
        assert json.loads((tmp_path / "runs" / "first" / "run.json").read_text()) == RUN


def test_the_same_run_goes_on_and_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    for _ in range(2):
        with claimed(tmp_path, RUN):
            (tmp_path / "0-sft").mkdir(exist_ok=True)
    assert (tmp_path / "0-sft").is_dir()


def test_another_run_is_refused_by_what_differs(tmp_path: Path) -> None:
    with claimed(tmp_path, RUN):
        (tmp_path / "0-sft").mkdir()
    other = {**RUN, "params": {"sft": {"rank": 8}, "seed": 0}, "data": "cd34"}
    with pytest.raises(DataError, match="holds a run with another data, params.sft.rank: give another --out"):
        claimed(tmp_path, other).__enter__()
    assert json.loads((tmp_path / "run.json").read_text()) == RUN


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    for folder in (tmp_path, tmp_path / "thesis.tex"):
        with pytest.raises(DataError, match="exists and is no run of the loop: give another --out"):
            claimed(folder, RUN).__enter__()


def test_bad_input_leaves_nothing_half_done(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(DataError), claimed(folder, RUN):
        (folder / "0-sft.partial").mkdir()
        raise DataError("not a model")
    assert not folder.exists()


def test_bad_input_leaves_the_stages_that_are_done(tmp_path: Path) -> None:
    with pytest.raises(DataError), claimed(tmp_path, RUN):
        (tmp_path / "0-sft").mkdir()
        (tmp_path / "0-evaluate.partial").mkdir()
        raise DataError("not a model")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0-sft", "run.json"]


def test_the_digest_changes_with_labels_schema_and_photos(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "data", per_vertical=2)
    listings = read_listings(folder, read_schema(folder / "schema.json"))
    digests = {data_digest(folder, listings), data_digest(folder, listings[::-1])}
    assert len(digests) == 1
    for name in ("schema.json", "listings.jsonl", "images/cap-0-1.png"):
        with (folder / name).open("ab") as file:
            file.write(b"\n")
        digests.add(data_digest(folder, listings))
    assert len(digests) == 4

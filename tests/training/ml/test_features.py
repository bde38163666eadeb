"""What vision towers saw is found again, bounded, and never believed when it is broken."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from training.ml import features
from training.ml.features import FeatureStore

TOWER = "tower"


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    return FeatureStore(tmp_path / "features", most_bytes=100_000)


def tensors(seed: int, size: int = 64) -> dict[str, Tensor]:
    drawn = torch.Generator().manual_seed(seed)
    return {"pooled": torch.randn(size, 8, generator=drawn), "grid": torch.tensor([1, 2, 3])}


def photo(number: int) -> str:
    return f"{number:064x}"


def only_file(store: FeatureStore) -> Path:
    [path] = store.folder.rglob("*.safetensors")
    return path


def age(store: FeatureStore, number: int, seconds: float) -> None:
    """Make a photo's file look as if it had last been used so long ago."""
    path = store.folder / TOWER / photo(number)[:2] / f"{photo(number)}.safetensors"
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def test_what_was_kept_is_found_again_to_the_bit(store: FeatureStore) -> None:
    store.put(TOWER, photo(1), tensors(1))
    found = store.get(TOWER, photo(1))
    assert found is not None and found.keys() == tensors(1).keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in tensors(1).items())


def test_halves_keep_their_number_format(store: FeatureStore) -> None:
    store.put(TOWER, photo(1), {"pooled": torch.randn(4, 4).bfloat16()})
    found = store.get(TOWER, photo(1))
    assert found is not None and found["pooled"].dtype == torch.bfloat16


@pytest.mark.parametrize(("tower", "number"), [("another", 1), (TOWER, 2)])
def test_another_tower_or_photo_has_its_own(store: FeatureStore, tower: str, number: int) -> None:
    store.put(TOWER, photo(1), tensors(1))
    assert store.get(tower, photo(number)) is None


def test_a_file_that_was_cut_off_is_gone_and_made_again(store: FeatureStore) -> None:
    store.put(TOWER, photo(1), tensors(1))
    path = only_file(store)
    path.write_bytes(path.read_bytes()[:-20])
    assert store.get(TOWER, photo(1)) is None
    assert not path.exists()


@pytest.mark.parametrize("junk", [b"", b"no tensors", b"\x80\x04K\x01."])
def test_a_file_that_is_no_safetensors_is_gone(store: FeatureStore, junk: bytes) -> None:
    store.put(TOWER, photo(1), tensors(1))
    path = only_file(store)
    path.write_bytes(junk)
    assert store.get(TOWER, photo(1)) is None
    assert not path.exists()


def test_one_wrong_bit_is_noticed(store: FeatureStore) -> None:
    store.put(TOWER, photo(1), tensors(1))
    path = only_file(store)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert store.get(TOWER, photo(1)) is None


def test_files_that_were_used_longest_ago_make_room(store: FeatureStore) -> None:
    roomy = replace(store, most_bytes=10**9)
    for number in range(60):
        roomy.put(TOWER, photo(number), tensors(number))
        age(store, number, 10_000 - number)
    assert store.get(TOWER, photo(5)) is not None, "and with that it is the newest"
    before = store.size()
    assert before > store.most_bytes
    assert store.sweep() == before - store.size()
    assert store.size() <= features.KEPT * store.most_bytes
    assert store.get(TOWER, photo(4)) is None
    assert store.get(TOWER, photo(5)) is not None
    assert store.get(TOWER, photo(59)) is not None


def test_writing_keeps_to_the_bound_by_itself(store: FeatureStore) -> None:
    for number in range(200):
        store.put(TOWER, photo(number), tensors(number))
    assert store.size() <= store.most_bytes * (1 + 2 * features.SWEEP)


def test_several_at_once_read_and_write_whole_files(store: FeatureStore) -> None:
    def work(turn: int) -> bool:
        number = turn % 7
        found = store.get(TOWER, photo(number))
        if found is None:
            store.put(TOWER, photo(number), tensors(number))
            return True
        return torch.equal(found["pooled"], tensors(number)["pooled"])

    with ThreadPoolExecutor(8) as workers:
        assert all(workers.map(work, range(400)))
    assert not list(store.folder.rglob("*.partial"))


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = FeatureStore(tmp_path / "file" / "features")
    store.put(TOWER, photo(1), tensors(1))
    assert store.get(TOWER, photo(1)) is None

"""Each seed gets a catalogue, or a split, of its own, and the same one again."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.ml.errors import DataError
from training.ml.study.arm_run import Material
from training.ml.study.material import DemoCatalogues, SplitFolder, render


def parts(material: Material) -> list[set[str]]:
    splits = material.splits
    return [{one.listing_id for one in part} for part in (splits.seed, splits.gold, splits.pool)]


def test_a_seed_renders_a_catalogue_of_the_verticals_once_and_splits_it(tmp_path: Path) -> None:
    source = DemoCatalogues(tmp_path / "kept", seed_listings=1, gold=1, pool=2, verticals=["cap"])
    seed, gold, pool = parts(source.material(5))
    assert (len(seed), len(gold), len(pool)) == (1, 1, 2)
    assert all(name.startswith("demo-seller-5-cap-") for name in seed | gold | pool)
    [folder] = (tmp_path / "kept").iterdir()
    rendered = (folder / "listings.jsonl").stat().st_mtime_ns
    assert parts(source.material(5)) == [seed, gold, pool]
    assert (folder / "listings.jsonl").stat().st_mtime_ns == rendered
    source.tidy()
    assert not (tmp_path / "kept").exists()


def test_what_cannot_be_rendered_is_told_in_the_renderers_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="could not be rendered: .*unknown demo vertical 'boat'"):
        render(tmp_path / "data", 1, look="seller", seed=1, verticals=["boat"])


def test_a_folder_is_split_anew_by_each_seed_without_its_text(data_folder: Path) -> None:
    source = SplitFolder.read(data_folder, seed_listings=2, gold_share=0.25, groups=None, hide_text=True)
    assert parts(source.material(1)) == parts(source.material(1))
    assert parts(source.material(1)) != parts(source.material(2))
    assert all(not listing.title for listing in source.listings)
    assert source.largest_pool() == 4


def test_parents_are_never_divided(data_folder: Path) -> None:
    source = SplitFolder.read(
        data_folder, seed_listings=1, gold_share=0.3, groups=r"^(\w+)-", hide_text=False
    )
    with pytest.raises(DataError, match="has no labelled listing for the gold set"):
        source.material(1)

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from catalog.errors import CatalogError
from catalog.models import Attribute, Image, Listing, Photo, Vertical
from catalog.selectors import listing_counts
from catalog.services import FolderImport, folder_import
from catalog.splits import Split, assign_splits
from tests.catalog.folders import Row, make_folder, row
from tests.factories import photo_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "folder"


def load(folder: Path, *rows: Row, **options: Any) -> FolderImport:
    return folder_import(folder=make_folder(folder, rows), **options)


def watches(*numbers: int, **fields: Any) -> list[Row]:
    return [row(f"w{number}", **fields) for number in numbers]


def splits() -> dict[str, str]:
    return dict(Listing.objects.values_list("external_id", "split"))


def stored_files() -> list[str]:
    root = Path(default_storage.path("."))
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_listings_and_their_photos_are_imported(folder: Path) -> None:
    result = load(folder, row("w1", title="A", metadata={"k": 1}, images=["b.png", "a.png"]), row("w2"))
    assert (result.created, result.updated, result.unchanged) == (2, 0, 0)
    listing = Listing.objects.get(external_id="w1")
    assert (listing.title, listing.metadata, listing.split, listing.group_key) == (
        "A",
        {"k": 1},
        "pool",
        "w1",
    )
    first, second = listing.images.all()
    assert (first.position, first.photo.width, first.photo.height) == (1, 5, 9)
    with second.file.open("rb") as stored:
        assert stored.read() == photo_bytes((200, 30, 40))


def test_photos_with_the_same_content_share_one_file_named_by_it(folder: Path) -> None:
    load(folder, *watches(1, 2, 3))
    sha256 = Photo.objects.get().sha256
    assert stored_files() == [f"images/{sha256[:2]}/{sha256}.png"]


def test_a_stored_photo_that_was_cut_short_is_stored_again(folder: Path) -> None:
    load(folder, row("w1"))
    [name] = stored_files()
    Path(default_storage.path(name)).write_bytes(b"half")
    load(folder, row("w1"))
    assert Path(default_storage.path(name)).read_bytes() == photo_bytes((200, 30, 40))


def test_the_labels_of_the_folder_are_handed_out(folder: Path) -> None:
    result = load(
        folder, row("w1", attributes={"strap": "Steel"}), row("w2", attributes={"strap": "unknown"})
    )
    assert [(label.listing, label.values, label.state) for label in result.labels] == [
        ("w1", ("steel",), None),
        ("w2", (), "unknown"),
    ]


def test_the_same_folder_again_changes_nothing(folder: Path) -> None:
    load(folder, *watches(1, 2))
    before = list(Image.objects.values())
    result = load(folder, *watches(1, 2))
    assert (result.created, result.updated, result.unchanged) == (0, 0, 2)
    assert list(Image.objects.values()) == before


def test_a_listing_is_updated_by_its_id(folder: Path) -> None:
    load(folder, *watches(1, 2, 3, 4))
    result = load(folder, row("w1", title="New"), row("w2", images=["b.png"]), row("w3"), row("w5"))
    assert (result.created, result.updated, result.unchanged) == (1, 2, 1)
    assert Listing.objects.get(external_id="w1").title == "New"
    assert Image.objects.get(listing__external_id="w2").photo.width == 5
    assert Listing.objects.filter(external_id="w4").exists()


def test_a_changed_photo_gets_a_new_id_so_that_caches_stay_true(folder: Path) -> None:
    load(folder, row("w1"))
    before = Image.objects.get().pk
    load(folder, row("w1", images=["b.png"]))
    assert Image.objects.get().pk != before


def test_gold_and_seed_are_filled_in_every_vertical(folder: Path) -> None:
    sofas = [row(f"s{n}", vertical="sofa") for n in range(6)]
    load(folder, *watches(*range(9)), *sofas, gold=3, seed=2)
    assert listing_counts() == {
        ("watch", Split.GOLD): 3,
        ("watch", Split.SEED): 2,
        ("watch", Split.POOL): 4,
        ("sofa", Split.GOLD): 3,
        ("sofa", Split.SEED): 2,
        ("sofa", Split.POOL): 1,
    }
    groups = [f"w{n}" for n in range(9)]
    assert {group: splits()[group] for group in groups} == assign_splits(groups, gold=3, seed=2)


def test_a_group_is_never_divided(folder: Path) -> None:
    rows = [row(f"w{n}", group=f"g{n // 3}") for n in range(12)]
    load(folder, *rows, gold=1, seed=1)
    assert Counter(splits().values()) == {"gold": 3, "seed": 3, "pool": 6}
    assert len({(f"g{int(name[1:]) // 3}", split) for name, split in splits().items()}) == 4


def test_a_listing_keeps_its_split_and_new_ones_fill_up(folder: Path) -> None:
    load(folder, *watches(*range(6)), gold=2, seed=1)
    before = splits()
    load(folder, *watches(*range(20)), gold=5, seed=2)
    assert {name: splits()[name] for name in before} == before
    assert Counter(splits().values()) == {"gold": 5, "seed": 2, "pool": 13}


def test_a_new_listing_joins_the_split_of_its_group(folder: Path) -> None:
    load(folder, *watches(1, group="g"), gold=1)
    load(folder, *watches(1, 2, group="g"))
    assert splits() == {"w1": "gold", "w2": "gold"}


def test_a_folder_larger_than_a_batch_is_imported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.services.folder.BATCH", 2)
    assert load(folder, *watches(1, 2, 3, 4, 5)).created == 5
    assert load(folder, *watches(1, 2, 3, 4, 5, 6)).unchanged == 5


def test_every_row_is_reported_while_it_is_read(folder: Path) -> None:
    seen = iter(range(10))
    load(folder, *watches(1, 2, 3), on_row=lambda: next(seen))
    assert next(seen) == 3


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (row("w9", images=["gone.png"]), "line 3: images: .*gone.png is missing: add the file"),
        (
            row("w9", images=["broken.png"]),
            "line 3: images: .*broken.png cannot be decoded .*: replace the file",
        ),
        (row("w9", attributes={"strap": "Gold"}), "line 3: attributes.strap is 'Gold', which is not allowed"),
        (
            row("w1", vertical="sofa"),
            "line 3: listing 'w1' is already there with vertical 'watch', not 'sofa', and its split rests "
            "on that: keep the vertical or use another listing_id",
        ),
        (row("w1", group="g"), "line 3: listing 'w1' is already there with group 'w1', not 'g'"),
    ],
)
def test_a_bad_row_leaves_nothing_behind(folder: Path, bad: Row, message: str) -> None:
    load(folder, row("w1"))
    (folder / "broken.png").write_bytes(photo_bytes(size=(64, 64))[:-30])
    with pytest.raises(CatalogError, match=message):
        load(folder, *watches(7, 8), bad)
    assert splits() == {"w1": "pool"}


def test_a_folder_that_fails_does_not_change_the_schema(folder: Path) -> None:
    with pytest.raises(CatalogError, match=re.escape("hat")):
        load(folder, row("w1", vertical="hat"))
    assert not Vertical.objects.exists()
    assert not Attribute.objects.exists()

"""What imports bring into the catalogue."""

from collections import Counter
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from catalog.importing import batches
from catalog.models import Image, Import, ImportProblem, Listing, Photo, Status
from catalog.models.imports import Stage
from catalog.selectors import listing_counts
from catalog.splits import Split
from tests.catalog.folders import (
    Row,
    checked,
    columns,
    file_opened,
    folder_loaded,
    folder_opened,
    loaded,
    make_folder,
    row,
)
from tests.factories import AttributeFactory, photo_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "folder"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    AttributeFactory.create(vertical__code="bag", vertical__label="Bag", code="color")
    return tmp_path / "rows.csv"


def counts(done: Import) -> tuple[int, int, int, int]:
    """How many listings were created, updated, unchanged and refused by an import that came to its end."""
    assert (done.status, done.error) == (Status.DONE, "")
    return done.listings_created, done.listings_updated, done.listings_unchanged, done.listings_refused


def bare(*numbers: int, **fields: object) -> list[Row]:
    """Watches without photos, which nothing makes near-duplicates."""
    return [row(f"w{number}", images=[], **fields) for number in numbers]


def splits() -> dict[str, str]:
    return dict(Listing.objects.values_list("external_id", "split"))


def problems(done: Import) -> list[tuple[int, str, str, str]]:
    return list(done.problems.values_list("row", "listing", "field", "reason"))


def test_listings_and_their_photos_are_imported(folder: Path) -> None:
    done = folder_loaded(
        folder,
        [
            row("w1", title="A", description="B", metadata={"k": 1}, images=["b.png", "a.png"], group="g"),
            row("w2", attributes={"strap": "Steel"}, evidence={"strap": [1]}),
        ],
    )
    assert counts(done) == (2, 0, 0, 0)
    assert (done.rows, done.position, done.settled, done.stage) == (2, done.size, True, Stage.SETTLE)
    first, second = Listing.objects.all()
    assert (first.title, first.description, first.metadata, first.given_group) == ("A", "B", {"k": 1}, "g")
    assert (first.first_import, first.last_import, first.last_row) == (done, done, 1)
    assert second.claims == {"strap": {"values": ["steel"], "state": "", "evidence": 1}}
    assert [(one.position, one.photo.width, one.source) for one in first.images.all()] == [
        (1, 5, "b.png"),
        (2, 8, "a.png"),
    ]
    with first.images.all()[1].file.open("rb") as stored:
        assert stored.read() == photo_bytes((200, 30, 40))


def test_photos_with_the_same_content_share_one_file(folder: Path) -> None:
    folder_loaded(folder, [row(f"w{number}") for number in range(3)])
    sha256 = Photo.objects.get().sha256
    assert default_storage.listdir(f"images/{sha256[:2]}") == ([], [f"{sha256}.png"])


def test_the_same_file_again_changes_nothing(folder: Path) -> None:
    rows = [row("w1", title="A"), row("w2", images=[])]
    folder_loaded(folder, rows)
    before = list(Image.objects.values()), list(Listing.objects.values("pk", "title", "group_key", "updated"))
    again = folder_loaded(folder, rows)
    assert counts(again) == (0, 0, 2, 0)
    after = list(Image.objects.values()), list(Listing.objects.values("pk", "title", "group_key", "updated"))
    assert after == before
    assert set(Listing.objects.values_list("last_import", "last_row")) == {(again.pk, 1), (again.pk, 2)}


def test_a_listing_is_updated_by_its_id(folder: Path) -> None:
    folder_loaded(folder, [row(f"w{number}") for number in (1, 2, 3, 4)])
    done = folder_loaded(folder, [row("w1", title="New"), row("w2", images=["b.png"]), row("w3"), row("w5")])
    assert counts(done) == (1, 2, 1, 0)
    assert Listing.objects.get(external_id="w1").title == "New"
    assert Image.objects.get(listing__external_id="w2").photo.width == 5
    assert Listing.objects.get(external_id="w4").last_import != done


def test_a_changed_photo_gets_a_new_id_so_that_caches_stay_true(folder: Path) -> None:
    folder_loaded(folder, [row("w1")])
    before = Image.objects.get().pk
    folder_loaded(folder, [row("w1", images=["b.png"])])
    assert Image.objects.get().pk != before


def test_a_photo_that_changes_under_its_name_is_noticed(folder: Path) -> None:
    folder_loaded(folder, [row("w1")])
    opened = folder_opened(folder, [row("w1")])
    (folder / "a.png").write_bytes(photo_bytes((1, 2, 3)))
    assert counts(loaded(opened)) == (0, 1, 0, 0)


def test_a_listing_without_photos_lands_and_is_counted(folder: Path) -> None:
    done = folder_loaded(folder, [row("w1"), row("w2", images=[])])
    assert (counts(done), done.listings_without_photos) == ((2, 0, 0, 0), 1)


def test_what_a_file_has_no_column_for_stays_as_it_is(folder: Path, file: Path) -> None:
    folder_loaded(folder, [row("w1", title="A", metadata={"k": 1}, attributes={"strap": "Steel"})])
    plan = columns(id="id", hands="attribute:hands")
    done = loaded(file_opened(file, "id,hands\nw1,Hour\n", columns=plan, vertical="watch", rest="ignored"))
    assert counts(done) == (0, 1, 0, 0)
    listing = Listing.objects.get()
    assert (listing.title, listing.metadata, listing.images.count()) == ("A", {"k": 1}, 1)
    assert {code: claim["values"] for code, claim in listing.claims.items()} == {
        "strap": ["steel"],
        "hands": ["hour"],
    }
    again = loaded(
        file_opened(file, "id,name\nw1,A\n", columns=columns(id="id", name="title"), vertical="watch")
    )
    assert counts(again) == (0, 1, 0, 0), "the metadata is none now"
    same = loaded(
        file_opened(
            file, "id,name\nw1,A\n", columns=columns(id="id", name="title"), vertical="watch", rest="ignored"
        )
    )
    assert counts(same) == (0, 0, 1, 0)


def test_a_bad_row_does_not_keep_the_others_out(folder: Path) -> None:
    folder_loaded(folder, [row("w1"), row("w2", group="g")])
    make_folder(folder, [])
    (folder / "broken.png").write_bytes(photo_bytes(size=(64, 64))[:-30])
    done = folder_loaded(
        folder,
        [
            row("w1", vertical="sofa", group="g"),
            row("w2", group="h"),
            row("w3", images=["gone.png", "a.png", "broken.png"]),
            row("w4", attributes={"strap": "Gold"}),
            "{",
            row("w5"),
            row("w5"),
        ],
    )
    assert counts(done) == (1, 0, 0, 6)
    assert problems(done) == [
        (1, "w1", "vertical", "the listing is already there with another vertical"),
        (1, "w1", "group", "the listing is already there with another group"),
        (2, "w2", "group", "the listing is already there with another group"),
        (3, "w3", "images", "the file is missing"),
        (3, "w3", "images", ImportProblem.objects.get(value="broken.png").reason),
        (4, "w4", "attributes.strap", "it is not among the allowed values"),
        (5, "", "", "the line is not valid JSON"),
        (7, "w5", "listing_id", "the listing is there twice"),
    ]
    assert Listing.objects.count() == 3
    assert done.problems.get(row=7).remedy == "keep one of the rows; the other is row 6"


def test_a_file_larger_than_a_batch_is_imported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PRODUCTS", 2)
    assert counts(folder_loaded(folder, bare(1, 2, 3, 4, 5))) == (5, 0, 0, 0)
    assert counts(folder_loaded(folder, bare(1, 2, 3, 4, 5, 6))) == (1, 0, 5, 0)


def test_an_id_that_comes_again_in_a_later_batch_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PRODUCTS", 2)
    opened = folder_opened(folder, bare(1, 2, 3, 1))
    twice = (4, "w1", "listing_id", "the listing is there twice")
    seen = checked(opened)
    assert (problems(seen), seen.accepted, seen.listings_refused) == ([twice], 3, 1)
    done = loaded(opened)
    assert (counts(done), problems(done)) == ((3, 0, 0, 1), [twice])
    assert done.problems.get().remedy == "keep one of the rows; the other is row 1"


def test_gold_and_seed_are_filled_in_every_vertical(folder: Path) -> None:
    sofas = [row(f"s{number}", vertical="sofa", images=[]) for number in range(6)]
    folder_loaded(folder, [*bare(*range(9)), *sofas], gold="3", seed="2")
    assert listing_counts() == {
        ("watch", Split.GOLD): 3,
        ("watch", Split.SEED): 2,
        ("watch", Split.POOL): 4,
        ("sofa", Split.GOLD): 3,
        ("sofa", Split.SEED): 2,
        ("sofa", Split.POOL): 1,
    }


def test_a_group_is_never_divided_and_new_listings_join_it(folder: Path) -> None:
    rows = [row(f"w{number}", images=[], group=f"g{number // 3}") for number in range(12)]
    folder_loaded(folder, rows, gold="1", seed="1")
    assert Counter(splits().values()) == {"gold": 3, "seed": 3, "pool": 6}
    before = splits()
    folder_loaded(folder, [*rows, row("w99", images=[], group="g0")], gold="1", seed="1")
    assert splits() == before | {"w99": before["w0"]}


def test_a_check_finds_what_a_load_would_refuse_and_writes_nothing(folder: Path) -> None:
    folder_loaded(folder, bare(1))
    opened = folder_opened(folder, [row("w1", vertical="sofa"), *bare(2), row("w3", images=["gone.png"])])
    done = checked(opened)
    assert (done.status, done.stage, done.accepted, done.listings_refused) == ("done", Stage.CHECK, 1, 2)
    assert (done.listings_without_photos, Listing.objects.count()) == (1, 1)
    found = problems(done)
    assert found == [
        (1, "w1", "vertical", "the listing is already there with another vertical"),
        (3, "w3", "images", "the file is missing"),
    ]
    assert problems(checked(done)) == found
    assert counts(loaded(done)) == (1, 0, 0, 2)
    assert problems(done) == found


def test_a_csv_with_every_kind_of_column_is_imported(file: Path, tmp_path: Path) -> None:
    make_folder(tmp_path / "photos", [])
    text = (
        "Handle;Title;Type;Image Src;extra;price\n"
        "b1;<b>Bag</b> & more;Bags;a.png;color=red;3\n"
        ";;;b.png;;\n"
        "b2;Tote;Things > Bag;;color=blue;\n"
    )
    opened = file_opened(file, text, photos=str(tmp_path / "photos"), verticals={"Bags": "bag"})
    assert counts(loaded(opened)) == (2, 0, 0, 0)
    first, second = Listing.objects.all()
    assert (first.title, first.metadata, first.images.count()) == ("Bag & more", {"price": "3"}, 2)
    assert [listing.claims["color"]["values"] for listing in (first, second)] == [["red"], ["blue"]]


def test_a_file_that_breaks_off_keeps_what_landed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PRODUCTS", 2)
    opened = folder_opened(folder, bare(1, 2, 3))
    (folder / "listings.jsonl").unlink()
    done = loaded(opened)
    assert done.status == Status.FAILED
    assert (
        "listings.jsonl: the file cannot be read (No such file or directory): look at its path" in done.error
    )
    assert not Listing.objects.exists()

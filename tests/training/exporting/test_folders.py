"""Label Studio's files come back as the same labels, and `datasets` loads what is made for it."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import datasets
import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command

from catalog.models import Image, Listing
from labeling.models import Label
from tests.factories import AttributeFactory, ListingFactory
from tests.training.exporting.world import MESH, World
from training.exporting import Format, Order, What, members, pieces

EVERY = Listing.objects.all()


def order(what: What, form: Format, world: World, **fields: Any) -> Order:
    return Order(what, form, EVERY, version=world.version, **fields)


def read(order: Order) -> dict[str, bytes]:
    return {member.name: b"".join(member.pieces) for member in members(order)}


def answers() -> list[tuple[Any, ...]]:
    rows = Label.objects.values_list("listing__external_id", "attribute__code", "values", "state")
    return sorted(rows)


@pytest.fixture
def loaded(world: World, tmp_path: Path) -> datasets.DatasetDict:
    return load(order(What.COMPARISON, Format.HF, world), tmp_path)


def load(order: Order, folder: Path) -> datasets.DatasetDict:
    zipfile.ZipFile(io.BytesIO(b"".join(pieces(order)))).extractall(folder / "dataset")
    return datasets.load_dataset(str(folder / "dataset"), cache_dir=str(folder / "cache"))


def test_each_vertical_with_listings_has_a_configuration_and_tasks(world: World) -> None:
    AttributeFactory.create(vertical__code="empty")
    files = read(order(What.LABELS, Format.LABEL_STUDIO, world))
    assert list(files) == ["watch.xml", "watch.json", "sofa.xml", "sofa.json"]
    assert b'<Choices name="strap"' in files["watch.xml"]
    assert [task["data"]["listing_id"] for task in json.loads(files["watch.json"])] == ["w1", "w2", "w3"]


def test_a_task_shows_the_listing_with_its_photos_where_they_are_told_to_be(world: World) -> None:
    told = order(What.LISTINGS, Format.LABEL_STUDIO, world, address=lambda photo: f"s3://bucket/{photo.file}")
    (task,) = json.loads(read(told)["sofa.json"])
    photo = world.listings["s1"].images.get().photo
    assert task == {
        "id": world.listings["s1"].pk,
        "data": {
            "listing_id": "s1",
            "vertical": "Sofa",
            "title": "Sofa",
            "description": "",
            "images": [f"s3://bucket/{photo.file.name}"],
        },
    }


@pytest.mark.parametrize(
    ("what", "keys"),
    [
        (What.LISTINGS, set()),
        (What.LABELS, {"annotations"}),
        (What.PREDICTIONS, {"predictions"}),
        (What.COMPARISON, {"annotations", "predictions"}),
    ],
)
def test_tasks_have_what_the_export_is_about(world: World, what: What, keys: set[str]) -> None:
    first, *_ = json.loads(read(order(what, Format.LABEL_STUDIO, world))["watch.json"])
    assert first.keys() - {"id", "data"} == keys


def test_a_prediction_has_its_agreement_as_score(world: World) -> None:
    first, _, third = json.loads(read(order(What.PREDICTIONS, Format.LABEL_STUDIO, world))["watch.json"])
    (predicted,) = first["predictions"]
    assert (predicted["model_version"], predicted["score"]) == (
        f"attrx model version {world.version.pk}",
        0.75,
    )
    assert [result["value"] for result in third["predictions"][0]["result"]] == [{"choices": ["not visible"]}]


def test_a_vote_without_an_answer_is_no_prediction_of_label_studio(world: World) -> None:
    world.version.predictions.update(majority="", values=[], state="", agreement=0, counts={})
    tasks = json.loads(read(order(What.PREDICTIONS, Format.LABEL_STUDIO, world))["watch.json"])
    assert all("predictions" not in task for task in tasks)


def test_labels_that_went_to_label_studio_come_back_the_same(world: World, tmp_path: Path) -> None:
    before = answers()
    (tmp_path / "watch.json").write_bytes(read(order(What.LABELS, Format.LABEL_STUDIO, world))["watch.json"])
    call_command("label_import", "--label-studio", str(tmp_path / "watch.json"))
    assert Label.objects.filter(source="watch.json").count() == 0
    Label.objects.all().delete()
    call_command("label_import", "--label-studio", str(tmp_path / "watch.json"))
    assert answers() == before
    assert Label.objects.filter(source="watch.json").count() == 3


@pytest.mark.parametrize("form", [Format.CSV, Format.JSONL])
def test_exported_labels_come_back_the_same(
    world: World, tmp_path: Path, form: Format, capsys: pytest.CaptureFixture[str]
) -> None:
    before, out = answers(), tmp_path / f"labels.{form}"
    evidence = set(Label.objects.values_list("pk", "evidence_position"))
    call_command("catalog_export", "labels", "--format", form.value, "--out", str(out), "--bom")
    call_command("label_import", "--labels", str(out))
    assert "0 recorded, 3 unchanged" in capsys.readouterr().out
    Label.objects.all().delete()
    call_command("label_import", "--labels", str(out))
    assert answers() == before
    assert len(evidence) == len(set(Label.objects.values_list("pk", "evidence_position"))) == 3


def test_datasets_loads_photos_labels_and_predictions(world: World, loaded: datasets.DatasetDict) -> None:
    assert {split: dataset.num_rows for split, dataset in loaded.items()} == {"gold": 1, "seed": 1, "pool": 2}
    (row,) = loaded["gold"]
    assert [photo.size for photo in row["images"]] == [(8, 6), (8, 6)]
    assert row["images"][1].getpixel((0, 0)) == (9, 9, 9)
    assert (row["listing_id"], row["vertical"], row["vertical_label"]) == ("w1", "watch", "Watch")
    strap, hands = row["labels"]
    assert (strap["attribute"], strap["values"], strap["value_labels"], strap["state"]) == (
        "strap",
        [MESH],
        ["Steel | mesh"],
        "",
    )
    assert (strap["provenance"], strap["schema_version"], hands["values"]) == (
        "import",
        1,
        ["hour", "second"],
    )
    (vote,) = row["predictions"]
    assert (vote["values"], vote["agreement"], vote["votes"], vote["chains"]) == ([MESH], 0.75, 6, 8)
    assert [row["labels"] for row in loaded["pool"]] == [[], []]


def test_the_card_describes_the_dataset_as_it_is_loaded(loaded: datasets.DatasetDict, tmp_path: Path) -> None:
    card = datasets.load_dataset_builder(str(tmp_path / "dataset"), cache_dir=str(tmp_path / "cache")).info
    assert card.features == loaded["gold"].features
    assert {name: split.num_examples for name, split in card.splits.items()} == {
        "gold": 1,
        "seed": 1,
        "pool": 2,
    }
    text = (tmp_path / "dataset" / "README.md").read_text()
    assert "license: unknown" in text
    assert "Listings: 1 gold, 1 seed, 2 pool." in text
    assert "Left out" not in text


def test_a_split_without_labels_loads_beside_one_with_labels(world: World, tmp_path: Path) -> None:
    Label.objects.exclude(listing=world.listings["w1"]).delete()
    loaded = load(order(What.LABELS, Format.HF, world), tmp_path)
    assert [len(row["labels"]) for split in loaded.values() for row in split] == [2, 0, 0, 0]
    assert "predictions" not in loaded["gold"].features


def test_listings_without_photos_and_missing_files_are_left_out_and_told(
    world: World, tmp_path: Path
) -> None:
    Image.objects.filter(listing__external_id="w3").delete()
    ListingFactory.create(vertical=world.listings["s1"].vertical, external_id="s2", split="gold")
    default_storage.delete(str(world.listings["w1"].images.get(position=2).photo.file.name))
    loaded = load(order(What.LISTINGS, Format.HF, world), tmp_path)
    assert [row["listing_id"] for split in loaded.values() for row in split] == ["w1", "w2", "s1"]
    assert [len(row["images"]) for row in loaded["gold"]] == [1]
    card = (tmp_path / "dataset" / "README.md").read_text()
    assert "Left out: 2 listings without a photo, 1 photos whose file is missing." in card


def test_nothing_to_export_gives_a_card_alone(world: World) -> None:
    nothing = Order(What.LISTINGS, Format.HF, EVERY.none())
    assert list(read(nothing)) == ["README.md"]

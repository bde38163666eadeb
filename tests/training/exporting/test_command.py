"""manage.py catalog_export: whole files, clear refusals."""

import csv
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Listing
from tests.training.exporting.world import World
from training.models import Alias, Prediction


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the test, where files without another place go."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def column(path: Path, name: str) -> list[str]:
    with path.open(newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


def test_the_file_is_named_by_what_it_is(
    world: World, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("catalog_export", "labels")
    call_command("catalog_export", "predictions", "--format", "parquet")
    call_command("catalog_export", "labels", "--format", "label-studio")
    assert capsys.readouterr().out == (
        "3 rows: attrx-labels.csv\n2 rows: attrx-predictions.parquet\n4 listings: attrx-labels-label-studio\n"
    )
    assert sorted(path.name for path in here.iterdir()) == [
        *("attrx-labels-label-studio", "attrx-labels.csv", "attrx-predictions.parquet")
    ]
    assert (here / "attrx-labels-label-studio" / "watch.json").is_file()


def test_several_files_become_a_zip_where_it_is_asked_for(world: World, here: Path) -> None:
    call_command("catalog_export", "labels", "--format", "hf", "--out", "new/dataset.zip")
    assert (here / "new" / "dataset.zip").read_bytes().startswith(b"PK")


def test_listings_are_chosen_by_vertical_split_and_the_query_of_the_listings_page(
    world: World, here: Path
) -> None:
    def listed(*arguments: str) -> list[str]:
        out = here / f"{len(list(here.iterdir()))}.csv"
        call_command("catalog_export", "listings", "--out", str(out), *arguments)
        return column(out, "listing_id")

    assert listed() == ["w1", "w2", "w3", "s1"]
    assert listed("--vertical", "watch", "--split", "pool") == ["w3"]
    assert listed("--filter", "?q=diver&vertical=watch") == ["w2"]
    assert listed("--filter", "vertical=watch&split=gold", "--split", "seed") == ["w2"]
    Listing.objects.filter(external_id="w1").update(retired=True)
    assert listed("--vertical", "watch") == ["w2", "w3"]
    assert listed("--vertical", "watch", "--filter", "retired=all") == ["w1", "w2", "w3"]


def test_predictions_are_those_of_the_champion_or_of_the_model_version_that_is_named(
    world: World, here: Path
) -> None:
    call_command("catalog_export", "predictions", "--out", "champion.csv")
    call_command(
        "catalog_export", "predictions", "--model-version", str(world.version.pk), "--out", "named.csv"
    )
    assert column(here / "champion.csv", "prediction") == column(here / "named.csv", "prediction")
    assert len(column(here / "named.csv", "prediction")) == Prediction.objects.count() == 2


def test_photos_are_addressed_with_the_prefix(world: World, here: Path) -> None:
    call_command(
        *("catalog_export", "listings", "--format", "label-studio", "--vertical", "sofa", "--out", "tasks"),
        *("--photo-prefix", "/data/local-files/?d="),
    )
    (task,) = json.loads((here / "tasks" / "sofa.json").read_text())
    photo = world.listings["s1"].images.get().photo
    assert task["data"]["images"] == [f"/data/local-files/?d={photo.file.name}"]


def test_progress_is_shown_if_asked_for(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("catalog_export", "labels", "--out", "quiet.csv")
    assert capsys.readouterr().err == ""
    call_command("catalog_export", "comparison", "--progress")
    assert "4/4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["labels", "--out", "there.csv"], "there.csv exists already: give another name, or remove it"),
        (["labels", "--vertical", "shoe"], "Vertical: 'shoe'"),
        (["labels", "--split", "test"], "Split: 'test'"),
        (["labels", "--filter", "colour=red"], "'colour' is no filter of listings: use one of q, vertical,"),
        (
            ["predictions", "--model-version", "99"],
            "there is no model version 99: name one that a round made",
        ),
        (["labels", "--format", "xml"], "invalid choice: 'xml'"),
        (["everything"], "invalid choice: 'everything'"),
    ],
)
def test_what_cannot_be_exported_is_refused_and_leaves_nothing(
    world: World, here: Path, arguments: list[str], message: str
) -> None:
    (here / "there.csv").write_text("mine")
    with pytest.raises(CommandError, match=message):
        call_command("catalog_export", *arguments)
    assert [path.name for path in here.iterdir()] == ["there.csv"]
    assert (here / "there.csv").read_text() == "mine"


def test_refusals_end_with_exit_code_2(world: World) -> None:
    Alias.objects.all().delete()
    with pytest.raises(CommandError, match="no model version is the champion yet") as refused:
        call_command("catalog_export", "predictions")
    assert refused.value.returncode == 2


def test_a_place_that_cannot_be_written_is_named(world: World, here: Path) -> None:
    (here / "file").write_text("")
    with pytest.raises(CommandError, match="cannot be written .*: give a name in another folder"):
        call_command("catalog_export", "labels", "--out", "file/labels.csv")

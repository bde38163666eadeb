import csv
import json
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Import, Listing, Photo
from catalog.selectors import listing_counts
from catalog.services import imports, imports_queue, schema_import
from catalog.splits import Split
from tests.catalog.folders import SCHEMA, folder_opened, make_folder, row
from tests.factories import photo_bytes

pytestmark = pytest.mark.django_db


def test_a_folder_is_imported_and_the_same_again_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_folder(tmp_path / "folder", [row("w1"), row("w2", attributes={"strap": "Steel"})])
    call_command("catalog_import", folder)
    assert capsys.readouterr().out == "listings: 2 created, 0 updated, 0 unchanged, 0 refused\n"
    call_command("catalog_import", folder)
    assert capsys.readouterr().out == (
        "listings: 0 created, 0 updated, 2 unchanged, 0 refused: nothing changed\n"
    )


def test_photos_get_their_sizes_at_once(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "folder", [row("w1", images=["large.png"])])
    (folder / "large.png").write_bytes(photo_bytes(size=(400, 300)))
    call_command("catalog_import", folder)
    assert Photo.objects.get().rendered


def test_the_splits_are_filled(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "folder", [row(f"w{n}", images=[]) for n in range(6)])
    call_command("catalog_import", folder, "--gold=50%", "--seed-set=2")
    counts = listing_counts()
    assert counts["watch", Split.SEED] == 2
    assert sum(counts.values()) == 6


def test_rows_that_are_refused_end_the_command_with_1_and_the_others_land(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "folder", [row("w1", images=["gone.png"]), row("w2")])
    errors = tmp_path / "new" / "errors.csv"
    with pytest.raises(CommandError, match="refused rows, and what to do with each: .*errors.csv") as refused:
        call_command("catalog_import", folder, "--errors", errors)
    assert refused.value.returncode == 1
    assert [listing.external_id for listing in Listing.objects.all()] == ["w2"]
    [line] = csv.DictReader(errors.open(encoding="utf-8-sig", newline=""))
    assert (line["problem_row"], line["problem_reason"], line["listing_id"]) == (
        "1",
        "the file is missing",
        "w1",
    )


def test_a_check_writes_no_listings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_folder(tmp_path / "folder", [row("w1"), row("w1")])
    with pytest.raises(CommandError, match="refused rows") as refused:
        call_command("catalog_import", folder, "--check", "--errors", tmp_path / "errors.csv")
    assert refused.value.returncode == 1
    assert capsys.readouterr().out == "listings: 1 good, 1 refused\n"
    assert not Listing.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to import: give a file or folder, or --resume ID"),
        (["{none}"], "none: the file cannot be read"),
        (["{file}"], "No column is the vertical: choose one, or one vertical for all rows"),
        (
            ["{file}", "--vertical", "hat"],
            "vertical 'hat' is not in the schema: add it, or use one of watch, sofa",
        ),
        (["{file}", "--set", "name"], "--set name: give COLUMN=ROLE, such as name=title"),
        (["{file}", "--set", "name=price"], "column 'name': 'price' is no role"),
        (["{file}", "--plan", "{none}"], "none: No such file or directory: give another --plan"),
        (["{file}", "--plan", "{file}"], "rows.csv: not valid JSON"),
        (["{file}", "--photos", "nowhere"], "photos: there is no folder or archive"),
        (["--resume", "7"], "import 7 is neither failed nor cancelled"),
    ],
)
def test_what_cannot_be_imported_ends_the_command_with_2(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    schema_import(schema=SCHEMA)
    file = tmp_path / "rows.csv"
    file.write_text("sku,name\n1,a\n")
    names = {"file": file, "none": tmp_path / "none"}
    with pytest.raises(CommandError, match=re.escape(message)) as refused:
        call_command("catalog_import", *(one.format(**names) for one in arguments))
    assert refused.value.returncode == 2
    assert not Listing.objects.exists()


def test_a_file_is_read_as_the_options_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema_import(schema=SCHEMA)
    make_folder(tmp_path / "photos", [])
    file = tmp_path / "rows.csv"
    file.write_text("code;label;pic;band;note=x\n1;A;a.png;Steel;n\n")
    options = ["--set", "band=attribute:strap", "note=x=ignored", "--vertical", "watch"]
    call_command("catalog_import", file, "--photos", tmp_path / "photos", *options)
    listing = Listing.objects.get()
    assert (listing.external_id, listing.title, listing.metadata) == ("1", "A", {})
    assert (listing.images.count(), listing.claims["strap"]["values"]) == (1, ["steel"])


def test_a_plan_is_printed_and_taken_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema_import(schema=SCHEMA)
    file, plan = tmp_path / "rows.csv", tmp_path / "plan.json"
    file.write_text("sku;name;vertical\n1;A;watch\n")
    call_command("catalog_import", file, "--show-plan")
    plan.write_text(capsys.readouterr().out)
    assert not Import.objects.exists()
    kept = json.loads(plan.read_text())
    assert kept["dialect"]["delimiter"] == ";"
    plan.write_text(json.dumps(kept | {"id_prefix": "shop-", "gold": "1"}))
    call_command("catalog_import", file, "--plan", plan)
    assert Listing.objects.get().external_id == "shop-1"
    assert Listing.objects.get().split == Split.GOLD


def test_an_import_that_stopped_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opened = folder_opened(tmp_path / "folder", [row("w1"), row("w2")])
    imports.import_load(import_id=opened.pk, send=False)
    imports.import_cancel(import_id=opened.pk)
    call_command("catalog_import", "--resume", opened.pk)
    assert capsys.readouterr().out == "listings: 2 created, 0 updated, 0 unchanged, 0 refused\n"


def test_while_another_import_runs_a_command_waits_for_a_person(tmp_path: Path) -> None:
    running = folder_opened(tmp_path / "folder", [row("w1")])
    imports.import_load(import_id=running.pk, send=False)
    assert imports_queue.import_claim(import_id=running.pk, worker="elsewhere")
    folder = make_folder(tmp_path / "other", [row("w2")])
    with pytest.raises(
        CommandError, match="another import runs: wait for it, or cancel it on its page"
    ) as refused:
        call_command("catalog_import", folder)
    assert refused.value.returncode == 2
    assert set(Import.objects.values_list("status", flat=True)) == {"running", "cancelled"}


@pytest.mark.parametrize("option", ["--gold=-1", "--seed-set=many"])
def test_a_quota_that_is_none_is_refused(tmp_path: Path, option: str) -> None:
    with pytest.raises(CommandError, match="is no quota: give a number of groups of each vertical"):
        call_command("catalog_import", tmp_path, option)


def test_catalog_demo_renders_and_imports_every_vertical(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("catalog_demo", "--per-vertical=1", "--gold=1")
    counts = listing_counts()
    assert len(counts) == 12
    assert set(counts.values()) == {1}
    assert {split for _, split in counts} == {Split.GOLD}
    assert all(2 <= listing.images.count() <= 4 for listing in Listing.objects.all())
    assert "listings: 12 created" in capsys.readouterr().out


def test_catalog_demo_can_render_without_importing(tmp_path: Path) -> None:
    call_command("catalog_demo", "--per-vertical=1", "--look=studio", "--out", tmp_path / "demo")
    assert len((tmp_path / "demo" / "listings.jsonl").read_text().splitlines()) == 12
    assert not Listing.objects.exists()


def test_catalog_demo_does_not_write_into_a_folder_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="exists already: remove it or choose another folder") as refused:
        call_command("catalog_demo", "--out", tmp_path)
    assert refused.value.returncode == 2

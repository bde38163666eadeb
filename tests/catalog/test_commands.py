from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Listing
from catalog.selectors import listing_counts
from catalog.splits import Split
from tests.catalog.folders import make_folder, row

pytestmark = pytest.mark.django_db


def test_catalog_import_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_folder(tmp_path / "folder", [row("w1"), row("w2", attributes={"strap": "Steel"})])
    call_command("catalog_import", folder)
    assert capsys.readouterr().out == "listings: 2 created, 0 updated, 0 unchanged; 1 labels in the folder\n"


def test_catalog_import_fills_the_splits(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "folder", [row(f"w{n}") for n in range(6)])
    call_command("catalog_import", folder, "--gold=3", "--seed-set=2")
    counts = listing_counts()
    assert [counts["watch", split] for split in Split] == [3, 2, 1]


def test_catalog_import_refuses_bad_input_with_exit_code_2(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "folder", [row("w1", images=["gone.png"])])
    with pytest.raises(
        CommandError, match=r"listings.jsonl, line 1: images: .*gone.png is missing"
    ) as refused:
        call_command("catalog_import", folder)
    assert refused.value.returncode == 2
    assert not Listing.objects.exists()


def test_a_count_below_zero_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="'-1' is no count: give a whole number from 0"):
        call_command("catalog_import", tmp_path, "--gold=-1")


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

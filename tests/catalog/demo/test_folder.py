"""The data folder: whole or absent, and the same bytes for the same arguments."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from catalog.demo import demo_schema, write_folder
from catalog.demo.__main__ import main


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_files_are_the_same_whatever_the_number_of_processes(tmp_path: Path) -> None:
    for jobs in (1, 2):
        write_folder(tmp_path / str(jobs), per_vertical=1, look="seller", seed=7, size=64, jobs=jobs)
    assert _bytes(tmp_path / "1") == _bytes(tmp_path / "2")


def test_folder_holds_schema_listings_and_images(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    photos = write_folder(out, per_vertical=2, look="studio", seed=1, size=64, jobs=1)
    assert json.loads((out / "schema.json").read_text()) == demo_schema()
    rows = [json.loads(line) for line in (out / "listings.jsonl").read_text().splitlines()]
    assert len(rows) == 24
    images = [name for row in rows for name in row["images"]]
    assert len(images) == len(set(images)) == photos == len(list((out / "images").iterdir()))
    for row in rows:
        assert row["group"] == row["listing_id"]
        assert set(row["attributes"]) == set(row["evidence"]) == set(demo_schema()[row["vertical"]])
    with Image.open(out / images[0]) as image:
        assert (image.format, image.size) == ("JPEG", (64, 64))


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(FileExistsError, match="remove it or choose another"):
        write_folder(tmp_path, per_vertical=1, look="studio", seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_failed_run_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        write_folder(tmp_path / "demo", per_vertical=1, look="studio", seed=1, size=0, jobs=1)
    assert list(tmp_path.iterdir()) == []


def test_command_explains_what_is_wrong_and_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ["--out", str(tmp_path), "--per-vertical", "1", "--look", "studio", "--seed", "1"]
    assert main(wanted) == 2
    assert f"{tmp_path} exists already" in capsys.readouterr().err


def test_command_runs_without_django(tmp_path: Path) -> None:
    script = (
        "import sys; from catalog.demo.__main__ import main; code = main(sys.argv[1:]); "
        "assert 'django' not in sys.modules and 'torch' not in sys.modules; sys.exit(code)"
    )
    wanted = ["--per-vertical", "1", "--look", "studio", "--seed", "1", "--size", "16", "--jobs", "1"]
    ran = subprocess.run(
        [sys.executable, "-c", script, "--out", str(tmp_path / "demo"), *wanted],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert "photos in" in ran.stdout

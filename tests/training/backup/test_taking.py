"""What a backup has, what it leaves out, and what it says when the site itself lacks something."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.fixtures import Settings

from catalog.imaging.storage import media_write
from catalog.models import Import, Photo, Status
from catalog.services.photos import photos_discard
from tests.factories import PhotoFactory, VerticalFactory
from tests.training.rounds import champion_of, round_in
from training.backup.manifest import LIST, Manifest, listed, verify
from training.backup.snapshots import FILES, Snapshot
from training.backup.taking import backup_take
from training.backup.wanted import Wanted, media_wanted
from training.ml.errors import DataError

pytestmark = pytest.mark.django_db(transaction=True)


def paths(folder: Path) -> set[str]:
    return {one.path for one in listed(folder)}


def test_what_a_backup_says_of_itself_is_true(tmp_path: Path) -> None:
    VerticalFactory.create_batch(3)
    photo = PhotoFactory.create()
    manifest = backup_take(tmp_path / "backup")
    assert Manifest.read(tmp_path / "backup") == manifest
    verify(tmp_path / "backup", manifest)
    assert (manifest.rows["catalog_vertical"], manifest.rows["catalog_photo"]) == (3, 1)
    assert (manifest.files, manifest.bytes, manifest.missing) == (1, photo.bytes, [])
    found = {str(path.relative_to(tmp_path / "backup")) for path in (tmp_path / "backup").rglob("*.*")}
    assert found == {"manifest.json", LIST, FILES[connection.vendor], f"media/{photo.file}"}


def test_only_the_owner_may_read_a_backup(tmp_path: Path) -> None:
    backup_take(tmp_path / "backup")
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o700


def test_uploads_of_imports_and_renditions_are_kept_and_what_nobody_names_is_not(tmp_path: Path) -> None:
    Import.objects.create(name="rows.csv", path="imports/ab/rows.csv", photos="/outside/photos.zip")
    for name in ("imports/ab/rows.csv", "imports/forgotten/rows.csv", "taxonomies/left"):
        media_write(name, b"rows")
    photo = PhotoFactory.create(width=2000, height=400)
    Photo.objects.update(rendered="2026-01-01T00:00:00Z")
    renditions = [f"renditions/{photo.sha256[:2]}/{photo.sha256}-{end}" for end in ("1600.jpg", "320.webp")]
    for name in renditions:
        media_write(name, b"smaller")
    backup_take(tmp_path / "backup")
    wanted = {str(photo.file), "imports/ab/rows.csv", *renditions}
    assert paths(tmp_path / "backup") == {f"media/{name}" for name in wanted}


def test_a_photo_that_is_missing_or_cut_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    lost, cut, good = (PhotoFactory.create(color=(value, 0, 0)) for value in (1, 2, 3))
    default_storage.delete(str(lost.file))
    Path(default_storage.path(str(cut.file))).write_bytes(b"cut")
    with pytest.raises(CommandError, match=f"lacks 2 files(.|\n)*media/{lost.file}") as caught:
        call_command("backup", str(tmp_path / "backup"))
    assert caught.value.returncode == 1
    assert Manifest.read(tmp_path / "backup").missing == [f"media/{one.file}" for one in (lost, cut)]
    assert f"media/{good.file}" in paths(tmp_path / "backup")


def test_an_adapter_that_is_lost_is_named_and_one_that_was_given_up_is_not(tmp_path: Path) -> None:
    version = champion_of(round_in(Status.DONE))
    assert backup_take(tmp_path / "first").missing == ["artifacts/adapter"]
    version.files_removed = version.created
    version.save()
    assert backup_take(tmp_path / "second").missing == []


def remove(photo: Photo) -> None:
    """As somebody else does, on a connection of their own."""

    def work() -> None:
        photos_discard(sha256s=[photo.sha256])
        connection.close()

    thread = Thread(target=work)
    thread.start()
    thread.join()


def test_a_photo_that_is_removed_meanwhile_is_in_no_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, removed = (PhotoFactory.create(color=(value, 0, 0)) for value in (1, 2))
    read, looks = media_wanted, []

    def remove_first(snapshot: Snapshot) -> Iterator[Wanted]:
        looks.append(snapshot)
        if len(looks) == 1:  # The database has been copied, the files have not.
            remove(removed)
        return read(snapshot)

    monkeypatch.setattr("training.backup.taking.media_wanted", remove_first)
    manifest = backup_take(tmp_path / "backup")
    assert (len(looks), manifest.missing, manifest.rows["catalog_photo"]) == (2, [], 1)
    assert paths(tmp_path / "backup") == {f"media/{kept.file}"}
    assert not (tmp_path / "backup" / "media" / str(removed.file)).exists()


def test_a_folder_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    with pytest.raises(CommandError, match="exists already") as caught:
        call_command("backup", str(tmp_path / "backup"))
    assert caught.value.returncode == 2


def test_a_backup_that_fails_leaves_nothing(tmp_path: Path, settings: Settings) -> None:
    PhotoFactory.create()
    settings.ATTRX_ARTIFACTS_DIR = None
    with pytest.raises(TypeError):
        backup_take(tmp_path / "backup")
    assert not list(tmp_path.glob("backup*"))


def test_photos_come_out_of_a_bucket(bucket: Any, tmp_path: Path) -> None:
    photo = PhotoFactory.create()
    backup_take(tmp_path / "backup")
    copy = tmp_path / "backup" / "media" / str(photo.file)
    assert copy.read_bytes() == bucket.Object(f"media/{photo.file}").get()["Body"].read()


def test_photos_may_be_left_out(tmp_path: Path) -> None:
    PhotoFactory.create()
    call_command("backup", str(tmp_path / "backup"), "--no-media")
    manifest = Manifest.read(tmp_path / "backup")
    assert (manifest.media, manifest.files, manifest.rows["catalog_photo"]) == (False, 0, 1)


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has no manifest\.json"):
        Manifest.read(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 2}))
    with pytest.raises(DataError, match="format 2"):
        Manifest.read(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(DataError, match="cannot be read"):
        Manifest.read(tmp_path)

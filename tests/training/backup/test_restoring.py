"""What is brought back is what was there; a damaged backup, or one that would destroy, is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import Photo, Vertical
from tests.factories import PhotoFactory, VerticalFactory
from training.backup.manifest import LIST, Manifest, filed
from training.backup.restoring import backup_restore
from training.backup.snapshots import FILES
from training.backup.taking import backup_take
from training.ml.errors import DataError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    VerticalFactory.create(code="kurta")
    PhotoFactory.create()
    backup_take(tmp_path / "backup")
    return tmp_path / "backup"


def test_what_was_there_comes_back_and_what_came_later_goes(backup: Path) -> None:
    (photo,) = Photo.objects.all()
    content = default_storage.open(str(photo.file)).read()
    default_storage.delete(str(photo.file))
    VerticalFactory.create(code="later")
    call_command("restore", str(backup), "--overwrite")
    assert [one.code for one in Vertical.objects.all()] == ["kurta"]
    assert default_storage.open(str(photo.file)).read() == content
    VerticalFactory.create(code="new")  # Counters of keys came back too.


def test_rows_that_are_there_are_not_lost_unless_that_is_said(backup: Path) -> None:
    with pytest.raises(CommandError, match="has rows already.*--overwrite") as caught:
        call_command("restore", str(backup))
    assert caught.value.returncode == 2
    assert Vertical.objects.count() == 1


@pytest.mark.parametrize("name", [FILES["sqlite"], FILES["postgresql"], LIST, "media"])
def test_a_changed_byte_is_found_before_anything_is_touched(backup: Path, name: str) -> None:
    if name in FILES.values() and name != FILES[connection.vendor]:
        name = FILES[connection.vendor]
    path = (
        next(one for one in sorted((backup / name).rglob("*")) if one.is_file())
        if name == "media"
        else backup / name
    )
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    Vertical.objects.update(code="changed")
    with pytest.raises(DataError, match=f"{path.name}.*damaged"):
        backup_restore(backup, overwrite=True)
    assert Vertical.objects.get().code == "changed"


def test_a_file_that_is_gone_is_found(backup: Path) -> None:
    next(path for path in (backup / "media").rglob("*.png")).unlink()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("restore", str(backup), "--verify")


def test_a_backup_may_be_verified_alone(backup: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Vertical.objects.update(code="changed")
    call_command("restore", str(backup), "--verify")
    assert "is verified" in capsys.readouterr().out
    assert Vertical.objects.get().code == "changed"


def rewritten(backup: Path, **fields: Any) -> None:
    raw = json.loads((backup / "manifest.json").read_text())
    (backup / "manifest.json").write_text(json.dumps(raw | fields))


@pytest.mark.parametrize("path", ["media/../../secret", "/etc/passwd", "artifacts/../x", "elsewhere/x"])
def test_a_list_that_leads_outside_is_refused(backup: Path, path: str) -> None:
    line = json.dumps({"path": path, "sha256": "0" * 64, "bytes": 0})
    (backup / LIST).write_text(line + "\n")
    listing = filed(backup, LIST)
    rewritten(backup, listing={"path": LIST, "sha256": listing.sha256, "bytes": listing.bytes})
    with pytest.raises(DataError, match="not within it"):
        backup_restore(backup, overwrite=True)


def test_a_backup_of_another_kind_of_database_or_a_newer_attrx_is_refused(backup: Path) -> None:
    migrations = Manifest.read(backup).migrations
    rewritten(backup, migrations=[*migrations, "training.9999_later"])
    with pytest.raises(DataError, match="9999_later"):
        backup_restore(backup, overwrite=True)
    rewritten(backup, kind="oracle")
    with pytest.raises(DataError, match="of oracle"):
        backup_restore(backup, overwrite=True)


def test_rows_that_come_out_otherwise_are_told_of(backup: Path) -> None:
    rewritten(backup, rows=Manifest.read(backup).rows | {"catalog_vertical": 2})
    with pytest.raises(DataError, match="catalog_vertical"):
        backup_restore(backup, overwrite=True)


def test_photos_go_into_a_bucket(bucket: Any, tmp_path: Path) -> None:
    photo = PhotoFactory.create()
    backup_take(tmp_path / "backup")
    bucket.objects.all().delete()
    backup_restore(tmp_path / "backup", overwrite=True)
    assert len(bucket.Object(f"media/{photo.file}").get()["Body"].read()) == photo.bytes

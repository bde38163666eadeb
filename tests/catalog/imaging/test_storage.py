from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from catalog.imaging.naming import photo_name
from catalog.imaging.storage import (
    media_delete,
    media_local,
    media_missing,
    media_read,
    media_size,
    media_write,
)

NAME = photo_name("ab" * 32, ".png")


def files() -> list[str]:
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_file_that_is_named_by_its_content_replaces_what_was_cut_short() -> None:
    media_write(NAME, b"half")
    media_write(NAME, b"whole")
    assert files() == [NAME]
    assert media_read(NAME) == b"whole"


def test_any_other_file_keeps_its_name_to_itself() -> None:
    names = [default_storage.save("imports/rows.csv", ContentFile(text)) for text in (b"one", b"two")]
    assert names[0] == "imports/rows.csv"
    assert names[1] != names[0]
    assert [media_read(name) for name in names] == [b"one", b"two"]


def test_a_file_appears_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(source: str, target: str) -> None:
        assert not Path(target).exists()
        assert Path(source).read_bytes() == b"photo"
        raise OSError("no space left")

    monkeypatch.setattr("os.replace", crash)
    with pytest.raises(OSError, match="no space left"):
        media_write(NAME, b"photo")
    assert files() == []


def test_a_stored_file_can_be_read_by_other_users_of_the_machine() -> None:
    media_write(NAME, b"photo")
    assert Path(default_storage.path(NAME)).stat().st_mode & 0o777 == 0o644


def test_what_is_missing_is_told() -> None:
    media_write(NAME, b"photo")
    assert (media_size(NAME), media_size("images/gone.png")) == (5, None)
    assert media_missing([NAME, "images/gone.png"]) == {"images/gone.png"}
    with pytest.raises(FileNotFoundError):
        media_read("images/gone.png")


def test_a_file_that_is_deleted_twice_is_gone() -> None:
    media_write(NAME, b"photo")
    for _ in range(2):
        media_delete(NAME)
    assert media_size(NAME) is None


def test_files_of_the_media_folder_are_used_where_they_lie(settings: Any) -> None:
    media_write(NAME, b"photo")
    assert media_local([NAME, NAME]) == {NAME: Path(settings.MEDIA_ROOT) / NAME}

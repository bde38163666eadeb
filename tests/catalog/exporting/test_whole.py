from pathlib import Path

import pytest

from catalog.errors import CatalogError
from catalog.exporting.whole import new_file, new_folder


def test_a_file_appears_once_it_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "new" / "a.csv"
    with new_file(out) as file:
        file.write(b"a")
        assert not out.exists()
    assert out.read_bytes() == b"a"
    assert list(out.parent.iterdir()) == [out]


def test_a_folder_appears_once_it_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    with new_folder(out) as folder:
        (folder / "a").write_bytes(b"a")
        assert not out.exists()
    assert (out / "a").read_bytes() == b"a"
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.parametrize("new", [new_file, new_folder])
def test_nothing_stays_of_what_fails(tmp_path: Path, new: type) -> None:
    with pytest.raises(KeyError), new(tmp_path / "a"):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("new", [new_file, new_folder])
def test_what_is_there_stays(tmp_path: Path, new: type) -> None:
    out = tmp_path / "a"
    out.write_bytes(b"mine")
    with pytest.raises(CatalogError, match="a exists already: give another name, or remove it"), new(out):
        pass
    assert out.read_bytes() == b"mine"


@pytest.mark.parametrize("new", [new_file, new_folder])
def test_what_an_earlier_try_left_is_replaced(tmp_path: Path, new: type) -> None:
    leftover = tmp_path / "a.partial"
    leftover.mkdir()
    (leftover / "old").write_bytes(b"old")
    with new(tmp_path / "a"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").is_dir() == (new is new_folder)


@pytest.mark.parametrize("new", [new_file, new_folder])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, new: type) -> None:
    (tmp_path / "file").write_bytes(b"")
    message = "cannot be written .*: give a name in another folder"
    with pytest.raises(CatalogError, match=message), new(tmp_path / "file" / "a"):
        pass

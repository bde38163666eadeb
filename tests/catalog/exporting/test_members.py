import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from catalog.exporting.members import Member, write_members, zip_pieces

NAMES = {"README.md": b"# Read me", "data/ünï/a.png": bytes(range(256)) * 500, "empty": b""}


def members() -> Iterator[Member]:
    for name, content in NAMES.items():
        is_packed = name.endswith("png")
        size = len(content) if is_packed else None
        yield Member(name, iter([content[:100], content[100:]]), is_packed=is_packed, size=size)


def test_members_are_files_of_a_folder(tmp_path: Path) -> None:
    write_members(tmp_path, members())
    assert {name: (tmp_path / name).read_bytes() for name in NAMES} == NAMES
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == len(NAMES)


def test_members_are_files_of_a_zip() -> None:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(zip_pieces(members()))))
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == NAMES
    stored = {info.filename: info.compress_type for info in archive.infolist()}
    assert stored["data/ünï/a.png"] == zipfile.ZIP_STORED
    assert stored["README.md"] == zipfile.ZIP_DEFLATED


def test_a_zip_asks_for_a_member_when_the_one_before_is_written() -> None:
    asked = []

    def one_by_one() -> Iterator[Member]:
        for name in ("a", "b"):
            asked.append(name)
            yield Member(name, [b"x" * 10], is_packed=True)

    pieces = zip_pieces(one_by_one())
    written = b""
    while b"x" not in written:
        written += next(pieces)
    assert asked == ["a"]
    assert b"b" in written + b"".join(pieces)

"""Exports of several files: into a folder, or as a zip that is streamed. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from zipstream.ng import ZIP_DEFLATED, ZIP_STORED, ZipStream


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an export. Its pieces are asked for once, before the next member is."""

    name: str
    """path in the folder or zip, with slashes"""
    pieces: Iterable[bytes]
    is_packed: bool = False
    """compressed already, as photos and Parquet are"""
    size: int | None = None
    """bytes, where they are known before"""


def write_members(folder: Path, members: Iterable[Member]) -> None:
    """Write every member into the folder, which is there."""
    for member in members:
        path = folder / member.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines(member.pieces)


def zip_pieces(members: Iterable[Member]) -> Iterator[bytes]:
    """The members as a zip. Some 500 bytes of memory a member are held for the directory at its end."""
    stream = ZipStream()
    for member in members:
        compression = ZIP_STORED if member.is_packed else ZIP_DEFLATED
        stream.add(iter(member.pieces), member.name, size=member.size, compress_type=compression)
        yield from stream.file()
    yield from stream.finalize()

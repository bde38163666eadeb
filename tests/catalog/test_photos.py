import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage

from catalog.imaging.errors import ImageError
from catalog.imaging.naming import photo_name
from catalog.imaging.storage import TRANSFERS, media_read, media_write
from catalog.imaging.verify import verify
from catalog.models import Photo
from catalog.services import photos as service
from catalog.services.photos import photos_discard, photos_intake
from tests.catalog.imaging.pictures import file_of, halves, noise, turned
from tests.factories import ImageFactory, photo_bytes

pytestmark = pytest.mark.django_db

RED, BLUE = photo_bytes((200, 30, 40)), photo_bytes((30, 40, 200))


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def files() -> list[str]:
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


class Source:
    """Contents by name, and how often each was asked for."""

    def __init__(self, **contents: bytes | ImageError) -> None:
        self.contents = contents
        self.reads: list[str] = []

    def read(self, name: str) -> bytes:
        self.reads.append(name)
        content = self.contents[name]
        if isinstance(content, ImageError):
            raise content
        return content

    def intake(self) -> dict[str, Photo | ImageError]:
        return photos_intake(names=list(self.contents), read=self.read)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The hashes of what is decoded."""
    seen: list[str] = []

    def watched(content: bytes, *, sha256: str = "") -> object:
        seen.append(sha256)
        return verify(content, sha256=sha256)

    monkeypatch.setattr("catalog.services.photos.verify", watched)
    yield seen


def test_photos_are_taken_in_under_the_hash_of_what_came() -> None:
    found = Source(a=RED, b=file_of(noise((700, 500)), "JPEG")).intake()
    photo, other = found["a"], found["b"]
    assert isinstance(photo, Photo) and isinstance(other, Photo)
    assert (photo.sha256, photo.bytes, photo.width, photo.height) == (sha256_of(RED), len(RED), 8, 6)
    assert photo.file.name == photo_name(photo.sha256, ".png")
    assert media_read(str(photo.file)) == RED
    assert photo.phash is not None
    assert photo.rendered is not None, "as small as a thumbnail: there is nothing to make"
    assert other.rendered is None
    assert Photo.objects.get(sha256=photo.sha256) == photo


def test_what_is_converted_keeps_the_hash_of_what_came() -> None:
    content = turned(6)
    photo = Source(a=content).intake()["a"]
    assert isinstance(photo, Photo)
    assert (photo.sha256, photo.width, photo.height) == (sha256_of(content), 48, 64)
    stored = media_read(str(photo.file))
    assert stored != content
    assert photo.bytes == len(stored)


def test_one_content_is_one_photo_and_one_file_whatever_its_names() -> None:
    found = Source(a=RED, b=RED, c=BLUE, d=RED).intake()
    assert found["a"] == found["b"] == found["d"] != found["c"]
    assert Photo.objects.count() == len(files()) == 2


def test_a_name_that_is_given_twice_is_read_once() -> None:
    source = Source(a=RED)
    found = photos_intake(names=["a", "a"], read=source.read)
    assert list(found) == source.reads == ["a"]


def test_what_fails_says_why_and_the_rest_is_taken_in() -> None:
    missing = ImageError("the file is missing", "add it, or take it out of the row")
    found = Source(a=RED, gone=missing, broken=RED[:-30], b=BLUE).intake()
    assert found["gone"] is missing
    assert str(found["broken"]).startswith("it cannot be decoded (")
    assert isinstance(found["a"], Photo) and isinstance(found["b"], Photo)
    assert Photo.objects.count() == len(files()) == 2


def test_an_error_that_is_nobodys_photo_ends_the_intake() -> None:
    def read(name: str) -> bytes:
        raise ConnectionError("the bucket does not answer")

    with pytest.raises(ConnectionError):
        photos_intake(names=["a", "b"], read=read)


def test_the_same_photos_again_are_neither_decoded_nor_written(decoded: list[str]) -> None:
    first = Source(a=RED, b=turned(6)).intake()
    before = {name: Path(default_storage.path(name)).stat().st_mtime_ns for name in files()}
    decoded.clear()
    again = Source(x=turned(6), y=RED).intake()
    assert (again["y"], again["x"]) == (first["a"], first["b"])
    assert decoded == []
    assert before == {name: Path(default_storage.path(name)).stat().st_mtime_ns for name in files()}


def test_the_order_of_the_names_does_not_matter() -> None:
    contents = {f"n{number}": file_of(noise((40, 30), number % 5), "PNG") for number in range(12)}
    contents["broken"] = b"no photo"

    def outcome(names: list[str]) -> dict[str, str]:
        found = photos_intake(names=names, read=contents.__getitem__)
        return {name: getattr(one, "sha256", str(one)) for name, one in found.items()}

    assert outcome(list(contents)) == outcome(list(reversed(contents)))
    assert Photo.objects.count() == 5


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"half"), lambda path: path.unlink()])
def test_a_file_that_was_cut_short_or_lost_is_stored_again(damage: Callable[[Path], object]) -> None:
    content = file_of(noise((700, 500)), "JPEG")
    photo = Source(a=content).intake()["a"]
    assert isinstance(photo, Photo)
    Photo.objects.filter(pk=photo.pk).update(render_error="the stored file is missing: import it again")
    damage(Path(default_storage.path(str(photo.file))))
    again = Source(a=content).intake()["a"]
    assert isinstance(again, Photo)
    assert again == photo
    assert again.render_error == "", "it is rendered once more"
    assert media_read(str(again.file)) == content


def test_a_file_without_its_row_is_taken_over() -> None:
    """A crash after the file was stored, and before its row was."""
    media_write(photo_name(sha256_of(RED), ".png"), b"half")
    Source(a=RED).intake()
    assert media_read(photo_name(sha256_of(RED), ".png")) == RED


def test_many_names_are_taken_in_in_lots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LOT", 4)
    contents = {f"n{number}": photo_bytes((number, 0, 0)) for number in range(30)}
    found = photos_intake(names=contents, read=contents.__getitem__)
    assert list(found) == list(contents)
    assert {getattr(photo, "sha256", "") for photo in found.values()} == set(
        map(sha256_of, contents.values())
    )


def test_no_more_contents_are_held_than_the_limits_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read and not yet stored never exceeds a lot and what the threads read ahead."""
    monkeypatch.setattr(service, "LOT_BYTES", 10_000)
    held = most = 0
    lock = threading.Lock()
    contents = {f"n{number}": file_of(halves((64, 48 + number)), "BMP") for number in range(60)}
    verify_and_store = service._verify_and_store

    def read(name: str) -> bytes:
        nonlocal held, most
        with lock:
            held += 1
            most = max(most, held)
        return contents[name]

    def watched(sha256: str, content: bytes, *, threads: service._Threads) -> Photo | ImageError:
        nonlocal held
        outcome = verify_and_store(sha256, content, threads=threads)
        with lock:
            held -= 1
        return outcome

    monkeypatch.setattr(service, "_verify_and_store", watched)
    photos_intake(names=contents, read=read)
    a_lot = 2  # Two of the pictures have more bytes than LOT_BYTES.
    assert held == 0
    assert most <= TRANSFERS + a_lot


def test_two_that_take_in_the_same_photo_get_the_same_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one writes its row between this one's look at the database and its own write."""
    write = service._photos_write

    def overtaken(rows: list[Photo]) -> dict[str, Photo]:
        row = rows[0]
        Photo.objects.create(sha256=row.sha256, file=row.file.name, bytes=row.bytes, width=8, height=6)
        return write(rows)

    monkeypatch.setattr(service, "_photos_write", overtaken)
    photo = Source(a=RED).intake()["a"]
    assert Photo.objects.get() == photo


def test_a_photo_that_no_listing_shows_can_be_discarded() -> None:
    Source(a=RED, b=BLUE).intake()
    photos_discard(sha256s=[sha256_of(RED)])
    assert [photo.sha256 for photo in Photo.objects.all()] == [sha256_of(BLUE)]
    assert files() == [photo_name(sha256_of(BLUE), ".png")]


def test_a_photo_that_a_listing_shows_is_kept() -> None:
    image = ImageFactory.create()
    with pytest.raises(Exception, match="protected"):
        photos_discard(sha256s=[image.sha256])
    assert media_read(str(image.file))

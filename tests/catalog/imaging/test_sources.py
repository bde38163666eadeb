import io
import ipaddress
import os
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django.fixtures import Settings

from catalog.imaging import places
from catalog.imaging.errors import ImageError
from catalog.imaging.sources import photo_reader
from tests.catalog.imaging.web import Web

FILES = {
    "a.jpg": b"top a",
    "men/shirt.jpg": b"shirt",
    "men/front.jpg": b"men front",
    "women/front.jpg": b"women front",
    "women/a b ü.jpg": b"spaces",
}


def zipped(files: dict[str, bytes], path: Path, compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.fixture(params=["folder", "archive", "uploaded archive", "storage"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each kind of place, with the same files."""
    match request.param:
        case "folder":
            for name, content in FILES.items():
                path = tmp_path / "photos" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            return str(tmp_path / "photos")
        case "archive":
            return str(zipped(FILES, tmp_path / "photos.zip"))
        case "uploaded archive":
            content = zipped(FILES, tmp_path / "photos.zip").read_bytes()
            return default_storage.save("imports/photos.zip", ContentFile(content))
        case _:
            for name, content in FILES.items():
                default_storage.save(f"incoming/2026/{name}", ContentFile(content))
            return "storage:incoming/2026"


def read(place: str, name: str) -> bytes:
    with photo_reader(place) as reader:
        return reader.read(name)


def refusal(place: str, name: str) -> str:
    with photo_reader(place) as reader:
        assert not reader.has(name)
        with pytest.raises(ImageError) as refused:
            reader.read(name)
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jpg", b"top a"),
        ("/a.jpg", b"top a"),
        ("./men/../a.jpg", b"top a"),
        ("men/front.jpg", b"men front"),
        ("/women/front.jpg", b"women front"),
        ("women\\front.jpg", b"women front"),
        ("women/a b ü.jpg", b"spaces"),
        (" men/shirt.jpg ", b"shirt"),
    ],
)
def test_a_photo_is_found_by_its_path(place: str, name: str, content: bytes) -> None:
    with photo_reader(place) as reader:
        assert reader.has(name)
        assert reader.read(name) == content


@pytest.mark.parametrize(
    "name", ["shirt.jpg", "2019/06/shirt.jpg", "/var/www/pub/shirt.jpg", "..\\x\\shirt.jpg"]
)
def test_a_photo_is_found_by_its_base_name_if_that_is_the_only_one(place: str, name: str) -> None:
    with photo_reader(place) as reader:
        assert reader.has(name)
        assert reader.read(name) == b"shirt"


def test_a_base_name_that_several_photos_have_is_refused_with_their_paths(place: str) -> None:
    assert refusal(place, "front.jpg") == (
        "2 files have this name: men/front.jpg, women/front.jpg: give the path of the one meant"
    )


@pytest.mark.parametrize(
    "name",
    ["gone.jpg", "men/gone.jpg", "", "/", ".", "..", "men", "men/", "\0", "a.jpg\0", "x" * 5000, "\udcff"],
)
def test_a_photo_that_is_not_there_is_missing(place: str, name: str) -> None:
    assert refusal(place, name) == "the file is missing: add it, or take it out of the row"


@pytest.mark.parametrize(
    "name", ["../secret.jpg", "/../secret.jpg", "men/../../secret.jpg", "..\\secret.jpg"]
)
def test_a_name_leads_out_of_no_place(place: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    default_storage.save("incoming/secret.jpg", ContentFile(b"secret"))
    default_storage.save("imports/secret.jpg", ContentFile(b"secret"))
    assert "the file is missing" in refusal(place, name)


def test_a_photo_that_is_too_large_is_refused(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "BYTES_MOST", 5)
    with pytest.raises(ImageError, match="it has more than 0 MB: save it smaller"):
        read(place, "women/front.jpg")
    assert read(place, "a.jpg") == b"top a"


def test_many_threads_read_from_one_place(place: str) -> None:
    names = [*FILES] * 40
    with photo_reader(place) as reader, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(reader.read, names)) == [FILES[name] for name in names]


def test_addresses_are_read_in_every_place(place: str, web: Web, settings: Settings) -> None:
    settings.ATTRX_FETCH_ALLOW = [ipaddress.ip_network("127.0.0.1")]
    web.says("/a.jpg", b"from the web")
    for where in (place, ""):
        with photo_reader(where) as reader:
            assert reader.has(web.url("/a.jpg"))
            assert reader.read(web.url("/a.jpg")) == b"from the web"


def test_addresses_inside_are_refused_unless_the_settings_allow_them(web: Web) -> None:
    with pytest.raises(ImageError, match="is not on the internet but inside this network"):
        read("", web.url("/a.jpg"))


def test_without_a_place_only_addresses_are_read() -> None:
    assert refusal("", "a.jpg") == "it is no address: give one, or say where the photos lie"


@pytest.mark.parametrize(
    "place", ["/nowhere/photos", "imports/gone.zip", "../outside.zip", "/\0", "photos", "/dev/null/x"]
)
def test_a_place_that_is_not_there_is_named(place: str) -> None:
    with pytest.raises(ImageError) as refused, photo_reader(place):
        pass
    assert str(refused.value) == (
        f"there is no folder or archive {place!r}: "
        "give an absolute path, the name of an uploaded zip, or storage: and a prefix"
    )


@pytest.mark.parametrize("place", ["storage:gone", "storage:gone/2026/"])
def test_a_prefix_under_which_nothing_lies_is_named(place: str) -> None:
    with pytest.raises(ImageError, match=r"nothing lies under 'gone.*' in the media storage: upload"):
        read(place, "a.jpg")


def test_a_prefix_that_leads_out_of_the_storage_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    with pytest.raises(ImageError, match="leads out of the media storage: give a prefix in it"):
        read("storage:../outside", "a.jpg")


class TestFolder:
    def test_a_link_within_the_folder_is_followed(self, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").write_bytes(b"a")
        (tmp_path / "b.jpg").symlink_to("a.jpg")
        assert read(str(tmp_path), "b.jpg") == b"a"

    @pytest.mark.parametrize("name", ["link.jpg", "elsewhere/link.jpg", "out/secret.jpg"])
    def test_a_link_out_of_the_folder_is_not(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "photos").mkdir()
        (tmp_path / "secret.jpg").write_bytes(b"secret")
        (tmp_path / "photos" / "link.jpg").symlink_to(tmp_path / "secret.jpg")
        (tmp_path / "photos" / "out").symlink_to(tmp_path)
        with pytest.raises(ImageError) as refused:
            read(str(tmp_path / "photos"), name)
        assert "secret" not in refused.value.reason

    def test_a_link_in_a_circle_is_missing(self, tmp_path: Path) -> None:
        (tmp_path / "a").symlink_to("b")
        (tmp_path / "b").symlink_to("a")
        with pytest.raises(ImageError):
            read(str(tmp_path), "a/x.jpg")

    def test_what_is_no_ordinary_file_is_not_read(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.jpg")
        with pytest.raises(ImageError):
            read(str(tmp_path), "pipe.jpg")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Makes an archive of one photo, `a.jpg`, and lets its bytes be changed."""

    def make(
        change: Callable[[bytes], bytes] = bytes, content: bytes = b"photo" * 100, **options: int
    ) -> str:
        path = zipped({"a.jpg": content}, tmp_path / "photos.zip", **options)
        path.write_bytes(change(path.read_bytes()))
        return str(path)

    yield make


class TestArchive:
    def test_an_encrypted_photo_is_refused(self, archive: Callable[..., str]) -> None:
        place = archive(flagged)
        with pytest.raises(
            ImageError, match="it is encrypted in the archive: pack it again without a password"
        ):
            read(place, "a.jpg")

    @pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_an_unusual_packing_is_refused(self, archive: Callable[..., str], kind: int) -> None:
        with pytest.raises(ImageError, match="it is packed in an unusual way: pack it again as an ordinary"):
            read(archive(compression=kind), "a.jpg")

    def test_a_photo_that_unpacks_to_more_than_it_says_is_refused(
        self, archive: Callable[..., str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(places, "BYTES_MOST", 1_000_000)
        place = archive(content=bytes(50_000_000), compression=zipfile.ZIP_DEFLATED)
        with pytest.raises(ImageError, match="it has more than 1 MB"):
            read(place, "a.jpg")
        shorter = archive(claims_size(10), content=bytes(50_000_000), compression=zipfile.ZIP_DEFLATED)
        with pytest.raises(ImageError, match="it cannot be unpacked"):
            read(shorter, "a.jpg")

    def test_a_photo_that_is_damaged_is_refused(self, archive: Callable[..., str]) -> None:
        place = archive(lambda content: content.replace(b"photophoto", b"photophoxo", 1))
        with pytest.raises(ImageError, match=r"it cannot be unpacked \(Bad CRC-32.*\): pack it again"):
            read(place, "a.jpg")

    @pytest.mark.parametrize("content", [b"", b"PK", b"not an archive" * 100])
    def test_what_is_no_archive_is_refused(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "photos.zip").write_bytes(content)
        with pytest.raises(ImageError, match=r"photos.zip is no zip archive \(.*\): pack the photos again"):
            read(str(tmp_path / "photos.zip"), "a.jpg")

    def test_a_member_whose_name_leads_out_lands_nowhere(self, tmp_path: Path) -> None:
        place = zipped({"../../evil.jpg": b"evil", "/etc/b.jpg": b"b", "c:\\d.jpg": b"d"}, tmp_path / "p.zip")
        before = sorted(tmp_path.parent.rglob("*"))
        assert [read(str(place), name) for name in ("evil.jpg", "/etc/b.jpg", "c:\\d.jpg")] == [
            b"evil",
            b"b",
            b"d",
        ]
        assert sorted(tmp_path.parent.rglob("*")) == before

    def test_a_folder_in_an_archive_is_no_photo(self, tmp_path: Path) -> None:
        place = zipped({"men/": b"", "men/a.jpg": b"a"}, tmp_path / "photos.zip")
        assert "the file is missing" in refusal(str(place), "men/")


def flagged(content: bytes) -> bytes:
    """The archive with its member said to be encrypted, in both tables."""
    changed = bytearray(content)
    changed[6] |= 1
    changed[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def claims_size(size: int) -> Callable[[bytes], bytes]:
    """The archive with its member said to be of this size."""

    def change(content: bytes) -> bytes:
        changed = io.BytesIO(content)
        changed.seek(content.index(b"PK\x01\x02") + 24)
        changed.write(size.to_bytes(4, "little"))
        return changed.getvalue()

    return change

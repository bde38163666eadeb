"""Whatever bytes come, the answer is a photo or an ImageError."""

import io
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.imaging.errors import ImageError
from catalog.imaging.naming import Size
from catalog.imaging.places import Archive
from catalog.imaging.renditions import renditions, stored_phash
from catalog.imaging.sources import PhotoReader, photo_reader
from catalog.imaging.verify import verify
from tests.catalog.imaging.pictures import EVERY_FORMAT, shown

EXTREMES = st.sampled_from([0, 1, 127, 128, 254, 255])
PICTURES = {kind: make() for kind, make in EVERY_FORMAT.items()}
OFTEN = settings(
    max_examples=60,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def mutated(draw: st.DrawFn, content: bytes) -> bytes:
    """The content with bytes changed, taken out, put in or repeated, and perhaps cut short."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        # Headers decide most: look there as often as everywhere else.
        end = draw(st.sampled_from([min(64, len(changed)), len(changed)]))
        at = draw(st.integers(0, max(0, end - 1)))
        match draw(st.sampled_from(["set", "delete", "insert", "repeat", "cut"])):
            case "set":
                changed[at : at + 1] = bytes([draw(EXTREMES | st.integers(0, 255))])
            case "delete":
                del changed[at : at + draw(st.integers(1, 16))]
            case "insert":
                changed[at:at] = draw(st.binary(min_size=1, max_size=16))
            case "repeat":
                changed[at:at] = changed[at : at + draw(st.integers(1, 64))]
            case "cut":
                del changed[at:]
    return bytes(changed)


def check(content: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow tells of broken metadata.
        try:
            photo = verify(content)
        except ImageError as error:
            assert error.reason and error.remedy
            return
        stored = shown(photo.content)
        assert stored.mode in ("RGB", "L")
        assert stored.size == (photo.width, photo.height)
        assert verify(photo.content).content == photo.content


@pytest.mark.parametrize("kind", PICTURES)
@OFTEN
@given(data=st.data())
def test_a_damaged_picture_is_a_photo_or_an_image_error(kind: str, data: st.DataObject) -> None:
    check(data.draw(mutated(PICTURES[kind])))


@OFTEN
@given(content=st.binary(max_size=2000))
def test_random_bytes_are_an_image_error(content: bytes) -> None:
    check(content)


@OFTEN
@given(
    beginning=st.sampled_from(list(PICTURES.values())), rest=st.binary(max_size=500), kept=st.integers(0, 200)
)
def test_a_beginning_with_something_else_behind_it_is_a_photo_or_an_image_error(
    beginning: bytes, rest: bytes, kept: int
) -> None:
    check(beginning[:kept] + rest)


@OFTEN
@given(data=st.data())
def test_a_stored_file_that_was_damaged_is_rendered_or_an_image_error(data: st.DataObject) -> None:
    content = data.draw(st.sampled_from([PICTURES["JPEG"], PICTURES["PNG"], PICTURES["WebP"]]))
    damaged = data.draw(mutated(content))
    for act in (lambda: renditions(damaged, [Size.WEB, Size.THUMB]), lambda: stored_phash(damaged)):
        try:
            act()
        except ImageError as error:
            assert error.reason and error.remedy


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """A zip archive with odd names and kinds of packing, perhaps damaged."""
    target = io.BytesIO()
    names = st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20
    ) | st.sampled_from(["a.jpg", "../a.jpg", "/a.jpg", "men/a.jpg", "men/", "c:\\a.jpg", "con", ".", ".."])
    kinds = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w") as archive:
        warnings.simplefilter("ignore")  # The same name twice.
        for name in draw(st.lists(names, max_size=4)):
            archive.writestr(name, draw(st.binary(max_size=200)), draw(st.sampled_from(kinds)))
    content = target.getvalue()
    return draw(st.just(content) | mutated(content))


@settings(OFTEN, max_examples=200)
@given(content=archives(), name=st.text(max_size=10) | st.just("a.jpg"))
def test_an_archive_gives_bytes_or_an_image_error(content: bytes, name: str) -> None:
    try:
        archive = Archive(io.BytesIO(content), "photos.zip")
    except ImageError:
        return
    for member in [*archive.names()]:
        try:
            assert isinstance(archive.read(member), bytes)
        except ImageError as error:
            assert error.reason and error.remedy
    archive.close()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[PhotoReader]:
    (tmp_path / "a.jpg").write_bytes(b"a")
    with photo_reader(str(tmp_path)) as reader:
        yield reader


@settings(OFTEN, max_examples=200)
@given(
    name=st.text(max_size=30) | st.sampled_from(["a.jpg", "../a.jpg", "http://", "https://[", "http://\0"])
)
def test_a_name_is_found_or_an_image_error(reader: PhotoReader, name: str) -> None:
    reader.has(name)
    try:
        assert reader.read(name) == b"a"
    except ImageError as error:
        assert error.reason and error.remedy

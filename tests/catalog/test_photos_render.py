from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from catalog.imaging.naming import Size, rendition_name
from catalog.imaging.storage import media_delete, media_read, media_size
from catalog.models import Photo
from catalog.services import photos as service
from catalog.services.photos import Rendered, photos_intake, photos_render
from catalog.tasks import photos_render as photos_render_task
from tests.catalog.imaging.pictures import file_of, noise, shown

pytestmark = pytest.mark.django_db


def take_in(*sizes: tuple[int, int], format: str = "JPEG") -> list[Photo]:
    """Photos of these sizes, not rendered."""
    contents = {f"n{at}": file_of(noise(size, at), format) for at, size in enumerate(sizes)}
    found = photos_intake(names=contents, read=contents.__getitem__)
    return [photo for photo in found.values() if isinstance(photo, Photo)]


def rendered_sizes(photo: Photo) -> set[Size]:
    return {size for size in (Size.WEB, Size.THUMB) if media_size(rendition_name(photo.sha256, size))}


def test_each_photo_gets_what_is_smaller_than_itself() -> None:
    small, medium, large = take_in((300, 200), (1000, 700), (1700, 1200))
    assert photos_render() == Rendered(photos=2, failed=0)
    assert rendered_sizes(small) == set()
    assert rendered_sizes(medium) == {Size.THUMB}
    assert rendered_sizes(large) == {Size.WEB, Size.THUMB}
    assert shown(media_read(rendition_name(large.sha256, Size.WEB))).size == (1600, 1129)
    assert not Photo.objects.filter(rendered=None).exists()


def test_what_is_rendered_is_not_rendered_again() -> None:
    [photo] = take_in((1000, 700))
    photos_render()
    media_delete(rendition_name(photo.sha256, Size.THUMB))
    assert photos_render() == Rendered(photos=0, failed=0)
    assert rendered_sizes(photo) == set()


def test_a_photo_without_a_perceptual_hash_gets_it() -> None:
    hashes = {photo.pk: photo.phash for photo in take_in((300, 200), (1000, 700))}
    Photo.objects.update(phash=None, rendered=None)
    photos_render()
    assert dict(Photo.objects.values_list("pk", "phash")) == hashes


def test_more_photos_than_a_chunk_are_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "RENDER_CHUNK", 2)
    take_in(*[(400, 300)] * 5)
    assert photos_render().photos == 5


def test_a_run_stops_when_its_time_is_over_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "RENDER_CHUNK", 2)
    take_in(*[(400, 300)] * 5)
    assert photos_render(seconds=0).photos == 0
    seconds = iter([0.0, 0.0, 100.0])
    monkeypatch.setattr("time.monotonic", lambda: next(seconds))
    assert photos_render(seconds=10).photos == 2
    monkeypatch.undo()
    assert photos_render().photos == 3


def test_a_photo_that_cannot_be_rendered_is_left_out_with_the_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lost, broken, good = take_in(*[(1000, 700)] * 3)
    media_delete(str(lost.file))
    Path(default_storage.path(str(broken.file))).write_bytes(b"no photo")
    assert photos_render() == Rendered(photos=3, failed=2)
    lost.refresh_from_db()
    broken.refresh_from_db()
    assert lost.render_error == "the stored file is missing: import its listing again, with its photos"
    assert broken.render_error.startswith("the stored file cannot be decoded (")
    assert (lost.rendered, broken.rendered) == (None, None)
    assert lost.sha256 in caplog.text
    assert rendered_sizes(good) == {Size.THUMB}
    assert photos_render() == Rendered(photos=0, failed=0)


def test_photos_that_another_job_has_are_left_to_it() -> None:
    take_in(*[(400, 300)] * 3)
    mine = Photo.objects.earliest("pk")
    Photo.objects.filter(pk=mine.pk).update(render_claimed=timezone.now())
    assert photos_render().photos == 2
    mine.refresh_from_db()
    assert mine.rendered is None


def test_photos_of_a_job_that_died_are_taken_over() -> None:
    take_in((400, 300))
    Photo.objects.update(render_claimed=timezone.now() - service.RENDER_LEASE - timedelta(seconds=1))
    assert photos_render().photos == 1


def test_two_claims_never_share_a_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "RENDER_CHUNK", 2)
    take_in(*[(400, 300)] * 3)
    claims = [{photo.pk for photo in service._render_claim()} for _ in range(3)]
    assert [len(claim) for claim in claims] == [2, 1, 0]
    assert not claims[0] & claims[1]


def test_a_storage_that_does_not_answer_ends_the_run_and_marks_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [photo] = take_in((400, 300))

    def broken(name: str) -> bytes:
        raise ConnectionError("the bucket does not answer")

    monkeypatch.setattr(service, "media_read", broken)
    with pytest.raises(ConnectionError):
        photos_render()
    photo.refresh_from_db()
    assert (photo.rendered, photo.render_error) == (None, "")
    Photo.objects.update(render_claimed=F("render_claimed") - service.RENDER_LEASE * 2)
    monkeypatch.undo()
    assert photos_render().photos == 1


def test_the_worker_renders_what_waits() -> None:
    [photo] = take_in((400, 300))
    photos_render_task()
    assert rendered_sizes(photo) == {Size.THUMB}


def test_a_command_renders_all_again(capsys: pytest.CaptureFixture[str]) -> None:
    [photo] = take_in((400, 300))
    call_command("photos_render")
    media_delete(rendition_name(photo.sha256, Size.THUMB))
    call_command("photos_render")
    assert rendered_sizes(photo) == set()
    call_command("photos_render", "--again")
    assert rendered_sizes(photo) == {Size.THUMB}
    assert capsys.readouterr().out.splitlines() == [
        "1 photos rendered, 0 of them failed",
        "0 photos rendered, 0 of them failed",
        "1 photos rendered, 0 of them failed",
    ]

"""Reads of photos."""

from dataclasses import dataclass

from catalog.imaging.naming import Size, rendition_name, renditions_of
from catalog.models import Image, Photo
from catalog.selectors.scopes import is_limited


@dataclass(frozen=True, slots=True)
class ShownPhoto:
    """The stored file that shows a photo in some size."""

    name: str
    """In the media storage."""
    shows: Size
    """The original where nothing smaller is there."""
    final: bool
    """Nothing smaller is still to be made: what the size shows will not change."""


def photo_shown(*, sha256: str, size: Size) -> ShownPhoto | None:
    """The file that shows the photo in this size, for now or for good.

    None where there is no such photo, or none that whoever asks may see.
    """
    photo = Photo.objects.filter(sha256=sha256).only("file", "width", "height", "rendered").first()
    if photo is None or (is_limited() and not Image.objects.filter(photo=photo.pk).exists()):
        return None
    if size not in renditions_of(width=photo.width, height=photo.height):
        return ShownPhoto(str(photo.file), Size.ORIGINAL, final=True)
    if photo.rendered is None:
        return ShownPhoto(str(photo.file), Size.ORIGINAL, final=False)
    return ShownPhoto(rendition_name(sha256, size), size, final=True)

"""What stored files are called: by the SHA-256 of the photo as it came."""

import re
from enum import StrEnum

PHOTOS = "images"
RENDITIONS = "renditions"

SHA256 = "[0-9a-f]{64}"
"""A regular expression."""


class Size(StrEnum):
    """In what size a photo is shown."""

    THUMB = "thumb"
    WEB = "web"
    ORIGINAL = "original"


SIDES = {Size.WEB: 1600, Size.THUMB: 320}
"""The long side of what is made of larger photos, in pixels, the larger one first."""

_BY_CONTENT = re.compile(rf"({PHOTOS}|{RENDITIONS})/[0-9a-f]{{2}}/{SHA256}(-[0-9]+)?\.[a-z]+")

RENDITION_SUFFIXES = {Size.WEB: ".jpg", Size.THUMB: ".webp"}
"""docs/decisions/0009 says why."""


def photo_name(sha256: str, suffix: str) -> str:
    """The name of a photo's file in the media storage."""
    return f"{PHOTOS}/{sha256[:2]}/{sha256}{suffix}"


def rendition_name(sha256: str, size: Size) -> str:
    """The name of the file that shows a photo in this size."""
    return f"{RENDITIONS}/{sha256[:2]}/{sha256}-{SIDES[size]}{RENDITION_SUFFIXES[size]}"


def renditions_of(*, width: int, height: int) -> list[Size]:
    """The sizes that are made of a photo of this size; in the others it is shown as it is."""
    return [size for size, side in SIDES.items() if max(width, height) > side]


def is_named_by_content(name: str) -> bool:
    """Whether the name says what the file holds, so that two files of this name are the same."""
    return bool(_BY_CONTENT.fullmatch(name))

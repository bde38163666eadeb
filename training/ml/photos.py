"""Open and process each photo once, however many questions and epochs it is shown for."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from transformers import BatchFeature, ProcessorMixin

from training.ml.encoding import open_photos
from training.ml.records import Listing

MEMORY_BYTES = 1 << 30
"""Photos beyond this are processed each time they are shown."""

PATCH_KEYS = {"pixel_values", "image_grid_thw"}
"""What an image processor returns that lays photos out as rows of patches, one after the other (Qwen-VL)."""


class PhotoMemory:
    """Stands in for a processor's image processor and remembers photos and their patches.

    A photo's patches do not depend on the photos beside it. Families that pad photos to each other (SmolVLM)
    process whole batches as ever; there, only the decoded photos are remembered.
    """

    def __init__(self, processor: ProcessorMixin, *, remember: bool = True) -> None:
        self._plain: Any = processor.image_processor
        self._most = MEMORY_BYTES if remember else 0
        self._photos: dict[tuple[Path, ...], list[Image.Image]] = {}
        self._patches: dict[int, BatchFeature] = {}
        self._bytes = 0
        processor.image_processor = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """A copy, as a checkpoint makes one of the whole processor, is of the plain one."""
        return copy.deepcopy(self._plain, memo)

    def open(self, listing: Listing) -> list[Image.Image]:
        """The listing's photos in order; DataError as `open_photos`."""
        known = self._photos.get(listing.images)
        if known is not None:
            return known
        photos = open_photos(listing)
        if self._bytes < self._most:
            self._photos[listing.images] = photos
            for photo in photos:
                self._remember(photo)
        return photos

    def __call__(self, images: list[list[Image.Image]], **options: Any) -> BatchFeature:
        """What the plain image processor returns for the photos of a batch."""
        patches = [self._patches.get(id(photo)) for listing in images for photo in listing]
        if not all(patches):
            processed: BatchFeature = self._plain(images, **options)
            return processed
        return BatchFeature({key: torch.cat([one[key] for one in patches if one]) for key in PATCH_KEYS})

    def _remember(self, photo: Image.Image) -> None:
        width, height = photo.size
        self._bytes += 3 * width * height
        processed: BatchFeature = self._plain([photo], return_tensors="pt")
        if processed.keys() == PATCH_KEYS:
            self._patches[id(photo)] = processed
            self._bytes += processed["pixel_values"].nbytes

"""Photos as vectors, each worked out once and kept in the database, which every web machine can read."""

import logging
import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
from PIL import Image

from catalog.imaging.naming import Size, rendition_name, renditions_of
from catalog.imaging.storage import media_open
from catalog.imaging.verify import FORMATS
from catalog.models import Photo
from labeling.models import PhotoVector
from labeling.photofeatures import RECIPE, SIDE, Features, photo_features

logger = logging.getLogger(__name__)

BATCH = 256
"""Photos that are described, and then kept, at once: a request that ends early has not worked for nothing."""
THREADS = 4 * (os.cpu_count() or 1)
"""Most of the time goes into reading files, which may lie in a bucket."""
KEPT_AS = np.dtype("<f2")


def photo_vectors(photo_ids: Collection[int]) -> dict[int, Features]:
    """{photo: what it looks like}, without photos whose files are missing or broken."""
    vectors = _kept(photo_ids)
    missing = iter([pk for pk in photo_ids if pk not in vectors])
    with ThreadPoolExecutor(THREADS, thread_name_prefix="vectors") as pool:
        while batch := list(islice(missing, BATCH)):
            photos = list(
                Photo.objects.filter(pk__in=batch).only("sha256", "file", "width", "height", "rendered")
            )
            described = zip(photos, pool.map(_described, photos), strict=True)
            # Rounded as they are kept, so that the first choice by them is the same as every later one.
            fresh = {
                photo.pk: features.astype(KEPT_AS).astype(np.float32)
                for photo, features in described
                if features is not None
            }
            _keep(fresh)
            vectors |= fresh
    return vectors


def _kept(photo_ids: Collection[int]) -> dict[int, Features]:
    rows = PhotoVector.objects.filter(photo__in=photo_ids, recipe=RECIPE).values_list("photo", "features")
    return {pk: np.frombuffer(features, dtype=KEPT_AS).astype(np.float32) for pk, features in rows}


def _keep(vectors: dict[int, Features]) -> None:
    PhotoVector.objects.bulk_create(
        [
            PhotoVector(photo_id=pk, recipe=RECIPE, features=features.astype(KEPT_AS).tobytes())
            for pk, features in vectors.items()
        ],
        update_conflicts=True,
        unique_fields=["photo"],
        update_fields=["recipe", "features"],
    )


def _described(photo: Photo) -> Features | None:
    """What the thumbnail looks like, or the stored file where there is none yet."""
    thumb = photo.rendered and Size.THUMB in renditions_of(width=photo.width, height=photo.height)
    name = rendition_name(photo.sha256, Size.THUMB) if thumb else str(photo.file)
    try:
        with media_open(name) as file, Image.open(file, formats=FORMATS) as image:
            image.draft("RGB", (SIDE, SIDE))
            return photo_features(image)
    except (
        Exception
    ) as error:  # Storages and Pillow's decoders raise whatever a broken file makes them raise.
        logger.warning("photo %s has no vector: %s: %s", photo.sha256, name, error)
        return None

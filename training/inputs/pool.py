"""The pool as the catalogue has it -> rows of its snapshot (training/ml/pool.py), a batch at a time.

Which listings are used: those of the frozen verticals that have photos, every one of them stored. A group
that the round froze as gold is never among them, wherever it has been moved since.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Collate

from catalog import selectors as catalog
from catalog.imaging.storage import media_missing
from catalog.models import Image, Vertical
from catalog.splits import Split
from training.inputs.verticals import Json
from training.ml.pool import PoolFacts, Row, pool_facts
from training.ml.progress import Progress, silent

BATCH = 1000
FIELDS = ("pk", "external_id", "vertical__code", "title", "description", "group_key")

Take = Callable[[Sequence[int]], Collection[int]]
"""Ids of listings -> those that are in the pool still, which count as learned from by now."""


@dataclass
class Missing:
    """Listings that are not used because a photo is not stored: how many, and the first of them."""

    listing_id: str
    file: str
    count: int = 0

    def __str__(self) -> str:
        whose = f"{self.count} of its pool listings are" if self.count > 1 else "one of its pool listings is"
        return (
            f"{whose} not used, because a photo is missing from the media storage, as {self.file} of listing "
            f"{self.listing_id!r}: import the folder of this listing again"
        )


@dataclass
class PoolRows:
    """The rows of the pool of a round over these inputs, in the order of their listing ids.

    Going through them fills what is said of them beside.
    """

    frozen: Json
    take: Take = list
    progress: Progress = silent
    questions: int = 0
    missing: dict[str, "Missing"] = field(default_factory=dict)
    """{vertical code: those without one of their photos}"""

    def __iter__(self) -> Iterator[Row]:
        names = {vertical["code"]: vertical["name"] for vertical in self.frozen["verticals"]}
        asked = {vertical["code"]: len(vertical["attributes"]) for vertical in self.frozen["verticals"]}
        measured = {(row["vertical"], row["group"]) for row in self.frozen["listings"][Split.GOLD.value]}
        ids = _ids(list(names))
        for start in range(0, len(ids), BATCH):
            self.progress(start, len(ids))
            batch = ids[start : start + BATCH]
            found = {
                pk: (code, _row(names[code], rest))
                for pk, code, rest in _listings(batch)
                if (names[code], rest[-1]) not in measured
            }
            for pk, images in _images(list(found)).items():
                found[pk][1]["images"] = images
            found = self._stored({pk: one for pk, one in found.items() if one[1]["images"]})
            kept = set(self.take(list(found)))
            for pk, (code, row) in found.items():
                if pk in kept:
                    self.questions += asked[code]
                    yield row

    def left_out(self) -> list[Json]:
        """What was not used though it could have been, vertical by vertical, with the reason."""
        names = {vertical["code"]: vertical["name"] for vertical in self.frozen["verticals"]}
        return [
            {"vertical": code, "name": names[code], "reason": str(missing)}
            for code, missing in sorted(self.missing.items())
        ]

    def _stored(self, found: Mapping[int, tuple[str, Row]]) -> dict[int, tuple[str, Row]]:
        """Those whose photos are all stored."""
        files = {image["file"] for _, row in found.values() for image in row["images"]}
        lost = media_missing(sorted(files))
        stored = {}
        for pk, (code, row) in found.items():
            gone = next((image["file"] for image in row["images"] if image["file"] in lost), None)
            if gone is None:
                stored[pk] = code, row
            else:
                self.missing.setdefault(code, Missing(row["listing_id"], gone)).count += 1
        return stored


def pool_now(frozen: Json) -> PoolFacts:
    """What the snapshot of a round over these inputs would be if it were taken now."""
    return pool_facts(PoolRows(frozen))


def pool_is_empty(codes: Collection[str]) -> bool:
    """Whether these verticals have nothing that a snapshot would take; photos are not looked for."""
    listings = catalog.listings_of(split=Split.POOL).filter(vertical__code__in=codes)
    return not listings.filter(Exists(Image.objects.filter(listing=OuterRef("pk")))).exists()


def pool_verticals() -> list[Vertical]:
    """Every vertical that has listings in the pool."""
    of_it = catalog.listings_of(split=Split.POOL).filter(vertical=OuterRef("pk"))
    return list(Vertical.objects.filter(Exists(of_it)))


def _ids(codes: Sequence[str]) -> "array[int]":
    """The listings of these verticals by their listing ids, in the order that Python has for texts."""
    by_code = Collate(F("external_id"), "C" if connection.vendor == "postgresql" else "BINARY")
    listings = catalog.listings_of(split=Split.POOL).filter(vertical__code__in=codes)
    bare = listings.select_related(None).prefetch_related(None).order_by(by_code)
    return array("q", bare.values_list("pk", flat=True).iterator())


def _listings(ids: Sequence[int]) -> Iterator[tuple[int, str, tuple[Any, ...]]]:
    """(id, vertical code, what a row has of it) of those that are in the pool still, in the ids' order."""
    listings = catalog.listings_of(split=Split.POOL).filter(pk__in=ids).prefetch_related(None).order_by()
    rows = {pk: (code, (name, *rest)) for pk, name, code, *rest in listings.values_list(*FIELDS)}
    for pk in ids:
        if pk in rows:
            yield pk, *rows[pk]


def _images(ids: Sequence[int]) -> dict[int, list[Json]]:
    """{listing: its photos in order}"""
    images: defaultdict[int, list[Json]] = defaultdict(list)
    found = Image.objects.filter(listing__in=ids).order_by("listing_id", "position")
    for pk, file, sha256, size in found.values_list(
        "listing_id", "photo__file", "photo__sha256", "photo__bytes"
    ):
        images[pk].append({"file": file, "sha256": sha256, "bytes": size})
    return images


def _row(vertical: str, values: tuple[Any, ...]) -> Row:
    listing_id, title, description, group = values
    return {
        "listing_id": listing_id,
        "vertical": vertical,
        "title": title,
        "description": description,
        "group": group,
        "images": [],
    }

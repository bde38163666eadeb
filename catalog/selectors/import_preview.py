"""How the first listings of an import will look, read from the beginning of its file."""

import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath

from django.core.files.storage import default_storage

from catalog.errors import CatalogError
from catalog.imaging.errors import ImageError
from catalog.imaging.fetch import is_address
from catalog.imaging.naming import Size, renditions_of
from catalog.imaging.renditions import renditions
from catalog.imaging.sources import PhotoReader, photo_reader
from catalog.imaging.verify import verify
from catalog.importing.listing import Claim, ListingRow
from catalog.importing.photos import photo_problems
from catalog.importing.plan import Plan
from catalog.importing.products import Product, products
from catalog.importing.raw import Problem, shown
from catalog.importing.rows import RowReader
from catalog.importing.sample import Sample
from catalog.models import Listing
from catalog.schema.spec import Schema, VerticalSpec

LISTINGS = 20


@dataclass(frozen=True, slots=True)
class PreviewPhoto:
    """A photo that a row names."""

    name: str
    is_address: bool
    """it is fetched when the rows are loaded"""


@dataclass(frozen=True, slots=True)
class PreviewListing:
    """A listing as it will be, or what is wrong with it."""

    row: int
    external_id: str
    vertical: str = ""
    """label"""
    title: str = ""
    description: str = ""
    group: str = ""
    photos: tuple[PreviewPhoto, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    """(attribute, answer), in words"""
    metadata: tuple[tuple[str, str], ...] = ()
    is_update: bool = False
    """the catalogue has it already"""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """The first listings."""

    listings: tuple[PreviewListing, ...]
    error: str = ""
    """why there can be none"""

    @property
    def refused(self) -> int:
        """How many of them will not land."""
        return sum(bool(listing.problems) for listing in self.listings)

    @property
    def good(self) -> int:
        """How many of them will."""
        return len(self.listings) - self.refused


def import_preview(
    plan: Plan, sample: Sample, schema: Schema, *, place: str, count: int = LISTINGS, with_photos: bool = True
) -> Preview:
    """Read the first listings of a sample as the plan says; with photos, look whether those are there."""
    try:
        reader = RowReader(plan, schema)
        with photo_reader(place if with_photos else "") as photos:
            found = [
                (product, _checked(reader.read(product), photos if with_photos else None))
                for product in islice(products(sample.rows, plan), count)
            ]
    except (CatalogError, ImageError) as error:
        return Preview((), str(error))
    ids = [read.external_id for _, read in found if isinstance(read, ListingRow)]
    there = set(Listing.objects.filter(external_id__in=ids).values_list("external_id", flat=True))
    verticals = {vertical.code: vertical for vertical in schema}
    return Preview(
        tuple(
            _refused(product, read)
            if isinstance(read, list)
            else _listing(read, verticals[read.vertical], is_update=read.external_id in there)
            for product, read in found
        )
    )


def preview_photo(place: str, name: str) -> tuple[bytes, str]:
    """A photo of a place, small, and what kind of file it is.

    Raises:
        ImageError: where there is none, or it lies on the web.
    """
    if is_address(name) or not is_at_hand(place):
        raise ImageError("it is not fetched for a preview", "load the rows to see it")
    with photo_reader(place) as photos:
        photo = verify(photos.read(name))
    if Size.THUMB in renditions_of(width=photo.width, height=photo.height):
        return renditions(photo.content, [Size.THUMB])[Size.THUMB], "image/webp"
    return photo.content, mimetypes.types_map[photo.suffix]


def is_at_hand(place: str) -> bool:
    """Whether looking into a place takes no download: it is on this machine."""
    if not place or PurePath(place).is_absolute():
        return True
    try:
        default_storage.path("")
    except NotImplementedError:
        return False
    return True


def _checked(read: ListingRow | list[Problem], photos: PhotoReader | None) -> ListingRow | list[Problem]:
    """What was read, or that its photos are not there."""
    if photos is None or isinstance(read, list):
        return read
    return photo_problems(read, photos) or read


def _refused(product: Product, problems: list[Problem]) -> PreviewListing:
    return PreviewListing(product.number, problems[0].listing, problems=tuple(problems))


def _listing(read: ListingRow, vertical: VerticalSpec, *, is_update: bool) -> PreviewListing:
    return PreviewListing(
        row=read.row,
        external_id=read.external_id,
        vertical=vertical.label,
        title=read.title or "",
        description=read.description or "",
        group=read.group or "",
        photos=tuple(PreviewPhoto(name, is_address(name)) for name in read.images or ()),
        answers=tuple(_answers(read.claims or {}, vertical)),
        metadata=tuple((key, shown(value)) for key, value in (read.metadata or {}).items()),
        is_update=is_update,
    )


def _answers(claims: Mapping[str, Claim], vertical: VerticalSpec) -> Iterator[tuple[str, str]]:
    """The answers in words, in the schema's order."""
    for attribute in vertical.asked:
        if claim := claims.get(attribute.code):
            labels = {value.code: value.label for value in attribute.values}
            state = claim["state"].replace("_", " ")
            yield attribute.label, state or ", ".join(labels[code] for code in claim["values"])

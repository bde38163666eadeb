"""A batch of an import -> listings, images and problems; to be called within one transaction."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import F
from django.utils import timezone

from catalog.imaging.errors import ImageError
from catalog.importing.batches import Batch, is_twice
from catalog.importing.listing import ListingRow
from catalog.importing.plan import Role
from catalog.importing.raw import Problem
from catalog.importing.rows import RowReader
from catalog.models import Image, Import, ImportProblem, Listing, Photo
from catalog.services.bulk import JsonText, rows_insert, rows_number
from catalog.splits import Split

Photos = Mapping[str, Photo | ImageError]
"""{name: photo, or why there is none}"""

LISTING_FIELDS = (
    *("vertical_id", "external_id", "title", "description", "metadata", "claims", "split", "group_key"),
    *("given_group", "trained_on", "retired", "digest", "first_import_id", "last_import_id", "last_row"),
    *("created", "updated"),
)
UPDATED_FIELDS = (
    *("title", "description", "metadata", "claims"),
    *("digest", "last_import", "last_row", "updated"),
)
IMAGE_FIELDS = ("listing_id", "position", "photo_id", "source")


@dataclass(frozen=True, slots=True)
class Target:
    """What batches are written for."""

    import_id: int
    reader: RowReader
    verticals: Mapping[str, int]
    """{code: id}"""
    unsettled: frozenset[int]
    """other imports that ended before their listings were settled: this one settles what it meets of them"""


class Known(NamedTuple):
    """What the catalogue has under an external id."""

    external_id: str
    pk: int
    vertical: str
    """code"""
    given_group: str
    digest: str
    last_import: int | None
    last_row: int
    first_import: int | None


class Accepted(NamedTuple):
    """A listing that lands, with its photos by name."""

    row: ListingRow
    digest: str
    images: list[tuple[Photo, str]]
    known: Known | None
    json_texts: tuple[str | None, str | None]
    """metadata and claims"""


@dataclass(slots=True)
class Written:
    """How many listings of a batch were what."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    without_photos: int = 0


def batch_write(
    batch: Batch, photos: Photos, target: Target, *, meanwhile: Callable[[], object] = lambda: None
) -> Written:
    """Write the batch. Listings that the catalogue or the photos speak against become problems of it.

    `meanwhile` is called again and again while the database works.
    """
    known = known_listings(batch.listings)
    accepted = list(_accepted(batch, known, photos, target))
    fresh = [one for one in accepted if one.known is None]
    same = [one for one in accepted if one.known and one.known.digest == one.digest]
    changed = [one for one in accepted if one.known and one.known.digest != one.digest]
    _create(fresh, target, meanwhile)
    updated = _update(changed, target)
    _stamp(same, target)
    _take_over(accepted, target)
    problems_write(batch.problems, import_id=target.import_id)
    return Written(
        created=len(fresh),
        updated=updated,
        unchanged=len(same) + len(changed) - updated,
        without_photos=sum(one.row.images == {} for one in accepted),
    )


def known_listings(external_ids: Collection[str]) -> dict[str, Known]:
    """What the catalogue has of these listings."""
    rows = Listing.objects.filter(external_id__any_of=list(external_ids)).order_by()
    fields = ("external_id", "pk", "vertical__code", "given_group", "digest", "last_import", "last_row")
    return {row[0]: Known(*row) for row in rows.values_list(*fields, "first_import")}


def conflicts(row: ListingRow, known: Known, reader: RowReader) -> list[Problem]:
    """Why a listing cannot be what is there under its id, whose split rests on its vertical and group."""
    pairs = (
        (Role.VERTICAL, row.vertical, known.vertical),
        (Role.GROUP, known.given_group if row.group is None else row.group, known.given_group),
    )
    return [
        Problem(
            row=row.row,
            listing=row.external_id,
            field=reader.plan.column_of(role) or role.value,
            value=given,
            reason=f"the listing is already there with another {role}",
            remedy=f"keep {kept!r}, or give the listing another id",
        )
        for role, given, kept in pairs
        if given != kept
    ]


def problems_write(problems: Iterable[Problem], *, import_id: int) -> None:
    """Keep what is wrong with rows."""
    rows_insert(
        ImportProblem,
        fields=("of_id", *Problem._fields),
        rows=((import_id, *problem) for problem in problems),
    )


def _accepted(batch: Batch, known: Mapping[str, Known], photos: Photos, target: Target) -> Iterable[Accepted]:
    """The listings that land; the others are refused in the batch."""
    for external_id, row in batch.listings.items():
        there = known.get(external_id)
        problems = conflicts(row, there, target.reader) if there else []
        if there and there.last_import == target.import_id:
            problems.append(is_twice(row, target.reader, earlier=there.last_row))
        images = _images(row, photos, problems) if row.images else []
        if problems:
            batch.refuse(problems)
        else:
            texts = row.json_texts()
            digest = row.digest([photo.sha256 for photo, _ in images], texts)
            yield Accepted(row, digest, images, there, texts)


def _images(row: ListingRow, photos: Photos, problems: list[Problem]) -> list[tuple[Photo, str]]:
    """The photos of a listing with their names; those that cannot be had become problems."""
    images = []
    for name, (number, column) in (row.images or {}).items():
        photo = photos[name]
        if isinstance(photo, ImageError):
            problems.append(Problem(number, row.external_id, column, name, photo.reason, photo.remedy))
        else:
            images.append((photo, name))
    return images


def _create(fresh: Sequence[Accepted], target: Target, meanwhile: Callable[[], object]) -> None:
    now = timezone.now()
    rows = (_listing_values(one, target, now) for one in fresh)
    rows_insert(Listing, fields=LISTING_FIELDS, rows=rows, meanwhile=meanwhile)
    _images_create([one for one in fresh if one.images])


def _listing_values(one: Accepted, target: Target, now: Any) -> tuple[Any, ...]:
    row = one.row
    return (
        target.verticals[row.vertical],
        row.external_id,
        row.title or "",
        row.description or "",
        *(JsonText(text or "{}") for text in one.json_texts),
        Split.POOL.value,
        row.group or row.external_id,
        row.group or "",
        *(False, False),
        one.digest,
        *(target.import_id, target.import_id),
        row.row,
        *(now, now),
    )


def _update(changed: Sequence[Accepted], target: Target) -> int:
    """Bring listings to what the file says of them; returns how many were different."""
    listings = {
        listing.external_id: listing
        for listing in Listing.objects.filter(pk__any_of=[one.known.pk for one in changed if one.known])
    }
    different = {one.row.external_id for one in changed if _apply(listings[one.row.external_id], one, target)}
    # Without their ids, so that there is only one thing that they can conflict with.
    Listing.objects.bulk_create(
        [_without_pk(listing) for listing in listings.values()],
        update_conflicts=True,
        unique_fields=["external_id"],
        update_fields=UPDATED_FIELDS,
    )
    return len(different | _images_update([one for one in changed if one.row.images is not None]))


def _apply(listing: Listing, one: Accepted, target: Target) -> bool:
    """Set what the file gives; says whether the listing is another one now."""
    row, before = one.row, (listing.title, listing.description, listing.metadata, listing.claims)
    listing.title = listing.title if row.title is None else row.title
    listing.description = listing.description if row.description is None else row.description
    listing.metadata = listing.metadata if row.metadata is None else row.metadata
    if row.claims is not None:
        kept = {
            code: claim
            for code, claim in listing.claims.items()
            if row.covered is not None and code not in row.covered
        }
        listing.claims = kept | row.claims
    listing.digest, listing.last_import_id, listing.last_row = one.digest, target.import_id, row.row
    return before != (listing.title, listing.description, listing.metadata, listing.claims)


def _without_pk(listing: Listing) -> Listing:
    listing.pk = None
    return listing


def _images_update(given: Sequence[Accepted]) -> set[str]:
    """Bring images to what the file says; returns the external ids of listings whose photos are others now.

    An image whose photo changes is made anew.
    """
    there: dict[int, list[int]] = {}
    pks = [one.known.pk for one in given if one.known]
    images = Image.objects.filter(listing__in=pks).order_by("listing", "position")
    for listing, photo in images.values_list("listing", "photo"):
        there.setdefault(listing, []).append(photo)
    others = [
        one
        for one in given
        if one.known and there.get(one.known.pk, []) != [photo.pk for photo, _ in one.images]
    ]
    Image.objects.filter(listing__in=[one.known.pk for one in others if one.known]).delete()
    _images_create(others)
    return {one.row.external_id for one in others}


def _images_create(listings: Sequence[Accepted]) -> None:
    ids = [one.row.external_id for one in listings]
    pks = dict(Listing.objects.filter(external_id__any_of=ids).order_by().values_list("external_id", "pk"))
    rows_insert(
        Image,
        fields=IMAGE_FIELDS,
        rows=(
            (pks[one.row.external_id], position, photo.pk, name)
            for one in listings
            for position, (photo, name) in enumerate(one.images, 1)
        ),
    )


def _stamp(same: Sequence[Accepted], target: Target) -> None:
    """Note in one statement which import saw the unchanged listings last, and in which row."""
    rows = {one.known.pk: one.row.row for one in same if one.known}
    rows_number(Listing, field="last_row", numbers=rows, last_import_id=target.import_id)


def _take_over(accepted: Sequence[Accepted], target: Target) -> None:
    """Let this import settle listings that an import brought which ended before it settled them."""
    left = [one.known.pk for one in accepted if one.known and one.known.first_import in target.unsettled]
    if left:
        # What either import settled before it went on keeps its group and split.
        settled_to = Import.objects.get(pk=target.import_id).settled_to
        listings = Listing.objects.filter(pk__any_of=left, pk__gt=settled_to)
        listings.filter(pk__gt=F("first_import__settled_to")).update(first_import=target.import_id)

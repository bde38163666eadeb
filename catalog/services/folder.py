"""Writes to the catalogue."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from catalog.errors import CatalogError
from catalog.importing.folder import SCHEMA, FolderLabel, ListingRow, read_listings
from catalog.importing.images import ImageError, ImageFile, read_image
from catalog.models import Image, Listing, Photo, Vertical
from catalog.schema.spec import read_schema
from catalog.services.schema import schema_merge
from catalog.splits import Split, assign_splits

BATCH = 500


@dataclass(frozen=True, slots=True)
class FolderImport:
    """What an import did, and the labels of the folder for whoever keeps labels."""

    created: int
    updated: int
    unchanged: int
    labels: tuple[FolderLabel, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A row whose images decode and lie in the media storage."""

    row: ListingRow
    photos: tuple[Photo, ...]


def folder_import(
    *,
    folder: Path,
    gold: int = 0,
    seed: int = 0,
    on_row: Callable[[], object] = lambda: None,
) -> FolderImport:
    """Import a data folder: its schema, listings and images; all of it or nothing.

    Listings that are there already are updated by external id and keep their split, and a new listing joins
    the split of its group. The other new groups of each vertical fill gold and seed up to that many groups.
    `on_row` is called after each row that is read and checked, which takes most of the time.

    Raises:
        CatalogError: naming file, row, field, value and remedy. Image copies may stay in the media storage.
    """
    schema = read_schema(folder / SCHEMA)
    candidates = []
    for row in read_listings(folder, schema):
        candidates.append(_candidate(row))
        on_row()
    with transaction.atomic():
        schema_merge(schema=schema, note=str(folder))
        splits = _splits([candidate.row for candidate in candidates], gold=gold, seed=seed)
        counts: Counter[str] = Counter()
        for start in range(0, len(candidates), BATCH):
            counts += _batch_write(candidates[start : start + BATCH], splits)
    return FolderImport(
        created=counts["created"],
        updated=counts["updated"],
        unchanged=counts["unchanged"],
        labels=tuple(label for candidate in candidates for label in candidate.row.labels),
    )


def _candidate(row: ListingRow) -> _Candidate:
    try:
        files = [read_image(path) for path in row.images]
    except ImageError as error:
        raise CatalogError(f"{row.where}: images: {error}") from error
    return _Candidate(row, tuple(_photo(file) for file in files))


def _photo(file: ImageFile) -> Photo:
    photo, _ = Photo.objects.get_or_create(
        sha256=file.sha256,
        defaults={"file": _store(file), "bytes": file.bytes, "width": file.width, "height": file.height},
    )
    return photo


def _store(image: ImageFile) -> str:
    """Copy the file into the media storage under its hash, unless it is there; returns its name."""
    name = f"images/{image.sha256[:2]}/{image.sha256}{image.suffix}"
    if default_storage.exists(name):
        if default_storage.size(name) == image.bytes:
            return name
        default_storage.delete(name)  # a copy that was cut short
    with image.path.open("rb") as content:
        return default_storage.save(name, File(content))


def _splits(rows: Sequence[ListingRow], *, gold: int, seed: int) -> dict[tuple[str, str], Split]:
    """{(vertical, group): split} of the rows: the one that a group has, or what its vertical still needs."""
    groups = {(row.vertical, row.group_key) for row in rows}
    splits = _splits_taken(vertical for vertical, _ in groups)
    taken = Counter((vertical, split) for (vertical, _), split in splits.items())
    for vertical in {vertical for vertical, _ in groups}:
        assigned = assign_splits(
            [group for of, group in groups if of == vertical and (of, group) not in splits],
            gold=max(0, gold - taken[vertical, Split.GOLD]),
            seed=max(0, seed - taken[vertical, Split.SEED]),
        )
        splits.update({(vertical, group): split for group, split in assigned.items()})
    return splits


def _splits_taken(verticals: Iterable[str]) -> dict[tuple[str, str], Split]:
    rows = (
        Listing.objects.filter(vertical__code__in=set(verticals))
        .order_by()
        .values_list("vertical__code", "group_key", "split")
        .distinct()
    )
    return {(vertical, group): Split(split) for vertical, group, split in rows}


def _batch_write(candidates: Sequence[_Candidate], splits: Mapping[tuple[str, str], Split]) -> Counter[str]:
    """Create or update the listings of the batch; returns how many were created, updated, unchanged."""
    ids = [candidate.row.external_id for candidate in candidates]
    verticals = {vertical.code: vertical for vertical in Vertical.objects.all()}
    existing = {
        listing.external_id: listing
        for listing in Listing.objects.filter(external_id__in=ids)
        .select_related("vertical")
        .prefetch_related("images__photo")
    }
    fresh = [candidate for candidate in candidates if candidate.row.external_id not in existing]
    created = Listing.objects.bulk_create(
        [_new_listing(candidate.row, verticals[candidate.row.vertical], splits) for candidate in fresh]
    )
    for candidate, listing in zip(fresh, created, strict=True):
        _images_write(listing, candidate)
    changed = [
        _listing_update(existing[candidate.row.external_id], candidate)
        for candidate in candidates
        if candidate.row.external_id in existing
    ]
    return Counter(created=len(created), updated=sum(changed), unchanged=len(changed) - sum(changed))


def _new_listing(row: ListingRow, vertical: Vertical, splits: Mapping[tuple[str, str], Split]) -> Listing:
    return Listing(
        vertical=vertical,
        external_id=row.external_id,
        title=row.title,
        description=row.description,
        metadata=row.metadata,
        group_key=row.group_key,
        split=splits[row.vertical, row.group_key],
    )


def _listing_update(listing: Listing, candidate: _Candidate) -> bool:
    """Bring the listing to its row; returns whether anything was different."""
    row = candidate.row
    for field, kept, given in (
        ("vertical", listing.vertical.code, row.vertical),
        ("group", listing.group_key, row.group_key),
    ):
        if kept != given:
            raise CatalogError(
                f"{row.where}: listing {row.external_id!r} is already there with {field} {kept!r}, not "
                f"{given!r}, and its split rests on that: keep the {field} or use another listing_id"
            )
    same_texts = (listing.title, listing.description, listing.metadata) == (
        row.title,
        row.description,
        row.metadata,
    )
    if not same_texts:
        listing.title, listing.description, listing.metadata = row.title, row.description, dict(row.metadata)
        listing.save(update_fields=["title", "description", "metadata"])
    same_images = [image.photo for image in listing.images.all()] == list(candidate.photos)
    if not same_images:
        listing.images.all().delete()
        _images_write(listing, candidate)
    return not (same_texts and same_images)


def _images_write(listing: Listing, candidate: _Candidate) -> None:
    Image.objects.bulk_create(
        Image(listing=listing, position=position, photo=photo, source=path.name)
        for position, (path, photo) in enumerate(zip(candidate.row.images, candidate.photos, strict=True), 1)
    )

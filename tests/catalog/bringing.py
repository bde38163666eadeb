"""Listings as an import has written them, not settled yet, for tests of splits."""

from collections.abc import Callable, Sequence
from typing import Any

from catalog.models import Image, Import, Listing, Photo, Vertical
from catalog.services.splits import import_settle
from catalog.splits import Quota
from tests.factories import ImportFactory, ListingFactory

LOOK, OTHER_LOOK = 0x00FF00FF00FF00FF, 0x0F0F0F0F0F0F0F0F
NONE = Quota(0)


def shown(look: int, name: str = "") -> Photo:
    """A photo that looks like this; one that is called like another is the same file."""
    name = name or f"{Photo.objects.count()}"
    photo, _ = Photo.objects.get_or_create(
        sha256=f"{name.encode().hex():0>64}",
        defaults={"file": name, "bytes": 1, "width": 1, "height": 1, "phash": look},
    )
    return photo


def bring(
    vertical: Vertical, *names: str, by: Import | None = None, photos: Sequence[Photo] = (), **fields: Any
) -> Import:
    """Write new listings of a vertical, each with these photos; returns their import."""
    import_ = by or ImportFactory.create()
    for name in names:
        listing = ListingFactory.create(
            vertical=vertical,
            external_id=name,
            group_key=fields.get("given_group") or name,
            first_import=import_,
            **fields,
        )
        for position, photo in enumerate(photos, 1):
            Image.objects.create(listing=listing, position=position, photo=photo)
    return import_


def settle(
    import_: Import, *, gold: Quota = NONE, seed: Quota = NONE, tell: Callable[[], object] = lambda: None
) -> None:
    """Settle the import, by default with all new groups in the pool."""
    import_settle(import_id=import_.pk, gold=gold, seed=seed, tell=tell)


def splits() -> dict[str, str]:
    """{external id: split} of all listings."""
    return dict(Listing.objects.order_by("external_id").values_list("external_id", "split"))

"""Whether the photos that rows name are there, before any of them is read."""

from catalog.imaging.errors import ImageError
from catalog.imaging.sources import PhotoReader
from catalog.importing.listing import ListingRow
from catalog.importing.raw import Problem


def photo_problems(listing: ListingRow, photos: PhotoReader) -> list[Problem]:
    """What is wrong with photos of a listing that are not there; those that are there are not looked into."""
    faults = ((name, place, _fault(name, photos)) for name, place in (listing.images or {}).items())
    return [
        Problem(row, listing.external_id, column, name, fault.reason, fault.remedy)
        for name, (row, column), fault in faults
        if fault
    ]


def _fault(name: str, photos: PhotoReader) -> ImageError | None:
    if photos.has(name):
        return None
    try:
        photos.read(name)
    except ImageError as error:
        return error
    return None

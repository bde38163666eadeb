"""Listings as pages of rounds show them beside what a model said: title, vertical, photos."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from catalog.models import Listing

MOST_PHOTOS = 4


@dataclass(frozen=True, slots=True)
class Card:
    """A listing, or what is known of one that has been removed since."""

    external_id: str
    title: str = ""
    vertical: str = ""
    photos: tuple[str, ...] = ()
    """sha256 of the first ones"""
    exists: bool = False

    @property
    def name(self) -> str:
        return self.title or self.external_id


def cards(external_ids: Collection[str]) -> dict[str, Card]:
    """{external id: its card} of the listings that are there."""
    listings = (
        Listing.objects.filter(external_id__in=external_ids)
        .select_related("vertical")
        .prefetch_related("images__photo")
    )
    return {listing.external_id: _card(listing) for listing in listings}


def part(question_id: str, known: Mapping[str, Card]) -> tuple[Card, str]:
    """The listing and the attribute of a question's id, "listing/attribute"; both may hold a slash."""
    for external_id, attribute in _ways(question_id):
        if external_id in known:
            return known[external_id], attribute
    external_id, _, attribute = question_id.rpartition("/")
    return Card(external_id), attribute


def possible_ids(question_ids: Iterable[str]) -> set[str]:
    """Every external id that these questions may be about."""
    return {external_id for question_id in question_ids for external_id, _ in _ways(question_id)}


def _ways(question_id: str) -> Iterator[tuple[str, str]]:
    """Every way to part the id, the longest listing first."""
    pieces = question_id.split("/")
    for end in range(len(pieces) - 1, 0, -1):
        yield "/".join(pieces[:end]), "/".join(pieces[end:])


def _card(listing: Listing) -> Card:
    photos = tuple(image.sha256 for image in listing.images.all()[:MOST_PHOTOS])
    return Card(listing.external_id, listing.title, listing.vertical.label, photos, exists=True)

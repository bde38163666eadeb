"""Choosing the listings of a seed set, and asking people to label them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from catalog.models import Vertical
from catalog.schema.spec import VerticalSpec
from catalog.selectors.settled import settled_listings
from catalog.services.settle import verticals_lock
from catalog.services.splits import listings_move
from catalog.splits import Split
from labeling.models import Purpose
from labeling.photofeatures import Features, listing_vector
from labeling.seeding import Rule, Vectors, choose, stand_for
from labeling.selectors.seeds import photos_of, seed_candidates, seeds_there, seeds_unasked
from labeling.services.photovectors import photo_vectors
from labeling.services.tasks import tasks_open

Given = Mapping[int, Features]
"""{listing: its vector}, all of one length"""


@dataclass(frozen=True, slots=True)
class Pool:
    """What the seeds of a vertical are chosen from."""

    there: tuple[int, ...]
    """listings that are in the seed set, one of each group"""
    listing_ids: tuple[int, ...]
    """those of them that were looked at, and those that can be chosen"""
    vectors: Vectors
    """a row for each of these; without columns where nobody has looked"""

    @property
    def candidates(self) -> list[int]:
        """What can be chosen."""
        there = set(self.there)
        return [pk for pk in self.listing_ids if pk not in there]

    def choose(
        self,
        count: int,
        *,
        rule: Rule,
        draw: int = 0,
        chosen: Collection[int] = (),
        never: Collection[int] = (),
    ) -> list[int]:
        """Choose so many listings to go with those that are there or `chosen`, and none of `never`."""
        rows = choose(
            self.vectors,
            count,
            rule=rule,
            chosen=self._rows({*self.there, *chosen}),
            never=self._rows(never),
            draw=draw,
        )
        return [self.listing_ids[row] for row in rows]

    def stand_for(self, chosen: Sequence[int]) -> dict[int, int]:
        """{chosen listing: how many are more like it than like another chosen one, or one that is there}."""
        if not self.vectors.size:
            return {}
        rows = self._rows(chosen)
        counts = stand_for(self.vectors, [*rows, *self._rows(self.there)])
        return {self.listing_ids[row]: count for row, count in zip(rows, counts, strict=False)}

    def _rows(self, listing_ids: Collection[int]) -> list[int]:
        place = {pk: row for row, pk in enumerate(self.listing_ids)}
        return [place[pk] for pk in listing_ids if pk in place]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of a choice."""

    moved: int
    """listings that are new in the seed set, near-duplicates among them"""
    opened: int
    """listings that people are asked to label now"""
    refused: tuple[str, ...]
    """external ids of those that are gold or retired by now"""


def seeds_pool(*, vertical: Vertical, look: bool = True, given: Given | None = None) -> Pool:
    """The listings to choose seeds from, and what they look like.

    Photos that nobody has looked at are looked at now, which takes seconds for a thousand listings, and kept.
    Listings without a photo that can be shown are left out.

    Args:
        look: without it nothing but chance can choose.
        given: vectors to go by instead.
    """
    there, candidates = seeds_there(vertical), seed_candidates(vertical)
    ids = [*there, *candidates]
    if not look:
        return Pool(tuple(there), tuple(ids), np.empty((len(ids), 0), dtype=np.float32))
    vectors = looks_of(ids) if given is None else given
    known = [pk for pk in ids if pk in vectors]
    rows = np.stack([vectors[pk] for pk in known]) if known else np.empty((0, 0), dtype=np.float32)
    return Pool(tuple(there), tuple(known), rows)


@transaction.atomic
def seeds_confirm(
    *, vertical: Vertical, spec: VerticalSpec, listing_ids: Sequence[int], by: User | None
) -> Confirmed:
    """Move these listings to the seed set, with their near-duplicates, and ask people to label them.

    Of near-duplicates the first is asked for. Listings of the seed set that lack labels, and that nobody was
    asked for, are asked for as well. Gold stays gold. `by` is None where a command does it.
    """
    verticals_lock([vertical.pk])
    listings = settled_listings(vertical_id=vertical.pk).filter(pk__in=listing_ids)
    place = {pk: number for number, pk in enumerate(listing_ids)}
    pool = listings.filter(split=Split.POOL, retired=False).values_list("pk", "external_id", "group_key")
    new: dict[str, tuple[int, str]] = {}
    for pk, external_id, group in sorted(pool, key=lambda row: place[row[0]]):
        new.setdefault(group, (pk, external_id))
    moved = listings_move(external_ids=[name for _, name in new.values()], split=Split.SEED, by=by)
    opened = tasks_open(listing_ids=[pk for pk, _ in new.values()], purpose=Purpose.SEED)
    opened += tasks_open(listing_ids=seeds_unasked(vertical, spec), purpose=Purpose.SEED)
    if opened:
        after = {"purpose": Purpose.SEED.value, "tasks": opened, "moved": moved.listings}
        event_record(
            Action.TASKS_OPENED,
            kind=Kind.VERTICAL,
            key=vertical.code,
            name=vertical.label,
            by=by,
            after=after,
        )
    refused = listings.filter(Q(split=Split.GOLD) | Q(retired=True)).order_by("external_id")
    return Confirmed(moved.listings, opened, tuple(refused.values_list("external_id", flat=True)))


def looks_of(listing_ids: Collection[int]) -> Given:
    """What these listings look like, without those that have no photo that can be shown.

    Photos that nobody has looked at are looked at now, and that is kept.
    """
    photos = photos_of(listing_ids)
    vectors = photo_vectors({photo for some in photos.values() for photo in some})
    seen = {
        listing: [vectors[photo] for photo in some if photo in vectors] for listing, some in photos.items()
    }
    return {listing: listing_vector(some) for listing, some in seen.items() if some}

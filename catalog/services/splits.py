"""Writes to splits: which listings are gold, seed and pool, and which have been learned from."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from catalog.errors import CatalogError
from catalog.models import Listing
from catalog.selectors.settled import is_settled, settled_listings
from catalog.services.settle import import_settle, splits_recheck, verticals_lock
from catalog.splits import Split

__all__ = [
    "Move",
    "Refusal",
    "import_settle",
    "listings_move",
    "listings_record",
    "listings_restore",
    "listings_retire",
    "listings_train_on",
    "pool_train_on",
    "splits_recheck",
]

logger = logging.getLogger(__name__)

BATCH = 500
MOST_NAMED = 100
"""Ids of listings that an entry of the audit log has."""

Groups = dict[int, dict[str, list[str]]]
"""{vertical id: {group key: external ids of the listings that were asked for}}"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a listing was not moved, and what to do."""

    external_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Move:
    """What moving listings did: groups that were elsewhere, their listings, and what was refused."""

    groups: int
    listings: int
    refused: tuple[Refusal, ...]


@transaction.atomic
def listings_move(*, external_ids: Sequence[str], split: Split, by: User | None) -> Move:
    """Move the whole groups of these listings to a split, but none to gold that a round has learned from.

    A group's retired listings move with it. Listings that are refused do not keep the others from moving.
    `by` is None where a command moves them.
    """
    groups, refused = _groups_of(external_ids)
    verticals_lock(groups)
    moved_groups = moved_listings = 0
    for vertical_id, asked in groups.items():
        if split is Split.GOLD:
            refused += _trained_on_taken_out(vertical_id, asked)
        for rows in _rows_of_groups(vertical_id, list(asked)):
            elsewhere = rows.exclude(split=split)
            moved_groups += elsewhere.values("group_key").distinct().count()
            moved_listings += elsewhere.update(split=split)
    if moved_listings:
        of_them = {"split": split.value, "groups": moved_groups, "listings": moved_listings}
        listings_record(Action.SPLIT_MOVED, external_ids=external_ids, by=by, after=of_them)
    who = by or "a command"
    logger.info("%s moved %d groups, %d listings, to %s", who, moved_groups, moved_listings, split)
    return Move(moved_groups, moved_listings, tuple(refused))


def listings_retire(*, external_ids: Sequence[str], by: User) -> int:
    """Take listings out of use, with their labels; returns how many were in use."""
    return _retired_set(external_ids, to=True, by=by)


def listings_restore(*, external_ids: Sequence[str], by: User) -> int:
    """Take retired listings back into use, in the split of their group; returns how many were retired."""
    return _retired_set(external_ids, to=False, by=by)


def listings_record(
    action: Action, *, external_ids: Sequence[str], by: User | None, after: Mapping[str, object]
) -> None:
    """Tell the audit log what became of listings: of one by its id, of several with the first ids."""
    if len(external_ids) == 1:
        [one] = external_ids
        event_record(action, kind=Kind.LISTING, key=one, name=one, by=by, after=after)
        return
    name = f"{len(external_ids)} listings"
    chosen = {"chosen": len(external_ids), "first": list(external_ids[:MOST_NAMED])}
    event_record(action, kind=Kind.LISTINGS, name=name, by=by, after={**after, **chosen})


@transaction.atomic
def listings_train_on(*, external_ids: Sequence[str]) -> None:
    """Note that a round learns from the groups of these listings, which therefore can never become gold.

    Raises:
        CatalogError: when a listing of such a group is gold by now; nothing is noted then.
    """
    groups, _ = _groups_of(external_ids)
    verticals_lock(groups)
    for vertical_id, asked in groups.items():
        for rows in _rows_of_groups(vertical_id, list(asked)):
            if gold := rows.filter(split=Split.GOLD).values_list("external_id", flat=True).first():
                raise CatalogError(f"listing {gold!r} became gold just now: start the round again")
            rows.filter(trained_on=False).update(trained_on=True)


@transaction.atomic
def pool_train_on(*, listing_ids: Sequence[int]) -> set[int]:
    """Note that a round learns from those of the listings that are in the pool now, and return them.

    To be called with a batch at a time. What has been noted stays so, whatever becomes of the round.
    """
    rows = Listing.objects.filter(pk__in=listing_ids).order_by()
    verticals_lock(rows.values_list("vertical", flat=True).distinct())
    pool = rows.filter(is_settled(), split=Split.POOL, retired=False)
    groups: defaultdict[int, set[str]] = defaultdict(set)
    taken = set()
    for pk, vertical_id, key, is_noted in pool.values_list("pk", "vertical", "group_key", "trained_on"):
        taken.add(pk)
        if not is_noted:
            groups[vertical_id].add(key)
    for vertical_id, keys in groups.items():
        for members in _rows_of_groups(vertical_id, sorted(keys)):
            members.filter(trained_on=False).update(trained_on=True)
    return taken


def _groups_of(external_ids: Sequence[str]) -> tuple[Groups, list[Refusal]]:
    """The groups of the listings; listings that are unknown, or of an unfinished import, are refused."""
    groups: Groups = defaultdict(lambda: defaultdict(list))
    settled: dict[str, bool] = {}
    for batch in _batches(external_ids):
        listings = Listing.objects.filter(external_id__in=batch)
        unfinished = set(listings.exclude(is_settled()).values_list("external_id", flat=True))
        for external_id, vertical_id, key in listings.values_list("external_id", "vertical", "group_key"):
            settled[external_id] = external_id not in unfinished
            if settled[external_id]:
                groups[vertical_id][key].append(external_id)
    refused = [
        Refusal(
            external_id,
            "its import is not finished, so its group is not known: wait for it, or resume it"
            if external_id in settled
            else "there is no such listing: look it up again",
        )
        for external_id in external_ids
        if not settled.get(external_id)
    ]
    return groups, refused


def _trained_on_taken_out(vertical_id: int, asked: dict[str, list[str]]) -> list[Refusal]:
    """Take the groups that a round has learned from out of those that were asked for."""
    refused = []
    for rows in _rows_of_groups(vertical_id, list(asked)):
        for key in rows.filter(trained_on=True).values_list("group_key", flat=True).distinct():
            refused += [
                Refusal(
                    external_id,
                    f"a round has learned from its group {key!r}, so it can no longer measure one: "
                    "make other listings gold",
                )
                for external_id in asked.pop(key)
            ]
    return refused


def _rows_of_groups(vertical_id: int, keys: Sequence[str]) -> Iterator[QuerySet[Listing]]:
    """All settled listings of the groups, in portions of whole groups."""
    for batch in _batches(keys):
        yield settled_listings(vertical_id=vertical_id).filter(group_key__in=batch)


@transaction.atomic
def _retired_set(external_ids: Sequence[str], *, to: bool, by: User) -> int:
    changed = 0
    for batch in _batches(external_ids):
        changed += Listing.objects.filter(external_id__in=batch, retired=not to).update(retired=to)
    if changed:
        action = Action.LISTINGS_RETIRED if to else Action.LISTINGS_RESTORED
        listings_record(action, external_ids=external_ids, by=by, after={"listings": changed})
    logger.info("%s %s %d listings", by, "retired" if to else "restored", changed)
    return changed


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), BATCH):
        yield texts[start : start + BATCH]

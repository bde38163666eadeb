"""Settle an import: its new listings join the groups of their near-duplicates, and new groups get splits."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from django.db import transaction
from django.db.models import Max

from catalog.grouping import Numbers, find_families
from catalog.leakage import SPLITS, Flags
from catalog.models import Import, Listing, SplitReport, Vertical
from catalog.partitions import Parts, Rows, heads
from catalog.selectors.columns import (
    NewGroups,
    Tell,
    VerticalColumns,
    batches,
    new_singles,
    vertical_columns,
)
from catalog.selectors.settled import new_listings, settled_listings
from catalog.selectors.splitreports import report_of, split_report
from catalog.splits import Quota, Split, assign_ranks, shortlist, split_rank
from catalog.titles import stable_number

KEYS_WRITTEN = 1_000
"""Group keys of a query."""
GOLD, SEED, POOL = map(SPLITS.index, (Split.GOLD, Split.SEED, Split.POOL))


def import_settle(*, import_id: int, gold: Quota, seed: Quota, tell: Tell) -> None:
    """Give the new listings of an import their groups and splits, a vertical at a time.

    A listing joins the settled group of its near-duplicates; of several, a gold one before seed before pool.
    Settled groups are neither merged nor moved. Groups of new listings alone fill gold and seed by quota.

    `tell` is called now and then, outside of transactions, and may raise: a vertical is written whole or not
    at all, and settling again gives the same. What is settled stays as it is: of an import that went on after
    it was settled, only the listings that came since are new.
    """
    import_ = Import.objects.get(pk=import_id)
    if import_.settled:
        return
    for vertical_id in sorted(new_listings(import_).values_list("vertical", flat=True).distinct()):
        _vertical_settle(vertical_id, import_, gold=gold, seed=seed, tell=tell)
    last = Listing.objects.filter(first_import=import_).aggregate(last=Max("pk"))["last"]
    Import.objects.filter(pk=import_id, settled=False).update(settled=True, settled_to=last or 0)


def splits_recheck(*, tell: Tell = lambda: None) -> list[SplitReport]:
    """Compare all listings of every vertical again and replace the reports on their splits."""
    return [
        _report_replace(split_report(vertical_id=vertical.pk, tell=tell))
        for vertical in Vertical.objects.all()
    ]


def verticals_lock(vertical_ids: Iterable[int]) -> None:
    """Let nobody else change splits of these verticals until the transaction ends."""
    verticals = Vertical.objects.filter(pk__in=set(vertical_ids)).order_by("pk")
    list(verticals.select_for_update(no_key=True).values_list("pk"))


@dataclass(frozen=True, slots=True)
class _Place:
    """The group of a family of new listings. Without a key it is called like its only listing."""

    key: str | None = None
    split: int = POOL
    trained_on: bool = False


Places = dict[int, _Place]
"""By family. One that is missing is a single new listing of the pool."""


def _vertical_settle(vertical_id: int, import_: Import, *, gold: Quota, seed: Quota, tell: Tell) -> None:
    columns = vertical_columns(vertical_id=vertical_id, import_=import_, tell=tell)
    families = find_families(columns.listings, titles=columns.titles, tell=tell)
    keys = _new_keys(columns, families.of)
    groups = _new_groups(columns, families.of, keys)
    for singles in new_singles(columns, import_, tell=tell):
        groups += singles
        groups = groups.among(shortlist(groups.gold_ranks, groups.seed_ranks, gold=gold, seed=seed))
    with transaction.atomic():
        verticals_lock([vertical_id])
        _attempt_undo(vertical_id, import_)
        splits = _splits_assign(vertical_id, groups, gold=gold, seed=seed)
        places = _joined(columns, families.of) | _assigned(columns, keys, splits)
        settled = _settled(columns, families.of, places)
        _listings_write(columns, settled, families.of, places)
        _report_replace(report_of(settled, families))


def _is_founding(columns: VerticalColumns, of: Parts) -> Flags:
    """The listings of families that have no settled group to join."""
    return columns.is_new & ~_families_with(of, ~columns.is_new)[of]


def _new_keys(columns: VerticalColumns, of: Parts) -> dict[int, str]:
    """{family: group key} of new listings alone: the smallest of their names."""
    several = _is_founding(columns, of) & (np.bincount(of, minlength=len(of))[of] > 1)
    keys: dict[int, str] = {}
    for family, name in zip(of[several].tolist(), _names(columns.pks[several]), strict=True):
        keys[family] = min(name, keys.get(family, name))
    return keys


def _new_groups(columns: VerticalColumns, of: Parts, keys: dict[int, str]) -> NewGroups:
    """The families of new listings alone, by their first row, without those of retired listings only."""
    gold_ranks, seed_ranks = columns.gold_ranks.copy(), columns.seed_ranks.copy()
    for family, key in keys.items():
        gold_ranks[family] = split_rank(key, Split.GOLD)
        seed_ranks[family] = split_rank(key, Split.SEED)
    families = heads(of)
    in_use = _is_founding(columns, of) & _families_with(of, ~columns.retired)
    return NewGroups(columns.pks, gold_ranks, seed_ranks).among(families[in_use[families]])


def _attempt_undo(vertical_id: int, import_: Import) -> None:
    """What an attempt made gold or seed that did not come to its end begins again in the pool."""
    listings = new_listings(import_).filter(vertical=vertical_id)
    listings.filter(split__in=[Split.GOLD, Split.SEED]).update(split=Split.POOL)


def _splits_assign(vertical_id: int, groups: NewGroups, *, gold: Quota, seed: Quota) -> dict[int, Numbers]:
    """Write the splits of the groups; {place of the split in SPLITS: listings that stand for its groups}."""
    in_gold, in_seed = assign_ranks(
        groups.gold_ranks,
        groups.seed_ranks,
        gold=gold.less(_groups_taken(vertical_id, Split.GOLD)),
        seed=seed.less(_groups_taken(vertical_id, Split.SEED)),
    )
    chosen = {GOLD: groups.pks[in_gold], SEED: groups.pks[in_seed]}
    for place, pks in chosen.items():
        _listings_update(pks, split=SPLITS[place])
    return chosen


def _groups_taken(vertical_id: int, split: Split) -> int:
    """Settled groups of the split that have listings in use."""
    listings = settled_listings(vertical_id=vertical_id).filter(split=split, retired=False)
    return listings.values("group_key").distinct().count()


def _joined(columns: VerticalColumns, of: Parts) -> Places:
    """The settled groups that new listings join, as they are now."""
    rows = np.flatnonzero(~columns.is_new & _families_with(of, columns.is_new)[of])
    places: Places = {}
    for pks in batches(columns.pks[rows]):
        settled = Listing.objects.filter(pk__in=pks)
        for pk, key, split, trained_on in settled.values_list("pk", "group_key", "split", "trained_on"):
            family = int(of[np.searchsorted(columns.pks, pk)])
            place, known = _Place(key, SPLITS.index(Split(split)), trained_on), places.get(family)
            if known is None or (place.split, key) < (known.split, known.key):
                places[family] = place
    return places


def _assigned(columns: VerticalColumns, keys: dict[int, str], chosen: dict[int, Numbers]) -> Places:
    """The groups of new listings alone that have several of them, or are gold or seed."""
    splits = {
        row: place
        for place, pks in chosen.items()
        for row in np.flatnonzero(np.isin(columns.pks, pks)).tolist()
    }
    return {family: _Place(keys.get(family), splits.get(family, POOL)) for family in {*splits, *keys}}


def _settled(columns: VerticalColumns, of: Parts, places: Places) -> VerticalColumns:
    """The columns with the groups and splits that new listings get."""
    splits = np.full(len(of), POOL, dtype=np.uint8)
    trained_on = np.zeros(len(of), dtype=np.bool_)
    groups = np.zeros(len(of), dtype=np.int64)
    for family, place in places.items():
        splits[family], trained_on[family] = place.split, place.trained_on
        groups[family] = stable_number(place.key) if place.key else 0
    named = np.where(groups[of] == 0, columns.listings.names, groups[of])
    return replace(
        columns,
        splits=np.where(columns.is_new, splits[of], columns.splits),
        trained_on=np.where(columns.is_new, trained_on[of], columns.trained_on),
        groups=np.where(columns.is_new, named, columns.groups),
    )


def _listings_write(columns: VerticalColumns, settled: VerticalColumns, of: Parts, places: Places) -> None:
    """Write the groups and splits of new listings that are not those which they came with."""
    _keys_write(columns.pks, np.flatnonzero(settled.groups != columns.groups), of, places)
    for place in (GOLD, SEED):
        _listings_update(columns.pks[columns.is_new & (settled.splits == place)], split=SPLITS[place])
    _listings_update(columns.pks[columns.is_new & settled.trained_on], trained_on=True)


def _keys_write(pks: Numbers, rows: Rows, of: Parts, places: Places) -> None:
    for start in range(0, len(rows), KEYS_WRITTEN):
        portion = rows[start : start + KEYS_WRITTEN]
        known = [places[family].key if family in places else None for family in of[portion].tolist()]
        own = _names(pks[portion]) if None in known else [""] * len(known)
        listings = [
            Listing(pk=pk, group_key=key or name)
            for pk, key, name in zip(pks[portion].tolist(), known, own, strict=True)
        ]
        Listing.objects.bulk_update(listings, ["group_key"])


def _listings_update(pks: Numbers, **fields: object) -> None:
    for batch in batches(pks):
        Listing.objects.filter(pk__in=batch).update(**fields)


def _names(pks: Numbers) -> list[str]:
    """What each listing alone would call its group: its given group, or its external id."""
    names: dict[int, str] = {}
    for batch in batches(pks):
        rows = Listing.objects.filter(pk__in=batch).values_list("pk", "given_group", "external_id")
        names.update((pk, given or external_id) for pk, given, external_id in rows)
    return [names[pk] for pk in pks.tolist()]


def _families_with(of: Parts, flags: Flags) -> Flags:
    """For each family, at its row, whether one of its listings has the flag."""
    families = np.zeros(len(of), dtype=np.bool_)
    families[of[flags]] = True
    return families


@transaction.atomic
def _report_replace(report: SplitReport) -> SplitReport:
    verticals_lock([report.vertical_id])
    SplitReport.objects.filter(vertical=report.vertical_id).delete()
    report.save()
    return report

"""Compare all listings of a vertical, and say how its splits stand."""

from typing import Any

import numpy as np
from django.db.models import Count

from catalog.grouping import Evidence, Families, find_families
from catalog.leakage import SPLITS, Leak, Standing, find_leaks
from catalog.models import Listing, SplitReport
from catalog.partitions import Parts, Rows, parts_of_equals
from catalog.selectors.columns import (
    Tell,
    VerticalColumns,
    batches,
    vertical_columns,
)
from catalog.selectors.settled import settled_listings
from catalog.splits import Split

LARGEST = 200
"""Groups that a report names."""
LEAKS = 100
"""Leaks that a report describes; it counts all."""


def split_report(*, vertical_id: int, tell: Tell) -> SplitReport:
    """How the splits of the vertical stand, not saved."""
    columns = vertical_columns(vertical_id=vertical_id, tell=tell)
    families = find_families(columns.listings, titles=columns.titles, tell=tell)
    return report_of(columns, families)


def report_of(columns: VerticalColumns, families: Families) -> SplitReport:
    """The report on a vertical that has been read and compared, not saved."""
    groups = parts_of_equals(columns.groups)
    sizes = np.bincount(groups[~columns.retired], minlength=len(groups))
    leaks = find_leaks(
        Standing(columns.splits, columns.trained_on, columns.retired, groups=groups, families=families.of)
    )
    counts = _counts(columns, groups)
    return SplitReport(
        vertical_id=columns.vertical_id,
        listings=sum(listings for listings, _ in counts.values()),
        **{f"{split}_groups": groups for split, (_, groups) in counts.items()},
        groups_of_several=int(np.count_nonzero(sizes > 1)),
        listings_grouped=int(sizes[sizes > 1].sum()),
        **{f"by_{evidence}": families.found_by[evidence] for evidence in Evidence},
        common_photos=families.common_photos,
        families_cut=families.cut,
        largest=_largest(columns, sizes),
        leak_count=len(leaks),
        leaks=_leaks_json(columns, leaks[:LEAKS]),
    )


def _counts(columns: VerticalColumns, groups: Parts) -> dict[Split, tuple[int, int]]:
    """{split: (listings, groups)} in use. A listing that is no column is a group of its own."""
    listings = settled_listings(vertical_id=columns.vertical_id, and_of=columns.import_)
    in_split = dict(listings.filter(retired=False).values_list("split").annotate(Count("pk")))
    counts = {}
    for place, split in enumerate(SPLITS):
        read = groups[~columns.retired & (columns.splits == place)]
        total = in_split.get(split.value, 0)
        counts[split] = total, total - len(read) + len(np.unique(read))
    return counts


def _largest(columns: VerticalColumns, sizes: Rows) -> list[dict[str, Any]]:
    several = np.flatnonzero(sizes > 1)
    largest = several[np.argsort(-sizes[several], kind="stable")][:LARGEST]
    keys = dict(Listing.objects.filter(pk__in=columns.pks[largest].tolist()).values_list("pk", "group_key"))
    return [
        {"key": keys[pk], "listings": size}
        for pk, size in zip(columns.pks[largest].tolist(), sizes[largest].tolist(), strict=True)
    ]


def _leaks_json(columns: VerticalColumns, leaks: list[Leak]) -> list[dict[str, Any]]:
    rows = np.array([row for leak in leaks for row in (leak.gold, leak.other)], dtype=np.intp)
    ids: dict[int, str] = {}
    for pks in batches(columns.pks[rows]):
        ids.update(Listing.objects.filter(pk__in=pks).values_list("pk", "external_id"))
    return [
        {
            "gold": ids[int(columns.pks[leak.gold])],
            "other": ids[int(columns.pks[leak.other])],
            "same_group": leak.same_group,
            "trained_on": leak.trained_on,
        }
        for leak in leaks
    ]

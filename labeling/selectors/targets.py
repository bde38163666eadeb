"""Reads of how far seed and gold sets are, vertical by vertical."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from catalog.models import Attribute, Listing, Vertical
from catalog.splits import Split
from labeling.models import Label, Purpose, Turn
from labeling.queue import is_open
from labeling.seed_choice import USUAL

TARGET = USUAL
"""Groups of near-duplicates that a vertical's seed and gold sets are to have, each."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the seed or the gold set of a vertical is, in groups of near-duplicates."""

    there: int
    """in the set"""
    labelled: int
    """of these, with a listing that has a label for every attribute that is asked"""
    waiting: int
    """listings that wait for people"""

    @property
    def missing(self) -> int:
        """Labelled ones that the target lacks."""
        return max(TARGET - self.labelled, 0)

    @property
    def unlabelled(self) -> int:
        """In the set, without all labels."""
        return self.there - self.labelled

    @property
    def share(self) -> float:
        """Of the target, in [0, 1]."""
        return min(self.labelled / TARGET, 1.0)


@dataclass(frozen=True, slots=True)
class Target:
    """A vertical with both sets."""

    vertical: Vertical
    seed: Progress
    gold: Progress


def targets() -> list[Target]:
    """Every vertical with how far its seed and gold sets are, in order; three queries."""
    verticals = list(Vertical.objects.all())
    groups = _groups([vertical.pk for vertical in verticals])
    waiting = _waiting()

    def progress(vertical: Vertical, split: Split) -> Progress:
        place = vertical.pk, split.value
        return Progress(*groups.get(place, (0, 0)), waiting[place])

    return [Target(one, progress(one, Split.SEED), progress(one, Split.GOLD)) for one in verticals]


def _groups(verticals: Sequence[int]) -> dict[tuple[int, str], tuple[int, int]]:
    """{(vertical, split): (groups, labelled ones)}; verticals are named, for an index begins with them."""
    labels = Label.objects.filter(listing=OuterRef("pk"), attribute__retired=False)
    asked = Attribute.objects.filter(vertical=OuterRef("vertical"), retired=False)
    rows = Listing.objects.filter(vertical__in=verticals, split__in=[Split.SEED, Split.GOLD], retired=False)
    rows = rows.alias(answered=_counted(labels, "listing"), asked=_counted(asked, "vertical"))
    whole = Q(asked__gt=0, answered__gte=F("asked"))
    counts = (
        rows.order_by()
        .values_list("vertical", "split")
        .annotate(
            there=Count("group_key", distinct=True),
            labelled=Count("group_key", distinct=True, filter=whole),
        )
    )
    return {(vertical, split): (there, labelled) for vertical, split, there, labelled in counts}


def _waiting() -> Counter[tuple[int, str]]:
    """{(vertical, purpose): listings that wait}; the purposes are named as the splits."""
    turns = Turn.objects.filter(is_open(), purpose__in=[Purpose.SEED, Purpose.GOLD]).order_by()
    rows = turns.values_list("vertical", "purpose").annotate(Count("task", distinct=True))
    return Counter({(vertical, purpose): count for vertical, purpose, count in rows})


def _counted(rows: "QuerySet[Label] | QuerySet[Attribute]", by: str) -> Coalesce:
    count = rows.order_by().values(by).annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)

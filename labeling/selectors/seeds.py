"""Reads for choosing seeds: what can be chosen, what is there already, and what its labels show."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.http import Http404

from catalog.models import Image, Listing, Photo, Vertical
from catalog.schema.spec import AttributeSpec, VerticalSpec
from catalog.selectors import schema_now, vertical_spec
from catalog.selectors.settled import settled_listings
from catalog.splits import Split
from labeling.coverage import Coverage, coverage
from labeling.models import Label, Purpose, Task, TaskStatus
from labeling.seed_choice import MOST

SAMPLE = 1000
"""Listings that are looked at, of a vertical that has more."""
OVERSAMPLE = 3
"""As many more are read, because of each group of near-duplicates one is looked at."""
PHOTOS = 3
"""The first so many photos of a listing are looked at."""

# Multiplying by 2**32 / golden ratio scatters successive keys evenly (D. Knuth, TAOCP volume 3, 6.4).
SCATTER, SPACE, HALF_SPACE = 2_654_435_761, 2**32, 2**31


@dataclass(frozen=True, slots=True)
class SeedListing:
    """A listing that is in the seed set, or could be, as pages show it."""

    listing: Listing
    photo: Photo | None
    labelled: int
    """attributes that have a label, of those that are asked"""
    asked_for: bool
    """people are asked to label it, or have been"""


@dataclass(frozen=True, slots=True)
class SeedVertical:
    """How far the seed set of a vertical is."""

    vertical: Vertical
    groups: int
    """of near-duplicates: what counts as one seed"""
    waiting: int
    """listings that wait for people"""
    coverage: Sequence[Coverage]

    @property
    def shown(self) -> int:
        """Values that a label shows."""
        return sum(one.shown for one in self.coverage)

    @property
    def offered(self) -> int:
        """Values that there are."""
        return sum(len(one.counts) for one in self.coverage)


def seed_verticals() -> list[SeedVertical]:
    """Every vertical with how far its seed set is, in order."""
    seeds = Listing.objects.filter(split=Split.SEED, retired=False).order_by()
    groups = dict(seeds.values_list("vertical").annotate(Count("group_key", distinct=True)))
    open_tasks = Task.objects.filter(purpose=Purpose.SEED, status=TaskStatus.OPEN).order_by()
    waiting = dict(open_tasks.values_list("listing__vertical").annotate(Count("pk")))
    specs = {spec.code: spec for spec in schema_now()}
    answers = _answers()
    return [
        SeedVertical(
            vertical,
            groups.get(vertical.pk, 0),
            waiting.get(vertical.pk, 0),
            _coverage(specs[vertical.code], answers[vertical.pk]),
        )
        for vertical in Vertical.objects.all()
    ]


def seed_vertical(code: str) -> tuple[Vertical, VerticalSpec]:
    """The vertical with this code, and what is asked about it now.

    Raises:
        Http404: where there is none.
    """
    spec = vertical_spec(code)
    if spec is None:
        raise Http404(f"There is no vertical {code!r}.")
    return Vertical.objects.get(code=code), spec


def seed_coverage(vertical: Vertical, spec: VerticalSpec) -> list[Coverage]:
    """What the labels of the vertical's seed set show of each attribute that is asked."""
    return _coverage(spec, _answers(vertical)[vertical.pk])


def seeds_there(vertical: Vertical) -> list[int]:
    """One listing of each group that is in the seed set, MOST of them at most.

    Of a group it is one that people are or were asked for, or else one that has labels.
    """
    asked = Exists(Task.objects.filter(listing=OuterRef("pk"), purpose=Purpose.SEED))
    labelled = Exists(Label.objects.filter(listing=OuterRef("pk")))
    rows = settled_listings(vertical_id=vertical.pk).filter(split=Split.SEED, retired=False)
    rows = rows.alias(asked=asked, labelled=labelled).order_by("-asked", "-labelled", "pk")
    first: dict[str, int] = {}
    for pk, group in rows.values_list("pk", "group_key").iterator():
        first.setdefault(group, pk)
        if len(first) == MOST:
            break
    return sorted(first.values())


def seed_candidates(vertical: Vertical) -> list[int]:
    """Listings of the pool with photos, one of each group: all, or a sample that is the same every time."""
    photos = Exists(Image.objects.filter(listing=OuterRef("pk"), position=1))
    rows = settled_listings(vertical_id=vertical.pk).filter(photos, split=Split.POOL, retired=False)
    place = F("pk") % HALF_SPACE * SCATTER % SPACE
    first: dict[str, int] = {}
    for pk, group in rows.order_by(place, "pk").values_list("pk", "group_key")[: SAMPLE * OVERSAMPLE]:
        first.setdefault(group, pk)
    return list(first.values())[:SAMPLE]


def photos_of(listing_ids: Collection[int]) -> dict[int, list[int]]:
    """{listing: its first photos}."""
    rows = Image.objects.filter(listing__in=listing_ids, position__lte=PHOTOS)
    photos: defaultdict[int, list[int]] = defaultdict(list)
    for listing, photo in rows.order_by("listing", "position").values_list("listing", "photo"):
        photos[listing].append(photo)
    return photos


def seed_listings(vertical: Vertical, spec: VerticalSpec, ids: Sequence[int]) -> list[SeedListing]:
    """These listings of the vertical as pages show them, in this order, without those it does not have."""
    rows = Listing.objects.filter(vertical=vertical, pk__in=ids).defer("description", "metadata")
    listings = {listing.pk: listing for listing in rows}
    images = Image.objects.filter(listing__in=listings, position=1).select_related("photo")
    photos = {image.listing_id: image.photo for image in images}
    asked = [attribute.code for attribute in spec.asked]
    labels = Label.objects.filter(listing__in=listings, attribute__code__in=asked).order_by()
    labelled = dict(labels.values_list("listing").annotate(Count("pk")))
    tasks = Task.objects.filter(listing__in=listings, purpose=Purpose.SEED)
    asked_for = set(tasks.values_list("listing_id", flat=True))
    return [
        SeedListing(listings[pk], photos.get(pk), labelled.get(pk, 0), pk in asked_for)
        for pk in ids
        if pk in listings
    ]


def seeds_unasked(vertical: Vertical, spec: VerticalSpec) -> list[int]:
    """Listings of the seed set that lack labels and that nobody has been asked for."""
    there = seed_listings(vertical, spec, seeds_there(vertical))
    asked = len(spec.asked)
    return [one.listing.pk for one in there if one.labelled < asked and not one.asked_for]


Answers = Mapping[str, Sequence[tuple[list[str], int]]]
"""{attribute code: (values of a label, how many labels say that)}"""


def _answers(vertical: Vertical | None = None) -> Mapping[int, Answers]:
    """{vertical: what the labels of its seed set say}, of one vertical or of all."""
    labels: QuerySet[Label] = Label.objects.filter(listing__split=Split.SEED, listing__retired=False)
    if vertical:
        labels = labels.filter(listing__vertical=vertical)
    rows = labels.order_by().values_list("attribute__vertical", "attribute__code", "values")
    said: defaultdict[int, defaultdict[str, list[tuple[list[str], int]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for vertical_id, code, values, count in rows.annotate(Count("pk")):
        said[vertical_id][code].append((values, count))
    return said


def _coverage(spec: VerticalSpec, answers: Answers) -> list[Coverage]:
    return [coverage(one.code, _offered(one), answers.get(one.code, ())) for one in spec.asked]


def _offered(attribute: AttributeSpec) -> Iterable[str]:
    return [value.code for value in attribute.offered]

"""Reads for the grid: open reviews of one attribute whose newest suggestions lead with the same answer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import OuterRef, Subquery
from django.db.models.fields.json import KeyTextTransform

from catalog.models import Attribute, Image, Listing, Photo
from catalog.schema.spec import AttributeSpec
from catalog.selectors import schema_version_now
from labeling.asked import schema_of
from labeling.chains import LONGEST_LEADING
from labeling.leases import Lease
from labeling.models import Purpose, PurposeRule, Suggestion, Task
from labeling.queue import Alike, offered, verticals_of
from labeling.truth import Said
from labeling.wording import meant, worded

LOOKED_AT = 5_000
"""Open reviews that are counted, the most urgent: nobody reviews more of them today."""
LEAST = 2
"""So many that share an answer are worth a grid."""


@dataclass(frozen=True, slots=True)
class Group:
    """Reviews that can be confirmed together."""

    alike: Alike
    attribute: AttributeSpec
    said: Said
    vertical: str
    count: int

    @property
    def answer(self) -> str:
        """In words."""
        return worded(self.attribute, self.said)


@dataclass(frozen=True, slots=True)
class Tile:
    """A listing in the grid."""

    lease: Lease
    listing: str
    title: str
    photo: str
    """SHA-256 of the first one; empty: it has none"""
    suggestion: int
    percent: int
    """of the vote"""


def groups_of(person: User) -> list[Group]:
    """What the person may confirm in grids, the largest first; nothing where reviewers see no suggestions."""
    if not _is_shown():
        return []
    rows = offered(person).filter(purpose=Purpose.REVIEW, number=1, task__singly=False)
    if verticals := verticals_of(person):
        rows = rows.filter(vertical__in=verticals)
    newest = Suggestion.objects.filter(listing=OuterRef("task__listing"), attribute__code=OuterRef("code"))
    leading = newest.order_by("-created", "-pk").values("leading")[:1]
    found = rows.alias(code=KeyTextTransform(0, "task__asks")).annotate(leading=Subquery(leading))
    counts = Counter(
        (vertical_id, asks[0], leading)
        for vertical_id, asks, leading in found.values_list("vertical", "task__asks", "leading")[:LOOKED_AT]
        if leading and len(asks) == 1
    )
    groups = [_group(*key, count=count) for key, count in counts.most_common() if count >= LEAST]
    return [group for group in groups if group]


def group_of(*, attribute_id: int, leading: str) -> Group | None:
    """The group of this attribute and answer in words; None where that is no answer (any more)."""
    row = Attribute.objects.filter(pk=attribute_id).values_list("vertical", "code").first()
    return _group(*row, leading, count=0) if row and leading and _is_shown() else None


def tiles_of(leases: Sequence[Lease], group: Group) -> list[Tile]:
    """The listings of these leases, in their order, as the grid shows them."""
    tasks = Task.objects.filter(pk__in=[lease.task_id for lease in leases]).select_related("listing")
    listings = {task.pk: task.listing for task in tasks}
    images = Image.objects.filter(listing__in=listings.values(), position=1).select_related("photo")
    photos = {image.listing_id: image.photo for image in images}
    rows = Suggestion.objects.filter(listing__in=listings.values(), attribute=group.alike.attribute_id)
    fields = ("listing", "pk", "shares")
    newest = {
        listing: (pk, shares) for listing, pk, shares in rows.order_by("created", "pk").values_list(*fields)
    }
    return [
        _tile(lease, listings[lease.task_id], photos.get(listings[lease.task_id].pk), newest, group)
        for lease in leases
        if listings[lease.task_id].pk in newest
    ]


def _tile(
    lease: Lease,
    listing: Listing,
    photo: Photo | None,
    newest: Mapping[int, tuple[int, Mapping[str, float]]],
    group: Group,
) -> Tile:
    pk, shares = newest[listing.pk]
    share = sum(share for answer, share in shares.items() if answer[:LONGEST_LEADING] == group.alike.leading)
    return Tile(
        lease=lease,
        listing=listing.external_id,
        title=listing.title or listing.external_id,
        photo=photo.sha256 if photo else "",
        suggestion=pk,
        percent=round(100 * share),
    )


def _group(vertical_id: int, code: str, leading: str, *, count: int) -> Group | None:
    version = schema_version_now(vertical_id)
    if version is None:
        return None
    schema = schema_of(version.pk)
    attribute = next((one for one in schema.spec.asked if one.code == code), None)
    said = meant(attribute, leading) if attribute else None
    if attribute is None or said is None:
        return None
    alike = Alike(vertical_id, schema.attribute_ids[code], code, leading)
    return Group(alike, attribute, said, schema.spec.label, count)


def _is_shown() -> bool:
    return PurposeRule.objects.filter(purpose=Purpose.REVIEW, suggestions=True).exists()

"""What reviewers settled in the pool -> JSON: listings with their answers and how far each is trusted.

They are of the pool as well, where nobody knows their answers: a round learns from both.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from catalog import selectors as catalog
from catalog.imaging.storage import media_missing
from catalog.models import Attribute, Listing
from catalog.splits import Split
from labeling.selectors.confirmed import ConfirmedRow, confirmed_rows
from training.inputs.verticals import Json, label_json, listing_json


@dataclass(frozen=True, slots=True)
class FrozenReviews:
    """What a round keeps of the reviews."""

    listings: list[Json] = field(default_factory=list)
    """As those of the seed, with `weights` {attribute: how likely the answer is right} and `unreasoned`
    [attributes whose answer holds although chains that gave it reasoned wrongly]."""
    labels: list[Json] = field(default_factory=list)
    """Which labels their answers are."""
    verdicts: list[Json] = field(default_factory=list)
    """Which verdicts say so."""


def freeze_reviewed(verticals: Collection[str], *, gold: Iterable[Json]) -> FrozenReviews:
    """What reviewers settled about the pool of these verticals (their codes).

    Left out are attributes and values that are not asked any more, listings without all their photos, and
    those of a group that the round is measured by.

    Args:
        gold: the round's gold listings.
    """
    measured = {(row["vertical"], row["group"]) for row in gold}
    attributes = {one.pk: one for one in catalog.attributes_with_values()}
    rows: defaultdict[int, list[ConfirmedRow]] = defaultdict(list)
    for row in confirmed_rows(split=Split.POOL):
        if _is_asked(row, attributes):
            rows[row.label.listing_id].append(row)
    frozen = FrozenReviews()
    for listing in _usable(rows, verticals):
        if (listing.vertical.label, listing.group_key) not in measured:
            _freeze(listing, rows[listing.pk], attributes, frozen)
    return frozen


def reviewed_questions(frozen: Json) -> int:
    """How many questions of these inputs reviewers settled."""
    return sum(len(row["answers"]) for row in frozen["reviewed"])


def _freeze(
    listing: Listing, rows: Sequence[ConfirmedRow], attributes: Mapping[int, Attribute], into: FrozenReviews
) -> None:
    names = {row.label.attribute_id: attributes[row.label.attribute_id].label for row in rows}
    into.listings.append(
        {
            **listing_json(listing, [row.label for row in rows], attributes),
            "weights": {names[row.label.attribute_id]: row.weight for row in rows},
            "unreasoned": [names[row.label.attribute_id] for row in rows if row.reasoning_wrong],
        }
    )
    into.labels.extend(label_json(listing, row.label, attributes) for row in rows)
    into.verdicts.extend(
        {
            "id": verdict,
            "listing_id": listing.external_id,
            "attribute": names[row.label.attribute_id],
            "weight": row.weight,
        }
        for row in rows
        for verdict in row.verdicts
    )


def _is_asked(row: ConfirmedRow, attributes: Mapping[int, Attribute]) -> bool:
    """The attribute is asked still, and its answer is offered."""
    attribute = attributes.get(row.label.attribute_id)
    return attribute is not None and {*row.label.values} <= {one.label for one in attribute.values.all()}


def _usable(ids: Collection[int], verticals: Collection[str]) -> list[Listing]:
    """Those of the pool's listings that are used, by external id."""
    found = catalog.listings_of(split=Split.POOL).filter(pk__any_of=list(ids), vertical__code__in=verticals)
    listings = sorted(found, key=lambda one: one.external_id)
    files = {str(image.file.name) for listing in listings for image in listing.images.all()}
    lost = media_missing(sorted(files))
    return [
        listing
        for listing in listings
        if (images := listing.images.all()) and not any(str(image.file.name) in lost for image in images)
    ]

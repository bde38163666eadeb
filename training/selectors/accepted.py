"""Reads of accepted answers: what people say, and where nobody has said anything what the routing accepts."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import QuerySet

from catalog.models import Attribute, Listing
from catalog.selectors.schema import vertical_id_of
from labeling.models import Label
from training.accepted import accepting_now
from training.models import AcceptedChange, Prediction

Answer = TypeVar("Answer", Label, Prediction)

PEOPLE, MODEL = "people", "model"
SOURCES = [(PEOPLE, PEOPLE), (MODEL, MODEL)]


@dataclass(frozen=True, slots=True)
class AcceptedAnswer:
    """What holds for a question."""

    listing_id: int
    attribute_id: int
    listing: str
    """Its id in the catalogue."""
    vertical: str
    attribute: str
    """Codes."""
    values: list[str]
    state: str
    source: str
    """PEOPLE, whose label always wins, or MODEL."""
    provenance: str = ""
    """Of a label."""
    version: int | None = None
    routing: int | None = None
    agreement: float | None = None
    expected: float | None = None
    """The precision expected of what the routing accepts of the attribute."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that changed, and what holds now."""

    number: int
    listing: str | None
    """None: all listings of the attribute."""
    vertical: str
    attribute: str
    accepted: AcceptedAnswer | None
    """None: nothing holds any more; or of a whole attribute, read it again."""


def listings_after(last: int, *, vertical: str = "", external_id: str = "", count: int) -> list[int]:
    """The next listings by their keys, of a vertical or all."""
    rows = Listing.objects.filter(pk__gt=last)
    if vertical:
        rows = rows.filter(vertical=vertical_id_of(vertical))  # By it there is an index in this order.
    if external_id:
        rows = rows.filter(external_id=external_id)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:count])


def attribute_known(vertical: str, attribute: str = "") -> bool:
    """There is such a vertical, with such an attribute."""
    rows = Attribute.objects.filter(vertical__code=vertical)
    return rows.filter(code=attribute).exists() if attribute else rows.exists()


def accepted_of(
    listing_ids: Collection[int], *, attribute: str = "", attribute_ids: Collection[int] | None = None
) -> list[AcceptedAnswer]:
    """What holds for these listings, by listing and attribute, in three queries.

    Args:
        attribute: code of the only one that is wanted; empty: all.
        attribute_ids: those that are wanted; None: all.
    """
    answers = [
        *_labels(listing_ids, attribute, attribute_ids),
        *_model(listing_ids, attribute, attribute_ids),
    ]
    return sorted(answers, key=lambda one: (one.listing_id, one.attribute_id))


def changes_after(number: int, *, count: int) -> list[Change]:
    """The next changes by their numbers, each with what holds now."""
    rows = AcceptedChange.objects.filter(number__gt=number).order_by("number")
    found = list(rows.select_related("listing", "attribute__vertical")[:count])
    listing_ids = {one.listing_id for one in found if one.listing_id is not None}
    holds = {
        (one.listing_id, one.attribute_id): one
        for one in accepted_of(listing_ids, attribute_ids={one.attribute_id for one in found})
    }
    return [
        Change(
            number=one.number or 0,
            listing=one.listing.external_id if one.listing else None,
            vertical=one.attribute.vertical.code,
            attribute=one.attribute.code,
            accepted=holds.get((one.listing_id or 0, one.attribute_id)),
        )
        for one in found
    ]


def _labels(
    listing_ids: Collection[int], attribute: str, attribute_ids: Collection[int] | None
) -> list[AcceptedAnswer]:
    rows = _narrowed(Label.objects.filter(listing__in=listing_ids), attribute, attribute_ids)
    return [
        _answer(one, PEOPLE, provenance=one.provenance)
        for one in rows.select_related("listing", "attribute__vertical")
    ]


def _model(
    listing_ids: Collection[int], attribute: str, attribute_ids: Collection[int] | None
) -> list[AcceptedAnswer]:
    accepting = accepting_now() if listing_ids else None
    if accepting is None:
        return []
    rows = _narrowed(accepting.answers().filter(listing__in=listing_ids), attribute, attribute_ids)
    return [
        _answer(
            one,
            MODEL,
            version=accepting.version_id,
            routing=accepting.routing_id,
            agreement=one.agreement,
            expected=accepting.expected[one.attribute_id],
        )
        for one in rows.select_related("listing", "attribute__vertical")
    ]


def _answer(one: Label | Prediction, source: str, **more: Any) -> AcceptedAnswer:
    return AcceptedAnswer(
        listing_id=one.listing_id,
        attribute_id=one.attribute_id,
        listing=one.listing.external_id,
        vertical=one.attribute.vertical.code,
        attribute=one.attribute.code,
        values=one.values,
        state=one.state,
        source=source,
        **more,
    )


def _narrowed(
    rows: QuerySet[Answer], attribute: str, attribute_ids: Collection[int] | None
) -> QuerySet[Answer]:
    if attribute:
        rows = rows.filter(attribute__code=attribute)
    if attribute_ids is not None:
        rows = rows.filter(attribute__in=attribute_ids)
    return rows.order_by()

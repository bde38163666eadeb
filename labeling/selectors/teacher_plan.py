"""Reads for a teacher run that is to be started: what it would ask about, and what that would take."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from catalog import selectors as catalog
from catalog.models import Image, Listing, SchemaVersion, Vertical
from catalog.schema.parts import AttributeSpec
from catalog.selectors.settled import is_settled
from labeling.asked import Schema, schema_of
from labeling.errors import LabelingError
from labeling.models import Suggestion, TaskStatus
from labeling.teacher.money import Price, Usage, request_most
from labeling.teacher.plan import Estimate, TeacherPlan, output_about, output_most
from labeling.teacher.prompts import Subject, questions_of

SAMPLE = 200
"""Listings that an estimate looks at; the others are taken to be like them."""
NAMED_MOST = 5
"""Listings that a message names."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a plan comes to now."""

    vertical: Vertical
    version: SchemaVersion
    schema: Schema
    attributes: tuple[AttributeSpec, ...]
    listings: tuple[int, ...]
    """ids, in the order in which they are asked about"""


def source_of(model: str) -> str:
    """How suggestions name a teacher as their source."""
    return f"teacher: {model}"


def plan_chosen(plan: TeacherPlan, *, model: str) -> Chosen:
    """What the plan comes to.

    Raises:
        LabelingError: where it names something that is not there.
    """
    vertical = Vertical.objects.filter(code=plan.vertical).first()
    version = catalog.schema_version_now(vertical.pk) if vertical else None
    if vertical is None or version is None:
        raise LabelingError(f"vertical {plan.vertical!r}: it is not there, or has no schema: choose another")
    schema = schema_of(version.pk)
    attributes = _attributes(plan, schema)
    ids = [schema.attribute_ids[one.code] for one in attributes]
    listings = _listings(plan, vertical).filter(
        Exists(Image.objects.filter(listing=OuterRef("pk"))), retired=False
    )
    if not plan.again:
        listings = listings.filter(_not_asked(ids, model))
    chosen = tuple(listings.values_list("pk", flat=True)[: plan.most])
    return Chosen(vertical, version, schema, attributes, chosen)


def plan_estimate(plan: TeacherPlan, chosen: Chosen, *, price: Price | None) -> Estimate:
    """What a run over the chosen listings will take, going by the first of them."""
    output = output_most(plan.style, plan.limits, len(chosen.attributes))
    about, most, requests = Usage(), Usage(), 0
    sample = _subjects(chosen.listings[:SAMPLE], chosen.vertical)
    for subject, sizes in sample:
        for attributes, text in questions_of(plan.style, subject, chosen.attributes):
            one = request_most(text, sizes[: plan.limits.photos], side=plan.limits.side, output=output)
            most += one
            about += Usage(one.input, output_about(attributes, output))
            requests += 1
    return Estimate(
        listings=len(chosen.listings),
        requests=_scaled(requests, chosen, sample),
        about=Usage(*(_scaled(tokens, chosen, sample) for tokens in (about.input, about.output))),
        most=Usage(*(_scaled(tokens, chosen, sample) for tokens in (most.input, most.output))),
        price=price,
        budget=plan.budget,
    )


def verticals_to_ask() -> QuerySet[Vertical]:
    """Every vertical that has a schema, in order."""
    return Vertical.objects.filter(Exists(SchemaVersion.objects.filter(vertical=OuterRef("pk"))))


def attributes_to_ask(vertical: str) -> tuple[AttributeSpec, ...]:
    """The attributes that a vertical (code) is asked about; none where there is no such vertical."""
    found = Vertical.objects.filter(code=vertical).first()
    version = catalog.schema_version_now(found.pk) if found else None
    return schema_of(version.pk).spec.asked if version else ()


def _attributes(plan: TeacherPlan, schema: Schema) -> tuple[AttributeSpec, ...]:
    asked = {one.code: one for one in schema.spec.asked}
    if unknown := [code for code in plan.attributes if code not in asked]:
        raise LabelingError(
            f"vertical {plan.vertical!r}: it has no attribute {unknown[0]!r}: "
            f"choose of {', '.join(asked) or 'none: add some to its schema'}"
        )
    chosen = tuple(one for one in asked.values() if not plan.attributes or one.code in plan.attributes)
    if not chosen:
        raise LabelingError(f"vertical {plan.vertical!r}: it asks nothing: add attributes to its schema")
    return chosen


def _listings(plan: TeacherPlan, vertical: Vertical) -> QuerySet[Listing]:
    """The listings of the plan's choice, whatever is known of them."""
    listings = Listing.objects.filter(vertical=vertical)
    choice = plan.choice
    if choice.listings:
        known = dict(listings.filter(external_id__in=choice.listings).values_list("external_id", "pk"))
        if unknown := [name for name in choice.listings if name not in known]:
            named = ", ".join(repr(name) for name in unknown[:NAMED_MOST])
            raise LabelingError(
                f"{len(unknown)} of {len(choice.listings)} listings are not of vertical {vertical.code!r}, "
                f"such as {named}: leave them out"
            )
        return listings.filter(pk__in=known.values()).order_by("pk")
    if choice.purpose:
        waiting = Q(tasks__purpose=choice.purpose, tasks__status=TaskStatus.OPEN)
        return listings.filter(waiting).order_by(F("tasks__priority").desc(), "pk")
    return listings.filter(is_settled(), split=choice.split).order_by("pk")


def _not_asked(attribute_ids: Sequence[int], model: str) -> Q:
    """The model has not proposed an answer to every one of these attributes."""
    proposed = Suggestion.objects.filter(listing=OuterRef("pk"), source=source_of(model))
    return reduce(or_, (Q(~Exists(proposed.filter(attribute=one))) for one in attribute_ids))


def _subjects(listings: Sequence[int], vertical: Vertical) -> list[tuple[Subject, list[tuple[int, int]]]]:
    """What the listings say, and the (width, height) of their photos in order."""
    sizes: dict[int, list[tuple[int, int]]] = {}
    images = Image.objects.filter(listing__in=listings).order_by("listing", "position")
    for listing, width, height in images.values_list("listing", "photo__width", "photo__height"):
        sizes.setdefault(listing, []).append((width, height))
    texts = Listing.objects.filter(pk__in=listings).values_list("pk", "title", "description")
    return [
        (Subject(vertical.label, title, description), sizes.get(pk, [])) for pk, title, description in texts
    ]


def _scaled(count: int, chosen: Chosen, sample: Sequence[object]) -> int:
    return round(count * len(chosen.listings) / len(sample)) if sample else 0

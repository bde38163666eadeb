"""Confirmed listings to compare with: they look like this one, and people say which value they have."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db.models import TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from catalog.models import Image
from catalog.schema.spec import AttributeSpec
from catalog.selectors import schema_version_now
from labeling.asked import schema_of
from labeling.models import Label, Provenance, Purpose, Turn
from labeling.sight import suggestions_seen
from labeling.truth import Said
from labeling.wording import meant

Json = dict[str, Any]
Answer = tuple[str, tuple[str, ...]]
"""An attribute's code and the codes of values."""

MOST_ANSWERS = 3
"""Of the answers in question, those with the largest shares."""
PER_ANSWER = 2
LOOKED_AT = 100
"""Of each answer the newest confirmed listings, among which the nearest are looked for: a bound."""
BITS = (1 << 64) - 1


def similar_confirmed(*, person: User, turn_id: int) -> dict[str, list[Json]]:
    """{attribute code: listings to compare with}, for a review turn of the person; nothing where it is blind.

    For each of the leading answers of the newest suggestion the listings of the vertical that people
    confirmed to have it and whose first photo is nearest to this one's, by perceptual hash:
    [{values, listing, title, photo, distance}], distance in bits, None where a photo has no hash.
    """
    turn = Turn.objects.select_related("task__listing").filter(pk=turn_id, person=person).first()
    if turn is None or turn.purpose != Purpose.REVIEW:
        return {}
    suggestions = suggestions_seen([turn])[turn.pk]
    version = schema_version_now(turn.vertical_id)
    if version is None or not suggestions:
        return {}
    schema = schema_of(version.pk)
    confirmed = {
        (one.code, said.values): _confirmed(schema.attribute_ids[one.code], said, turn.task.listing_id)
        for one in schema.spec.asked
        if one.code in suggestions
        for said in _in_question(one, suggestions[one.code]["shares"])
    }
    return _nearest(turn.task.listing_id, confirmed)


def _in_question(attribute: AttributeSpec, shares: Mapping[str, float]) -> list[Said]:
    """The answers with the largest shares that have values."""
    ranked = sorted(shares, key=lambda words: -shares[words])
    found = [said for words in ranked if (said := meant(attribute, words)) and said.values]
    return list(dict.fromkeys(found))[:MOST_ANSWERS]


def _confirmed(attribute_id: int, said: Said, listing_id: int) -> list[int]:
    """The newest listings that people say this of, other than this one."""
    # As text, which for PostgreSQL is what the index has; without, Django compares JSON.
    rows = Label.objects.alias(first=Cast(KT("values__0"), TextField()))
    rows = rows.exclude(provenance=Provenance.TEACHER)
    rows = rows.filter(attribute=attribute_id, state="", first=said.values[0], values=list(said.values))
    rows = rows.filter(listing__retired=False).exclude(listing=listing_id)
    return list(rows.order_by("-pk").values_list("listing", flat=True)[:LOOKED_AT])


def _nearest(listing_id: int, confirmed: Mapping[Answer, Sequence[int]]) -> dict[str, list[Json]]:
    wanted = {pk for ids in confirmed.values() for pk in ids} | {listing_id}
    rows = Image.objects.filter(listing__in=wanted, position=1).order_by()
    hashes = dict(rows.values_list("listing_id", "photo__phash"))
    own = hashes.get(listing_id)
    near = {
        answer: sorted(
            ((_distance(own, hashes[pk]), pk) for pk in ids if pk in hashes),
            key=lambda one: BITS if one[0] is None else one[0],
        )[:PER_ANSWER]
        for answer, ids in confirmed.items()
    }
    fields = ("listing_id", "listing__external_id", "listing__title", "photo__sha256")
    shown = rows.filter(listing__in={pk for of in near.values() for _, pk in of}).values(*fields)
    listings = {row["listing_id"]: row for row in shown}
    found = defaultdict[str, list[Json]](list)
    for (code, values), of in near.items():
        found[code] += [
            {
                "values": list(values),
                "listing": listings[pk]["listing__external_id"],
                "title": listings[pk]["listing__title"],
                "photo": listings[pk]["photo__sha256"],
                "distance": distance,
            }
            for distance, pk in of
        ]
    return dict(found)


def _distance(one: int | None, other: int | None) -> int | None:
    """Bits in which two hashes differ; they are signed numbers."""
    return None if one is None or other is None else ((one ^ other) & BITS).bit_count()

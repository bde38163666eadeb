"""Labels that teach nothing true: what arms that are meant to fail learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from training.ml.records import Listing, Schema
from training.ml.splits import Splits


def poisoned(listings: Sequence[Listing], schema: Schema) -> tuple[Listing, ...]:
    """Each answer becomes the allowed value after it."""
    return tuple(_shifted(listing, schema) for listing in listings)


def attributes_at_chance(schema: Schema, seed: int) -> dict[str, str]:
    """{vertical: code of the attribute whose labels are drawn}, another one for other seeds."""
    return {
        vertical: Random(f"at chance {seed} {vertical}").choice(sorted(attributes))
        for vertical, attributes in sorted(schema.items())
    }


def at_chance(splits: Splits, schema: Schema, seed: int) -> Splits:
    """One attribute of each vertical is labelled by chance in the seed set and in gold.

    Every allowed value is as likely, whatever was answered; a question that nobody answered stays so. No
    photo is evidence of what was drawn. No model can be right about gold more often than chance has it, so
    that what an iteration learns there can only be noise.
    """
    drawn = attributes_at_chance(schema, seed)

    def of(listings: Sequence[Listing]) -> tuple[Listing, ...]:
        return tuple(_drawn(listing, drawn[listing.vertical], schema, seed) for listing in listings)

    return replace(splits, seed=of(splits.seed), gold=of(splits.gold))


def _shifted(listing: Listing, schema: Schema) -> Listing:
    attributes = schema[listing.vertical]

    def next_of(code: str, answer: str) -> str:
        values = attributes[code].allowed_values
        return values[(values.index(answer) + 1) % len(values)] if answer in values else values[0]

    return replace(listing, answers={code: next_of(code, answer) for code, answer in listing.answers.items()})


def _drawn(listing: Listing, code: str, schema: Schema, seed: int) -> Listing:
    if code not in listing.answers:
        return listing
    chance = Random(f"at chance {seed} {listing.listing_id}")
    value = chance.choice(schema[listing.vertical][code].allowed_values)
    seen: Mapping[str, tuple[int, ...]] = {
        other: photos for other, photos in listing.evidence.items() if other != code
    }
    return replace(listing, answers={**listing.answers, code: value}, evidence=seen)

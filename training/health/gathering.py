"""What a week and its reference window look like, read from the database for training.ml.drift."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b

import numpy as np

from catalog.models import Image, Listing, Vertical
from catalog.splits import Split
from labeling.models import Label
from labeling.selectors.missing import values_missing
from labeling.services.photovectors import photo_vectors
from training.health.audits import audited_accuracies
from training.health.weeks import WEEK, begin_of
from training.ml.drift import Compared, Measured, Tally, Window
from training.ml.twosample import Floats
from training.models import Alias, AliasName, Method, Metric, ModelVersion, Prediction

REFERENCE_WEEKS = 8
MOST_WEEK, MOST_REFERENCE = 250, 500
"""Listings of a vertical that are looked at; more would only make ever smaller changes significant."""
MOST_PHOTOS = 4
"""Of a listing."""
NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` until before `until`."""

    since: datetime
    until: datetime


def champion_now() -> ModelVersion | None:
    """The version whose votes count, with its round."""
    alias = Alias.objects.filter(name=AliasName.CHAMPION).select_related("version__round").first()
    return alias.version if alias else None


def week_compared(week: date, champion: ModelVersion | None) -> Iterator[Compared]:
    """Every vertical's week and reference, one after another.

    The reference window are the eight weeks before the champion's round began: what the model learned from.
    It ends no later than the week begins.
    """
    span = Span(begin_of(week), begin_of(week + WEEK))
    known_until = min(span.since, champion.round.created) if champion else span.since
    reference = Span(known_until - REFERENCE_WEEKS * WEEK, known_until)
    said_before = Span(span.since - REFERENCE_WEEKS * WEEK, span.since)
    gold, audited = _gold(champion), audited_accuracies(champion)
    for vertical in Vertical.objects.order_by("pk"):
        listings = _listings(vertical, span)
        yield Compared(
            vertical=vertical.code,
            week=_window(vertical, _chosen(listings, MOST_WEEK), span, champion),
            reference=_window(
                vertical, _chosen(_listings(vertical, reference), MOST_REFERENCE), said_before, champion
            ),
            listings=len(listings),
            is_known=vertical.code in gold if champion else _is_labelled(vertical),
            audited=audited.get(vertical.code),
            gold=gold.get(vertical.code),
        )


def _listings(vertical: Vertical, span: Span) -> Sequence[tuple[int, str]]:
    """(id, group) of the listings in use that came in the span."""
    rows = Listing.objects.filter(
        vertical=vertical, retired=False, created__gte=span.since, created__lt=span.until
    )
    return list(rows.order_by("pk").values_list("pk", "group_key"))


def _chosen(listings: Sequence[tuple[int, str]], most: int) -> list[int]:
    """One listing of each group, of so many groups at most: those with the lowest hashes."""
    first: dict[str, int] = {}
    for pk, group in listings:
        first.setdefault(group, pk)
    ranked = sorted(first, key=lambda group: blake2b(group.encode(), digest_size=8).digest())
    return sorted(first[group] for group in ranked[:most])


def _window(
    vertical: Vertical, listing_ids: Collection[int], said: Span, champion: ModelVersion | None
) -> Window:
    agreements, answers = _votes(listing_ids, champion)
    asked = values_missing(vertical_id=vertical.pk, since=said.since, until=said.until)
    tallies = {code: Tally(*counts) for code, counts in asked.items()}
    return Window(_vectors(listing_ids), agreements, answers, tallies)


def _votes(
    listing_ids: Collection[int], champion: ModelVersion | None
) -> tuple[Mapping[str, list[float]], Mapping[str, list[str]]]:
    """{attribute: agreements} and {attribute: majorities} of the champion's votes on the listings."""
    agreements: defaultdict[str, list[float]] = defaultdict(list)
    answers: defaultdict[str, list[str]] = defaultdict(list)
    if champion is not None:
        rows = Prediction.objects.filter(
            model_version=champion, listing__in=listing_ids, attribute__retired=False
        )
        ordered = rows.order_by("listing", "attribute__position", "attribute")
        for code, majority, agreement in ordered.values_list("attribute__code", "majority", "agreement"):
            agreements[code].append(agreement)
            answers[code].append(majority or NO_ANSWER)
    return agreements, answers


def _vectors(listing_ids: Collection[int]) -> Floats:
    """(listings with photos, d): the mean of what each listing's photos look like."""
    images = Image.objects.filter(listing__in=listing_ids, position__lte=MOST_PHOTOS)
    photos: defaultdict[int, list[int]] = defaultdict(list)
    for listing_id, photo_id in images.order_by("listing", "position").values_list("listing", "photo"):
        photos[listing_id].append(photo_id)
    known = photo_vectors(sorted({photo for shown in photos.values() for photo in shown}))
    means = [
        np.mean([known[photo] for photo in shown if photo in known], axis=0)
        for shown in photos.values()
        if any(photo in known for photo in shown)
    ]
    return np.array(means, dtype=np.float64) if means else np.zeros((0, 1))


def _gold(champion: ModelVersion | None) -> dict[str, Measured]:
    """{vertical: accuracy of the champion's majority on gold}."""
    if champion is None:
        return {}
    rows = Metric.objects.filter(
        round=champion.round_id, iteration=champion.iteration, method=Method.MAJORITY, attribute=None
    ).exclude(vertical=None)
    return {
        row.vertical.code: Measured(row.value, row.low, row.high, row.questions)
        for row in rows.select_related("vertical")
        if row.vertical
    }


def _is_labelled(vertical: Vertical) -> bool:
    gold = Label.objects.filter(listing__vertical=vertical, listing__split=Split.GOLD.value)
    return gold.exists()

"""What people have said about a version's majorities: on gold, and in audits of the pool."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from labeling.models import Annotation, Label, Provenance
from training.ml.calibration import Judged
from training.ml.live import Audited
from training.models import GoldAnswer, ModelVersion, Prediction, Route, RoutedQuestion, RoutingState

BATCH = 1000
DECIDED = (Provenance.VERDICT, Provenance.ADJUDICATION)
"""Labels that reviewers gave."""


class JudgedPrediction(NamedTuple):
    """A prediction about a routed question that reviewers have answered."""

    judged: Judged
    probability: float | None
    """with which it was drawn; None of a review"""


def judged_of(version: ModelVersion) -> list[Judged]:
    """The evidence for thresholds: gold questions, and audited ones that were not seen in training.

    An audited question weighs as a gold one on average: both were drawn whatever the model says to them.
    """
    audited = list(judged_predictions(version, Route.AUDIT))
    inverse = [1 / (one.probability or 1) for one in audited]
    mean = sum(inverse) / len(inverse) if inverse else 1.0
    return [*_gold(version)] + [
        replace(one.judged, weight=weight / mean) for one, weight in zip(audited, inverse, strict=True)
    ]


def audited_of(version: ModelVersion) -> list[Audited]:
    """The audited questions about which the version predicted something."""
    return [
        Audited(judged.group, judged.vertical, judged.correct, inclusion=probability or 1)
        for judged, probability in judged_predictions(version, Route.AUDIT)
    ]


def reviewed_of(version: ModelVersion) -> list[tuple[str, bool]]:
    """(vertical, whether the majority was right) of the version's reviews."""
    return [(judged.vertical, judged.correct) for judged, _ in judged_predictions(version, Route.REVIEW)]


def judged_predictions(version: ModelVersion, route: Route) -> Iterator[JudgedPrediction]:
    """The version's predictions about questions that reviewers answered in such tasks, of any routing.

    A question that several routings asked about counts once, with the newest one's probability.
    """
    rows: dict[tuple[int, int], float | None] = {}
    for listing_id, attribute_id, probability in _answered(version, route):
        rows.setdefault((listing_id, attribute_id), probability)
    questions = sorted(rows)
    for start in range(0, len(questions), BATCH):
        batch = questions[start : start + BATCH]
        labels = _labels({listing_id for listing_id, _ in batch})
        wanted = {question: labels[question] for question in batch if question in labels}
        yield from _judge(version, wanted, rows)


def _gold(version: ModelVersion) -> Iterator[Judged]:
    answers = GoldAnswer.objects.filter(round=version.round_id, iteration=version.iteration)
    for one in answers.select_related("listing__vertical", "attribute").iterator(chunk_size=BATCH):
        yield replace(_judged(one, correct=one.majority_correct), logprob=one.logprob)


def _answered(version: ModelVersion, route: Route) -> QuerySet[RoutedQuestion, tuple[int, int, float | None]]:
    """Questions that were answered in their own tasks; reviews only of the version's own routings.

    An earlier routing's audit says something about every version, its reviews were chosen for that routing's.
    """
    said = Annotation.objects.filter(
        task__listing=OuterRef("listing"),
        task__purpose=route.value,
        attribute=OuterRef("attribute"),
        withdrawn=None,
    )
    rows = RoutedQuestion.objects.filter(Exists(said), route=route).exclude(routing__state=RoutingState.DRAFT)
    if route is Route.REVIEW:
        rows = rows.filter(routing__version=version)
    return rows.order_by("-routing_id").values_list("listing_id", "attribute_id", "probability")


def _labels(listing_ids: set[int]) -> dict[tuple[int, int], tuple[list[str], str]]:
    rows = Label.objects.filter(listing__in=listing_ids, provenance__in=DECIDED).order_by()
    return {
        (listing_id, attribute_id): (values, state)
        for listing_id, attribute_id, values, state in rows.values_list(
            "listing_id", "attribute_id", "values", "state"
        )
    }


def _judge(
    version: ModelVersion,
    labels: dict[tuple[int, int], tuple[list[str], str]],
    probabilities: dict[tuple[int, int], float | None],
) -> Iterator[JudgedPrediction]:
    predictions = Prediction.objects.filter(
        model_version=version, listing__in={listing_id for listing_id, _ in labels}
    )
    for one in predictions.select_related("listing__vertical", "attribute"):
        question = one.listing_id, one.attribute_id
        if question in labels:
            correct = bool(one.majority) and labels[question] == (one.values, one.state)
            yield JudgedPrediction(_judged(one, correct=correct), probabilities[question])


def _judged(one: GoldAnswer | Prediction, *, correct: bool) -> Judged:
    return Judged(
        question_id=f"{one.listing.external_id}/{one.attribute.code}",
        group=one.listing.group_key,
        vertical=one.listing.vertical.code,
        attribute=one.attribute.code,
        votes=round(one.agreement * one.chains),
        chains=one.chains,
        correct=correct,
    )

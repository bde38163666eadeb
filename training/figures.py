"""What a model answered on gold -> the rows that the pages of accuracy read.

One way for all rounds: from the rows of their evaluation (Metric, GoldAnswer) and their frozen schema, right
after these were written, and by `manage.py metrics_compute` for rounds from before.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count

from catalog.models import Attribute as AttributeRow
from catalog.models import Listing, Status
from training import inputs
from training.differences import differences
from training.drilldown import Model
from training.ml.errors import DataError
from training.ml.figures import (
    F1,
    MACRO,
    MACRO_F1,
    MACRO_MAJORITY,
    PRECISION,
    RECALL,
    WEIGHTED,
    WEIGHTED_MAJORITY,
    Answer,
    Estimate,
    Part,
    confusions,
    macro_f1,
    mean_of,
    value_figures,
)
from training.ml.records import Attribute
from training.models import Confusion, Difference, GoldAnswer, Method, Metric, Round, RoundFigure
from training.selectors.frozen import frozen_verticals

BATCH = 1000
NAMES = (PRECISION, RECALL, F1, MACRO_F1, MACRO, WEIGHTED, MACRO_MAJORITY, WEIGHTED_MAJORITY)
MEANS = {Method.GREEDY: (MACRO, WEIGHTED), Method.MAJORITY: (MACRO_MAJORITY, WEIGHTED_MAJORITY)}


@dataclass(frozen=True, slots=True)
class Asked:
    """An attribute that gold was asked about: its row, its vertical's, and how the round froze it."""

    attribute_id: int
    vertical_id: int
    frozen: Attribute


def figures_record(*, round_id: int, iteration: int) -> int:
    """Keep the figures of an evaluated model in place of those there were; returns how many rows."""
    with transaction.atomic():
        for kind in (Confusion, Difference):
            kind._default_manager.filter(round_id=round_id, iteration=iteration).delete()
        RoundFigure.objects.filter(round_id=round_id, iteration=iteration, name__in=NAMES).delete()
        model = Model(round_id, iteration)
        metrics = list(Metric.objects.filter(round_id=round_id, iteration=iteration))
        answers = _answers(round_id, iteration)
        figures = list(means(metrics, _listings_by_vertical()))
        pairs: list[Confusion] = []
        for one in _asked(round_id, answers):
            figures += figures_of(model, one, answers[one.attribute_id])
            pairs += confusions_of(model, one, answers[one.attribute_id])
        compared = list(differences(round_id=round_id, iteration=iteration))
        RoundFigure.objects.bulk_create(figures, batch_size=BATCH)
        Confusion.objects.bulk_create(pairs, batch_size=BATCH)
        Difference.objects.bulk_create(compared, batch_size=BATCH)
    return len(figures) + len(pairs) + len(compared)


def round_figures_record(*, round_id: int) -> int:
    """Keep the figures of every model of a round, all or none; returns how many rows.

    Raises:
        DataError: for a round that is not there, or that still runs.
    """
    with transaction.atomic():
        found = Round.objects.select_for_update().filter(pk=round_id).values_list("status", flat=True).first()
        if found is None:
            raise DataError(f"there is no round {round_id}: `manage.py metrics_compute` alone does every one")
        if found in (Status.QUEUED, Status.RUNNING):
            raise DataError(f"round {round_id} is {found}: its worker keeps its figures as they come")
        evaluated = Metric.objects.filter(round_id=round_id).order_by("iteration")
        iterations = evaluated.values_list("iteration", flat=True).distinct()
        return sum(figures_record(round_id=round_id, iteration=iteration) for iteration in iterations)


def rounds_over() -> list[int]:
    """Rounds that were evaluated and do not run any more, the oldest first."""
    rounds = Round.objects.exclude(status__in=[Status.QUEUED, Status.RUNNING]).filter(metrics__isnull=False)
    return list(rounds.order_by("pk").values_list("pk", flat=True).distinct())


def means(metrics: Sequence[Metric], listings: Mapping[int, int]) -> Iterator[RoundFigure]:
    """Means over attributes of one model's accuracies: of every vertical, and of all.

    Args:
        metrics: every accuracy of the model.
        listings: {vertical: its listings in the catalogue}, which weigh the listing-weighted mean.
    """
    for method, (macro, weighted) in MEANS.items():
        by_vertical: defaultdict[int | None, list[Metric]] = defaultdict(list)
        for metric in metrics:
            if metric.method == method and metric.attribute_id is not None:
                by_vertical[metric.vertical_id].append(metric)
        every = [metric for found in by_vertical.values() for metric in found]
        for vertical_id, found in by_vertical.items():
            yield _figure(found[0], macro, mean_of([_part(one) for one in found]), vertical_id)
        if every:
            yield _figure(every[0], macro, mean_of([_part(one) for one in every]))
            weights = [_part(one, listings.get(one.vertical_id or 0, 0)) for one in every]
            if any(part.weight for part in weights):
                yield _figure(every[0], weighted, mean_of(weights))


def figures_of(model: Model, asked: Asked, answers: Sequence[Answer]) -> Iterator[RoundFigure]:
    """Precision, recall and F1 of every value of an attribute, and their mean F1."""
    values = value_figures(asked.frozen, answers)
    place = {
        "round_id": model.round_id,
        "iteration": model.iteration,
        "vertical_id": asked.vertical_id,
        "attribute_id": asked.attribute_id,
    }
    for value in values:
        for name, found in ((PRECISION, value.precision), (RECALL, value.recall), (F1, value.f1)):
            if found is not None:
                yield RoundFigure(**place, name=name, answer=value.answer, **_columns(found))
    yield RoundFigure(**place, name=MACRO_F1, value=macro_f1(values), count=len(answers))


def confusions_of(model: Model, asked: Asked, answers: Iterable[Answer]) -> Iterator[Confusion]:
    """How often each answer was given where people gave each."""
    for (truth, said), count in confusions(answers).items():
        yield Confusion(
            round_id=model.round_id,
            iteration=model.iteration,
            attribute_id=asked.attribute_id,
            truth=truth,
            said=said or "",
            count=count,
        )


def _answers(round_id: int, iteration: int) -> dict[int, list[Answer]]:
    """{attribute: the greedy answers about it}"""
    rows = GoldAnswer.objects.filter(round_id=round_id, iteration=iteration).order_by("attribute_id", "pk")
    found: defaultdict[int, list[Answer]] = defaultdict(list)
    for attribute_id, truth, greedy in rows.values_list("attribute_id", "truth", "greedy").iterator():
        found[attribute_id].append((truth, greedy or None))
    return found


def _asked(round_id: int, attribute_ids: Iterable[int]) -> list[Asked]:
    """These attributes as the round froze them; one that it did not freeze has whole answers only."""
    frozen = frozen_verticals(round_id=round_id)
    names = inputs.thaw_names(frozen)
    schema = {
        (names.verticals[vertical], names.attributes[vertical, name]): attribute
        for vertical, attributes in inputs.thaw_schema(frozen).items()
        for name, attribute in attributes.items()
    }
    rows = AttributeRow.objects.filter(pk__in=list(attribute_ids)).select_related("vertical").order_by("pk")
    return [
        Asked(row.pk, row.vertical_id, schema.get((row.vertical.code, row.code)) or _unknown(row.code))
        for row in rows
    ]


def _unknown(code: str) -> Attribute:
    return Attribute(code, "", ("",))


def _listings_by_vertical() -> dict[int, int]:
    rows = Listing.objects.filter(retired=False).order_by().values_list("vertical")
    return dict(rows.annotate(Count("pk")))


def _part(metric: Metric, weight: float = 1.0) -> Part:
    return Part(metric.correct, metric.questions, weight)


def _figure(metric: Metric, name: str, found: Estimate, vertical_id: int | None = None) -> RoundFigure:
    return RoundFigure(
        round_id=metric.round_id,
        iteration=metric.iteration,
        vertical_id=vertical_id,
        name=name,
        **_columns(found),
    )


def _columns(found: Estimate) -> dict[str, float | int | None]:
    return {
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "count": found.count,
        "hits": found.hits,
    }

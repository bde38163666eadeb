"""Predictions, and labels beside predictions -> rows for export."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db.models import QuerySet

from catalog.exporting.tables import Column, Kind, Row, numbers, texts
from catalog.models import Listing
from labeling.exporting import CHUNK, QUESTION, LabelItem, Names, listing_pages, question_cells
from training.accepted import NOTHING, Accepting, accepting_now, routed_of
from training.models import ModelVersion, Prediction

MODEL = numbers("model_version", "round", "iteration")
VOTE = (Column("agreement", Kind.SHARE), *numbers("votes", "chains"))
ROUTE = (*texts("route"), Column("expected_precision", Kind.SHARE))
PREDICTION_COLUMNS = (
    Column("prediction", Kind.NUMBER),
    *QUESTION,
    Column("values", Kind.TEXTS),
    Column("value_labels", Kind.TEXTS),
    *texts("state", "answer"),
    *VOTE,
    Column("counts", Kind.COUNTS),
    *MODEL,
    *ROUTE,
)
COMPARISON_COLUMNS = (
    *QUESTION,
    Column("label_values", Kind.TEXTS),
    *texts("label_state", "label_provenance"),
    *numbers("label_schema_version"),
    Column("predicted_values", Kind.TEXTS),
    *texts("predicted_state"),
    Column("is_same", Kind.FLAG),
    *VOTE,
    *MODEL,
)


@dataclass(frozen=True, slots=True)
class PredictionItem:
    """The vote on a question."""

    values: list[str]
    """codes of the majority"""
    state: str
    agreement: float
    votes: int
    """chains of the majority"""
    chains: int


def prediction_queryset(
    listings: QuerySet[Listing], version: ModelVersion, *, accepted: bool = False
) -> QuerySet[Prediction]:
    """What the model version predicted about the listings; of that only what the current routing accepts."""
    predictions = Prediction.objects.all()
    if accepted:
        accepting = accepting_now()
        predictions = accepting.answers() if accepting else Prediction.objects.none()
    return predictions.filter(model_version=version, listing__in=listings.order_by().values("pk"))


def prediction_rows(
    listings: QuerySet[Listing], version: ModelVersion, *, accepted: bool = False, limit: int | None = None
) -> Iterator[Row]:
    """A row of PREDICTION_COLUMNS for each prediction, by primary key."""
    names, model = Names.now(), (version.pk, version.round_id, version.iteration)
    found = (
        prediction_queryset(listings, version, accepted=accepted)
        .order_by("pk")
        .values_list(
            *(
                "pk",
                "listing_id",
                "listing__external_id",
                "listing__vertical",
                "listing__split",
                "attribute_id",
            ),
            *("values", "state", "majority", "agreement", "counts", "chains"),
        )
    )
    accepting = accepting_now()
    routing = accepting if accepting and accepting.version_id == version.pk else None
    for rows in _chunks(found[:limit].iterator(chunk_size=CHUNK)):
        routed = _routed(routing, rows) if routing else {}
        for pk, listing, listing_id, vertical, split, attribute, *vote in rows:
            values, state, answer, agreement, counts, chains = vote
            yield (
                pk,
                *question_cells(names, listing, listing_id, vertical, split, attribute),
                *(values, names.labels(attribute, values), state, answer),
                *(agreement, counts.get(answer, 0), chains, counts),
                *model,
                *routed.get((listing, attribute), ("", None)),
            )


def comparison_rows(
    listings: QuerySet[Listing], version: ModelVersion, *, limit: int | None = None
) -> Iterator[Row]:
    """A row of COMPARISON_COLUMNS for each question with a label or a prediction, listing by listing."""
    names, model = Names.now(), (version.pk, version.round_id, version.iteration)
    for page in listing_pages(listings, names, limit=limit):
        predictions = predictions_of([item.pk for item in page], version)
        for item in page:
            predicted = predictions.get(item.pk, {})
            for attribute in sorted({*item.labels, *predicted}, key=names.order.__getitem__):
                yield (
                    *question_cells(names, item.pk, item.listing_id, item.vertical, item.split, attribute),
                    *_compared(item.labels.get(attribute), predicted.get(attribute)),
                    *model,
                )


def predictions_of(listings: Collection[int], version: ModelVersion) -> dict[int, dict[int, PredictionItem]]:
    """{listing id: {attribute id: prediction}} of these listings."""
    found: dict[int, dict[int, PredictionItem]] = defaultdict(dict)
    rows = (
        Prediction.objects.filter(model_version=version, listing__in=listings)
        .order_by()
        .values_list(
            *("listing_id", "attribute_id", "values", "state", "majority", "agreement", "counts", "chains")
        )
    )
    for listing, attribute, values, state, answer, agreement, counts, chains in rows:
        votes = counts.get(answer, 0)
        found[listing][attribute] = PredictionItem(values, state, agreement, votes, chains)
    return found


def _compared(label: LabelItem | None, predicted: PredictionItem | None) -> tuple[object, ...]:
    """The cells from label_values to chains."""
    said = (
        (label.values, label.state, label.provenance, label.schema_version) if label else ([], "", "", None)
    )
    guess = (predicted.values, predicted.state) if predicted else ([], "")
    is_same = (label.values, label.state) == guess if label and predicted else None
    vote = (predicted.agreement, predicted.votes, predicted.chains) if predicted else (None, None, None)
    return (*said, *guess, is_same, *vote)


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _routed(routing: Accepting, rows: Sequence[Row]) -> dict[tuple[int, int], tuple[str, float | None]]:
    """{(listing, attribute): the cells of ROUTE}"""
    agreements = {(row[1], row[5]): row[9] for row in rows}
    found = routed_of(routing, {listing for listing, _ in agreements}, agreements)
    return {
        question: ("" if one.route == NOTHING else one.route, one.expected) for question, one in found.items()
    }

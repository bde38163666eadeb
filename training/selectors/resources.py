"""Reads of what the API lists of models: metrics, and what is known about a listing."""

from dataclasses import dataclass

from django.db.models import QuerySet

from catalog.models import Image, Listing
from labeling.models import Label
from training.models import Metric, ModelVersion, Prediction
from training.selectors.progress import champion_id


@dataclass(frozen=True, slots=True)
class ListingWhole:
    """A listing with its photos, labels and the champion's predictions."""

    listing: Listing
    images: list[Image]
    labels: list[Label]
    predictions: list[Prediction]


def metrics() -> QuerySet[Metric]:
    """Every stored accuracy on gold."""
    return Metric.objects.select_related("vertical", "attribute")


def round_metrics(*, round_id: int) -> QuerySet[Metric]:
    """The accuracies of a round's models on all of its gold."""
    return metrics().filter(round=round_id, vertical=None).order_by("iteration", "method")


def round_versions(*, round_id: int) -> list[int]:
    """The model versions that the round made, in the order of iterations."""
    rows = ModelVersion.objects.filter(round=round_id).order_by("iteration")
    return list(rows.values_list("pk", flat=True))


def listings() -> QuerySet[Listing]:
    """Every listing with its vertical."""
    return Listing.objects.select_related("vertical")


def listing_whole(listing: Listing) -> ListingWhole:
    """Everything about the listing, in a number of queries that does not depend on it."""
    labels = Label.objects.filter(listing=listing).select_related("attribute__vertical", "schema_version")
    predictions = Prediction.objects.filter(listing=listing, model_version=champion_id())
    return ListingWhole(
        listing,
        list(listing.images.select_related("photo").order_by("position")),
        list(labels.order_by("attribute__position", "attribute__code")),
        list(predictions.select_related("attribute").order_by("attribute__position", "attribute__code")),
    )

"""What lists of rounds, versions, metrics and routings are narrowed by in the API."""

from django_filters import CharFilter, ChoiceFilter
from django_filters.rest_framework import FilterSet

from catalog.models import Status
from catalog.rest.filters import NumberIs
from training.filters import PredictedListingFilter
from training.models import Method, Metric, ModelVersion, Round, Routing, RoutingState


class ApiListingFilter(PredictedListingFilter):
    """The filters of the listings page, and the listing's own id."""

    external_id = CharFilter(label="Its id, exactly", lookup_expr="exact")


# django-filter has no types.
class RoundFilter(FilterSet):  # type: ignore[misc]
    """Rounds by where they are."""

    status = ChoiceFilter(label="Where it is", choices=Status.choices)

    class Meta:
        model = Round
        fields = ["status"]


class VersionFilter(FilterSet):  # type: ignore[misc]
    """Model versions by their round."""

    round = NumberIs(label="Number of its round")

    class Meta:
        model = ModelVersion
        fields = ["round"]


class MetricFilter(FilterSet):  # type: ignore[misc]
    """Accuracies by model and slice."""

    round = NumberIs(label="Number of the round")
    iteration = NumberIs(label="-1 zero-shot, 0 SFT, then the DPO iterations", least=-1)
    method = ChoiceFilter(label="Greedy chain, or majority of the sampled ones", choices=Method.choices)
    vertical = CharFilter(label="Code of the vertical", field_name="vertical__code")
    attribute = CharFilter(label="Code of the attribute", field_name="attribute__code")

    class Meta:
        model = Metric
        fields = ["round", "iteration", "method", "vertical", "attribute"]


class RoutingFilter(FilterSet):  # type: ignore[misc]
    """Routings by what they count for, and where they are."""

    state = ChoiceFilter(label="What it counts for", choices=RoutingState.choices)
    status = ChoiceFilter(label="Where its dry run is", choices=Status.choices)
    version = NumberIs(label="Number of the model version")

    class Meta:
        model = Routing
        fields = ["state", "status", "version"]

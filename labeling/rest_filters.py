"""What lists of labels and of tasks are narrowed by in the API."""

from django_filters import CharFilter, ChoiceFilter
from django_filters.rest_framework import FilterSet

from catalog.splits import Split
from labeling.models import Label, Provenance, Purpose, Task, TaskStatus


# django-filter has no types.
class LabelFilter(FilterSet):  # type: ignore[misc]
    """Labels by question and origin."""

    listing = CharFilter(label="Id of its listing", field_name="listing__external_id")
    vertical = CharFilter(label="Code of its vertical", field_name="attribute__vertical__code")
    attribute = CharFilter(label="Code of its attribute", field_name="attribute__code")
    split = ChoiceFilter(
        label="Split of its listing",
        field_name="listing__split",
        choices=[(split.value, split.value) for split in Split],
    )
    provenance = ChoiceFilter(label="Where it comes from", choices=Provenance.choices)

    class Meta:
        model = Label
        fields = ["listing", "vertical", "attribute", "split", "provenance"]


class TaskFilter(FilterSet):  # type: ignore[misc]
    """Tasks by listing, purpose and status."""

    listing = CharFilter(label="Id of its listing", field_name="listing__external_id")
    vertical = CharFilter(label="Code of its vertical", field_name="listing__vertical__code")
    purpose = ChoiceFilter(label="Why people look", choices=Purpose.choices)
    status = ChoiceFilter(label="Open or done", choices=TaskStatus.choices)

    class Meta:
        model = Task
        fields = ["listing", "vertical", "purpose", "status"]

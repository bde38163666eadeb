"""Filters of the API's lists, that say what is wrong with a value instead of passing it over."""

from typing import Any

from django import forms
from django_filters import ChoiceFilter, Filter
from django_filters.rest_framework import FilterSet

from catalog.models import Import, Status
from catalog.models.imports import Stage
from catalog.paging import LARGEST


# django-filter has no types.
class NumberIs(Filter):  # type: ignore[misc]
    """A whole number, such as an id."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=kwargs.pop("least", 0), max_value=LARGEST, **kwargs)


class ImportFilter(FilterSet):  # type: ignore[misc]
    """Imports by where they are."""

    status = ChoiceFilter(label="Where it is", choices=Status.choices)
    stage = ChoiceFilter(label="What it does next", choices=Stage.choices)

    class Meta:
        model = Import
        fields = ["status", "stage"]

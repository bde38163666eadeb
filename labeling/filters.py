"""What people said narrows the listings page further: how much is labelled, and with what."""

from collections.abc import Mapping
from typing import ClassVar

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django_filters import ChoiceFilter

from catalog.filters import ListingFilter
from catalog.lookups import AnswerHas
from catalog.models import Attribute, Listing
from catalog.selectors.schema import attributes_of
from catalog.states import State
from labeling.models import Label

STATE_MARK = ":"
"""Before a state, among values: no code begins with it."""

Choices = list[tuple[str, str]]


class LabelledListingFilter(ListingFilter):
    """Listings by their labels: how many there are, and what the label of a chosen attribute says."""

    NEEDED_BY: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "vertical": ("attribute", "value"),
        "attribute": ("value",),
    }

    attribute = ChoiceFilter(label="Attribute", empty_label="Any", method="keep_all")
    value = ChoiceFilter(label="Label says", empty_label="Anything", method="keep_value")
    labels = ChoiceFilter(
        label="Labels",
        empty_label="Any",
        choices=[("none", "None"), ("some", "At least one"), ("all", "Every required one")],
        method="keep_labels",
    )

    def __init__(self, data: Mapping[str, str], queryset: QuerySet[Listing] | None = None) -> None:
        super().__init__(data, queryset)
        vertical = self.verticals.get(self.given("vertical"))
        self.attributes = {one.code: one for one in attributes_of(vertical.pk)} if vertical else {}
        self.chosen = self.attributes.get(self.given("attribute"))
        self.offer(
            "attribute",
            [
                (code, _name(attribute.label, attribute.retired))
                for code, attribute in self.attributes.items()
            ],
            otherwise="Choose a vertical that has this attribute.",
        )
        self.offer("value", self.answers(), otherwise="Choose an attribute that takes this answer.")

    def answers(self) -> Choices:
        """What the chosen attribute can be answered with: its values, then the states."""
        if self.chosen is None:
            return []
        values = [(value.code, _name(value.label, value.retired)) for value in self.chosen.values.all()]
        return values + [(f"{STATE_MARK}{state}", state.replace("_", " ").capitalize()) for state in State]

    def keep_all(self, queryset: QuerySet[Listing], name: str, value: str) -> QuerySet[Listing]:
        return queryset

    def keep_labels(self, queryset: QuerySet[Listing], name: str, value: str) -> QuerySet[Listing]:
        any_label = Exists(Label.objects.filter(listing=OuterRef("pk")))
        if value == "none":
            return queryset.filter(~any_label)
        return queryset.filter(any_label) if value == "some" else queryset.filter(any_label, ~_lacking())

    def keep_value(self, queryset: QuerySet[Listing], name: str, value: str) -> QuerySet[Listing]:
        if self.chosen is None:
            return queryset.none()
        says = answer_is(value, attribute_id=self.chosen.pk)
        return queryset.filter(Exists(Label.objects.filter(says, listing=OuterRef("pk"))))


def answer_is(text: str, **question: int) -> Q:
    """The condition on answers to a question that a choice of `answers` stands for."""
    if text.startswith(STATE_MARK):
        return Q(state=text.removeprefix(STATE_MARK), **question)
    return Q(AnswerHas(text, **question))


def _lacking() -> Exists:
    """A required attribute of the listing's vertical has no label.

    Each label is looked up: joined, PostgreSQL would read all labels for a handful of listings.
    """
    labels = Label.objects.filter(listing=OuterRef(OuterRef("pk")), attribute=OuterRef("pk")).order_by()
    asked = Attribute.objects.filter(vertical=OuterRef("vertical"), required=True, retired=False)
    return Exists(asked.annotate(answer=Subquery(labels.values("pk")[:1])).filter(answer__isnull=True))


def _name(label: str, retired: bool) -> str:
    return f"{label} (retired)" if retired else label

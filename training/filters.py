"""Predictions narrow the listings page further: what the champion says, and what becomes of it."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.forms import NumberInput
from django_filters import ChoiceFilter, NumberFilter

from catalog.filters import SMALL
from catalog.models import Listing
from labeling.filters import STATE_MARK, LabelledListingFilter, answer_is
from labeling.models import Label
from training.accepted import ACCEPTED, LISTING_CHOICES, Accepting, accepting_now
from training.models import Prediction
from training.selectors import champion_id

PERCENT: Mapping[str, Any] = {
    "min_value": 0,
    "max_value": 100,
    "widget": NumberInput(attrs=SMALL | {"step": "any"}),
}


class PredictedListingFilter(LabelledListingFilter):
    """Listings by the champion's predictions: of the chosen attribute, or of any."""

    NEEDED_BY: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "vertical": ("attribute", "value", "predicted"),
        "attribute": ("value", "predicted"),
    }

    predicted = ChoiceFilter(label="Champion says", empty_label="Anything", method="keep_all")
    agreement_from = NumberFilter(label="Agreement from %", method="keep_all", **PERCENT)
    agreement_to = NumberFilter(label="Agreement up to %", method="keep_all", **PERCENT)
    disagrees = ChoiceFilter(
        label="Champion and label",
        empty_label="Any",
        choices=[("yes", "Differ")],
        method="keep_disagreeing",
    )
    route = ChoiceFilter(label="Routing", empty_label="Any", choices=LISTING_CHOICES, method="keep_routed")

    def __init__(self, data: Mapping[str, str], queryset: QuerySet[Listing] | None = None) -> None:
        super().__init__(data, queryset)
        self.champion = champion_id()
        self.offer("predicted", self.answers(), otherwise="Choose an attribute that takes this answer.")

    def filter_queryset(self, queryset: QuerySet[Listing]) -> QuerySet[Listing]:
        """As of labels, and one prediction has both the answer and the agreement that are asked for."""
        return self._predicted(super().filter_queryset(queryset), self.prediction())

    @property
    def unpredicted(self) -> QuerySet[Listing]:
        """What all filters keep but those of predictions."""
        every: QuerySet[Listing] = self.queryset
        if self.errors:
            return every.none()
        kept: QuerySet[Listing] = super().filter_queryset(every.all())
        return kept

    @property
    def unordered(self) -> QuerySet[Listing]:
        """The same listings, for when their order does not matter: they are found by the index of answers.

        Listings in an order do better without it. PostgreSQL cannot tell how many answers it holds, and would
        collect all of them to sort them.
        """
        answer = "" if self.errors else self.form.cleaned_data["predicted"]
        indexed = answer_is(answer, **self._question()) if answer else Q()
        return self._predicted(self.unpredicted, self.prediction() & indexed)

    def prediction(self, path: str = "") -> Q:
        """The condition on a prediction, to be found at this path, that the filters ask for together."""
        given, wanted = {} if self.errors else self.form.cleaned_data, dict[str, Any](self._question())
        answer: str = given.get("predicted") or ""
        least: Decimal | None = given.get("agreement_from")
        most: Decimal | None = given.get("agreement_to")
        if answer.startswith(STATE_MARK):
            wanted["state"] = answer.removeprefix(STATE_MARK)
        elif answer:
            wanted["values__list_has"] = answer
        bounds = (self._threshold(), None if least is None else float(least / 100))
        if lower := [bound for bound in bounds if bound is not None]:
            wanted["agreement__gte"] = max(lower)
        if most is not None:
            wanted["agreement__lte"] = float(most / 100)
        return Q(**{f"{path}{name}": value for name, value in wanted.items()})

    def _predicted(self, kept: QuerySet[Listing], condition: Q) -> QuerySet[Listing]:
        asked = {"predicted", "agreement_from", "agreement_to"}
        if self.errors:
            return kept
        if self._threshold() is None and all(self.form.cleaned_data[name] in ("", None) for name in asked):
            return kept
        if self.champion is None:
            return kept.none()
        return kept.filter(Exists(Prediction.objects.filter(condition, listing=OuterRef("pk"))))

    def keep_disagreeing(self, queryset: QuerySet[Listing], name: str, value: str) -> QuerySet[Listing]:
        """A label, of the chosen attribute if there is one, is not what the champion's majority says.

        Each label looks its prediction up: joined, the databases would read the predictions from end to end.
        """
        if self.champion is None:
            return queryset.none()
        differs = ~Q(values=OuterRef("values"), state=OuterRef("state"))
        prediction = (
            Prediction.objects.filter(
                model_version=self.champion, listing=OuterRef("listing"), attribute=OuterRef("attribute")
            )
            .order_by()
            .values(differs=ExpressionWrapper(differs, BooleanField()))
        )
        labels = Label.objects.filter(Subquery(prediction), listing=OuterRef("pk"))
        if self.chosen is not None:
            labels = labels.filter(attribute=self.chosen)
        return queryset.filter(Exists(labels))

    def keep_routed(self, queryset: QuerySet[Listing], name: str, value: str) -> QuerySet[Listing]:
        """A question, of the chosen attribute if there is one, is accepted, or with people, or neither."""
        if self.accepting is None:
            return queryset.none()
        if self.chosen is not None and self._threshold() is not None:
            return queryset.filter(self.accepting.untouched(self.chosen.pk))
        return queryset.filter(
            self.accepting.listings(value, None if self.chosen is None else self.chosen.pk)
        )

    @cached_property
    def accepting(self) -> Accepting | None:
        """The current routing, looked up where it is asked for."""
        return accepting_now()

    def _threshold(self) -> float | None:
        """Where accepted answers of the champion to a chosen attribute are asked for, their least agreement.

        It is a condition on the same prediction as the others: a walk by agreement begins there.
        """
        is_asked = not self.errors and self.form.cleaned_data["route"] == ACCEPTED
        if not is_asked or self.chosen is None or self.accepting is None:
            return None
        is_champions = self.accepting.version_id == self.champion
        return self.accepting.least(self.chosen.pk) if is_champions else None

    def _question(self) -> dict[str, Any]:
        """The columns of predictions that the champion and the chosen attribute, if there is one, fix."""
        question = {"model_version_id": self.champion}
        if self.chosen is not None:
            question["attribute_id"] = self.chosen.pk
        return question

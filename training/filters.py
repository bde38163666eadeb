"""Predictions narrow the listings page further: what the champion or another says, and what becomes of it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django_filters import ChoiceFilter

from catalog.models import Listing
from labeling.filters import STATE_MARK, answer_is
from labeling.models import Label
from training.accepted import ACCEPTED, LISTING_CHOICES, Accepting, accepting_now
from training.goldfilters import GoldListingFilter
from training.models import Prediction
from training.selectors import champion_id


class PredictedListingFilter(GoldListingFilter):
    """Listings by predictions, the champion's unless a version is named: of one attribute, or of any."""

    NEEDED_BY: ClassVar[Mapping[str, tuple[str, ...]]] = {
        **GoldListingFilter.NEEDED_BY,
        "vertical": ("attribute", "value", "predicted"),
        "attribute": ("value", "predicted"),
    }

    predicted_by = ChoiceFilter(label="Predictions of", empty_label="The champion", method="keep_all")
    predicted = ChoiceFilter(label="Champion says", empty_label="Anything", method="keep_all")
    disagrees = ChoiceFilter(
        label="Champion and label",
        empty_label="Any",
        choices=[("yes", "Differ")],
        method="keep_disagreeing",
    )
    route = ChoiceFilter(label="Routing", empty_label="Any", choices=LISTING_CHOICES, method="keep_routed")

    def __init__(self, data: Mapping[str, str], queryset: QuerySet[Listing] | None = None) -> None:
        super().__init__(data, queryset)
        versions = {key: one for key, one in self.models.items() if one.version_id is not None}
        self.named = versions.get(self.given("predicted_by"))
        self.voter = self.named.version_id if self.named else champion_id()
        if self.named:
            for name in ("predicted", "disagrees"):
                label = str(self.filters[name].label)
                self.filters[name].label = label.replace("Champion", self.named.label)
        self.offer(
            "predicted_by",
            [(key, one.label) for key, one in versions.items()],
            otherwise="There is no such model version.",
        )
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
        if answer.startswith(STATE_MARK):
            wanted["state"] = answer.removeprefix(STATE_MARK)
        elif answer:
            wanted["values__list_has"] = answer
        if not self.errors and self.answering is None:
            wanted |= self._between()
        if (threshold := self._threshold()) is not None:
            wanted["agreement__gte"] = max(threshold, wanted.get("agreement__gte", threshold))
        return Q(**{f"{path}{name}": value for name, value in wanted.items()})

    def _naming(self) -> tuple[str, ...]:
        return (*super()._naming(), "predicted_by")

    def _predicted(self, kept: QuerySet[Listing], condition: Q) -> QuerySet[Listing]:
        if self.errors or not self._asks_for_votes():
            return kept
        if self.voter is None:
            return kept.none()
        return kept.filter(Exists(Prediction.objects.filter(condition, listing=OuterRef("pk"))))

    def _asks_for_votes(self) -> bool:
        """Something is asked of a prediction. Of gold answers, agreement is asked there."""
        given = self.form.cleaned_data
        asked = given["predicted"] or given["predicted_by"] or self._threshold() is not None
        return bool(asked or (self.answering is None and self._between()))

    def keep_disagreeing(self, queryset: QuerySet[Listing], name: str, value: str) -> QuerySet[Listing]:
        """A label, of the chosen attribute if there is one, is not what the majority says.

        Each label looks its prediction up: joined, the databases would read the predictions from end to end.
        """
        if self.voter is None:
            return queryset.none()
        differs = ~Q(values=OuterRef("values"), state=OuterRef("state"))
        prediction = (
            Prediction.objects.filter(
                model_version=self.voter, listing=OuterRef("listing"), attribute=OuterRef("attribute")
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
        """Where accepted answers of the version to a chosen attribute are asked for, their least agreement.

        It is a condition on the same prediction as the others: a walk by agreement begins there.
        """
        is_asked = not self.errors and self.form.cleaned_data["route"] == ACCEPTED
        if not is_asked or self.chosen is None or self.accepting is None:
            return None
        is_its = self.accepting.version_id == self.voter
        return self.accepting.least(self.chosen.pk) if is_its else None

    def _question(self) -> dict[str, Any]:
        """The columns of predictions that the version and the chosen attribute, if there is one, fix."""
        question = {"model_version_id": self.voter}
        if self.chosen is not None:
            question["attribute_id"] = self.chosen.pk
        return question

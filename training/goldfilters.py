"""Gold answers narrow the listings page: what the model of some iteration said, and whether it was right.

Figures about gold lead here, see training/drilldown.py.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Concat, StrIndex
from django.forms import Form, NumberInput, TextInput
from django_filters import CharFilter, ChoiceFilter, NumberFilter

from catalog.filters import SMALL
from catalog.models import Listing
from labeling.filters import Choices, LabelledListingFilter
from training.accepted import SLACK
from training.drilldown import EXACTLY, Judged
from training.ml.records import MULTI_SEPARATOR
from training.models import GoldAnswer, Method
from training.selectors.versions import NamedModel, models_recent

PERCENT: Mapping[str, Any] = {
    "min_value": 0,
    "max_value": 100,
    "widget": NumberInput(attrs=SMALL | {"step": "any"}),
}
ABOUT_ANSWERS = ("method", "judged", "truth", "said")
LONGEST_ANSWER = 1000
"""In characters."""


class _Form(Form):
    """What is asked about answers on gold needs the model that gave them."""

    def clean(self) -> None:
        if self.cleaned_data.get("answered") or "answered" in self.errors:
            return
        for name in ABOUT_ANSWERS:
            if self.cleaned_data.get(name):
                self.add_error(name, "Choose the model whose answers on gold are meant.")


class GoldListingFilter(LabelledListingFilter):
    """Listings by what a model answered to gold questions about them: to the chosen attribute, or to any."""

    NEEDED_BY: ClassVar[Mapping[str, tuple[str, ...]]] = {
        **LabelledListingFilter.NEEDED_BY,
        "answered": ABOUT_ANSWERS,
    }

    answered = ChoiceFilter(label="Answers on gold of", empty_label="No model", method="keep_all")
    judged = ChoiceFilter(
        label="On gold",
        empty_label="Right or wrong",
        choices=[
            (Judged.RIGHT.value, "Right"),
            (Judged.WRONG.value, "Wrong"),
            (Judged.UNPARSEABLE.value, "Unparseable"),
        ],
        method="keep_all",
    )
    method = ChoiceFilter(
        label="Which answer",
        empty_label="Of the greedy chain",
        choices=[(Method.MAJORITY.value, "Of the majority")],
        method="keep_all",
    )
    truth = CharFilter(
        label="People said",
        method="keep_all",
        max_length=LONGEST_ANSWER,
        widget=TextInput(attrs=SMALL),
        strip=False,
    )
    said = CharFilter(
        label="The model said",
        method="keep_all",
        max_length=LONGEST_ANSWER,
        widget=TextInput(attrs=SMALL),
        strip=False,
    )
    agreement_from = NumberFilter(label="Agreement from %", method="keep_all", **PERCENT)
    agreement_to = NumberFilter(label="Agreement up to %", method="keep_all", **PERCENT)

    class Meta:
        form = _Form

    def __init__(self, data: Mapping[str, str], queryset: QuerySet[Listing] | None = None) -> None:
        super().__init__(data, queryset)
        self.models = {str(one.model): one for one in models_recent(*map(self.given, self._naming()))}
        self.offer(
            "answered",
            [(key, one.label) for key, one in self.models.items()],
            otherwise="There is no such iteration of a round.",
        )

    def filter_queryset(self, queryset: QuerySet[Listing]) -> QuerySet[Listing]:
        """As of labels, and one gold answer is all that is asked of it."""
        kept = super().filter_queryset(queryset)
        answers = self.gold_answers()
        if answers is None:
            return kept
        if self.given("q"):
            return kept.filter(pk__any_of=self._answered_ids)
        return kept.filter(Exists(answers.filter(listing=OuterRef("pk"))))

    @cached_property
    def _answered_ids(self) -> list[int]:
        """The listings of the answers, which are few beside those with a common word.

        Joined, PostgreSQL would read every listing with the word.
        """
        answers = self.gold_answers()
        return [] if answers is None else list(answers.values_list("listing_id", flat=True).distinct())

    @cached_property
    def answering(self) -> NamedModel | None:
        """The model whose gold answers are asked for."""
        return None if self.errors else self.models.get(self.form.cleaned_data["answered"])

    @property
    def method_asked(self) -> Method:
        """Whose answers are meant: the greedy chain's, or the majority's."""
        return Method.MAJORITY if self.given("method") == Method.MAJORITY else Method.GREEDY

    def gold_answers(self) -> QuerySet[GoldAnswer] | None:
        """The gold answers that the filters ask for, in no order; None where they ask for none."""
        if self.answering is None:
            return None
        round_id, iteration = self.answering.model
        rows = GoldAnswer.objects.filter(round_id=round_id, iteration=iteration).order_by()
        if self.chosen is not None:
            rows = rows.filter(attribute=self.chosen.pk)
        given, said = self.form.cleaned_data, self.method_asked.value
        rows = rows.filter(**self._between())
        if given["judged"] == Judged.UNPARSEABLE:
            rows = rows.filter(**{said: ""})
        elif given["judged"]:
            rows = rows.filter(**{f"{said}_correct": given["judged"] == Judged.RIGHT})
        for name, column in (("truth", "truth"), ("said", said)):
            if given[name]:
                rows = self._saying(rows, column, given[name])
        return rows

    def words(self, name: str) -> Choices:
        """What people or the model said to the chosen attribute, to choose from; `name`: truth or said."""
        if self.answering is None or self.chosen is None:
            return []
        round_id, iteration = self.answering.model
        column = "truth" if name == "truth" else self.method_asked.value
        rows = GoldAnswer.objects.filter(round_id=round_id, iteration=iteration, attribute=self.chosen.pk)
        found = {*rows.order_by().values_list(column, flat=True).distinct(), self.given(name)} - {""}
        return [("", "Anything"), *((text, text) for text in sorted(found, key=str.casefold))]

    @property
    def truths(self) -> Choices:
        return self.words("truth")

    @property
    def sayings(self) -> Choices:
        return self.words("said")

    def _naming(self) -> tuple[str, ...]:
        """The filters whose value names a model."""
        return ("answered",)

    def _between(self) -> dict[str, float]:
        """The agreements that are asked for, as conditions on a row. Rounding must not part equal ones."""
        least: Decimal | None = self.form.cleaned_data["agreement_from"]
        most: Decimal | None = self.form.cleaned_data["agreement_to"]
        bounds = {}
        if least is not None:
            bounds["agreement__gte"] = float(least / 100) - SLACK
        if most is not None:
            bounds["agreement__lte"] = float(most / 100) + SLACK
        return bounds

    def _text(self, name: str) -> str:
        value = self.form.cleaned_data[name]
        return f"{value:.4g}" if isinstance(value, Decimal) else super()._text(name)

    def _saying(self, rows: QuerySet[GoldAnswer], column: str, text: str) -> QuerySet[GoldAnswer]:
        """Those whose answer is this; of several values, one is enough, unless exactly these are meant."""
        if self.chosen is None or not self.chosen.multi:
            return rows.filter(**{column: text})
        if text.startswith(EXACTLY):
            return rows.filter(**{column: text.removeprefix(EXACTLY)})
        mark = Value(MULTI_SEPARATOR)
        listed = Concat(mark, column, mark, output_field=TextField())
        part = Value(f"{MULTI_SEPARATOR}{text}{MULTI_SEPARATOR}")
        return rows.alias(place=StrIndex(listed, part)).filter(place__gt=0)

"""What a person fills in to start a teacher run, and to make labels of one."""

from collections.abc import Iterable
from decimal import Decimal

from django import forms
from django.http import QueryDict

from catalog.schema.parts import AttributeSpec
from catalog.splits import Split
from labeling.selectors.teacher_labels import Minimum
from labeling.teacher.money import Budget
from labeling.teacher.plan import BOUNDS, LISTINGS_MOST, Choice, Limits, TeacherPlan
from labeling.teacher.prompts import Style

NAMED = "named"
WAITING = {
    "seed": "for the seed set",
    "gold": "for the gold set",
    "review": "for review",
    "audit": "for audit",
    "adjudication": "for adjudication",
}
SPLITS = {Split.SEED: "The seed set", Split.GOLD: "The gold set", Split.POOL: "The pool"}
CHOICES = [
    ("Waiting for people", [(f"purpose:{purpose}", f"Waiting {text}") for purpose, text in WAITING.items()]),
    ("All of a split", [(f"split:{split}", text) for split, text in SPLITS.items()]),
    ("Others", [(NAMED, "Named one by one")]),
]
STYLES = [
    (Style.WHOLE.value, "All attributes in one request"),
    (Style.SINGLE.value, "One request for each attribute"),
]
STANDARD = Limits()
FIRST_MOST = 200
"""Listings of a run unless told otherwise: enough to see what a teacher is worth."""


def limit(name: str, *, label: str, required: bool = True, help_text: str = "") -> forms.IntegerField:
    """The field of a limit, with its bounds."""
    least, most = BOUNDS[name]
    return forms.IntegerField(
        label=label,
        required=required,
        min_value=least,
        max_value=most,
        initial=getattr(STANDARD, name),
        help_text=help_text,
    )


class TeacherForm(forms.Form):
    """A run: of one vertical, whose attributes are given."""

    vertical = forms.CharField(max_length=300)
    choice = forms.ChoiceField(label="Listings", choices=CHOICES, initial="purpose:seed")
    names = forms.CharField(label="Their ids", required=False, help_text="One a line, as they were imported.")
    most = forms.IntegerField(
        label="At most", min_value=1, max_value=LISTINGS_MOST, initial=FIRST_MOST, help_text="Listings."
    )
    again = forms.BooleanField(label="Also those that this model has answered", required=False, initial=False)
    attribute = forms.MultipleChoiceField(
        label="Attributes", error_messages={"required": "Choose at least one attribute."}
    )
    style = forms.ChoiceField(label="How it is asked", choices=STYLES, initial=Style.WHOLE.value)
    budget_tokens = forms.IntegerField(
        label="Tokens", required=False, min_value=1, max_value=10**15, initial=1_000_000
    )
    budget_money = forms.DecimalField(
        label="Money",
        required=False,
        min_value=Decimal("0.01"),
        max_value=Decimal(10**7),
        decimal_places=4,
    )
    photos = limit("photos", label="Photos of a listing")
    side = limit("side", label="Long side of a photo", help_text="Pixels.")
    output_tokens = limit(
        "output_tokens",
        label="Tokens of an answer",
        required=False,
        help_text="Empty: by the number of attributes. Models that think first need more.",
    )
    per_minute = limit("per_minute", label="Requests a minute")
    at_once = limit("at_once", label="Requests at once")

    def __init__(
        self, attributes: Iterable[AttributeSpec], data: QueryDict | None = None, *, has_price: bool = False
    ) -> None:
        super().__init__(data)
        self.has_price = has_price
        field = self.fields["attribute"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(one.code, one.label) for one in attributes]

    @classmethod
    def standard(cls, vertical: str, attributes: Iterable[AttributeSpec]) -> QueryDict:
        """The form as it is before anybody has filled it in."""
        data = QueryDict(mutable=True)
        for name, field in cls.base_fields.items():
            if field.initial not in (None, False):
                data[name] = str(field.initial)
        data["vertical"] = vertical
        data.setlist("attribute", [one.code for one in attributes])
        return data

    def clean(self) -> dict[str, object]:
        """Names are needed where listings are named, and a budget always."""
        data = super().clean() or {}
        if data.get("choice") == NAMED and not self._names():
            self.add_error("names", "Name at least one listing.")
        if not self.has_price:
            data["budget_money"] = None
        budgets = ("budget_tokens", "budget_money")
        if not any(data.get(name) or name in self.errors for name in budgets):
            self.add_error("budget_tokens", "Give a budget, so that a run cannot cost more.")
        return data

    @property
    def plan(self) -> TeacherPlan:
        """What the person wants, once the form is valid."""
        data = self.cleaned_data
        kind, _, name = data["choice"].partition(":")
        return TeacherPlan(
            vertical=data["vertical"],
            attributes=tuple(data["attribute"]),
            choice=Choice(
                purpose=name if kind == "purpose" else "",
                split=name if kind == "split" else "",
                listings=tuple(self._names()) if kind == NAMED else (),
            ),
            budget=Budget(data["budget_tokens"], data["budget_money"]),
            most=data["most"],
            again=data["again"],
            style=Style(data["style"]),
            limits=Limits(
                data["photos"], data["side"], data["output_tokens"], data["per_minute"], data["at_once"]
            ),
        )

    def _names(self) -> list[str]:
        lines = str(self.cleaned_data.get("names", "")).splitlines()
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))


class MinimumForm(forms.Form):
    """How well people must agree with a teacher."""

    percent = forms.IntegerField(
        label="Agreement with people, at least", min_value=50, max_value=100, initial=Minimum().percent
    )
    compared = forms.IntegerField(
        label="In so many answers, at least", min_value=1, max_value=100_000, initial=Minimum().compared
    )

    @classmethod
    def standard(cls) -> dict[str, object]:
        """The form as it is before anybody has filled it in."""
        return {name: field.initial for name, field in cls.base_fields.items()}

    @property
    def minimum(self) -> Minimum:
        """What the person states, once the form is valid."""
        return Minimum(self.cleaned_data["percent"], self.cleaned_data["compared"])

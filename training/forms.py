"""What a person may set for a round and for an export, and do to listings."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import QueryDict

from training.base_model import preset_of
from training.exporting import Format, What
from training.ml.params import ITERATIONS
from training.ml.presets import PRESETS
from training.ml.strategies import PLANS
from training.models import ModelVersion
from training.services import MOST_ITERATIONS
from training.services.listings import Action

LONGEST_ID = 18
"""digits"""


class RoundForm(forms.Form):
    strategy = forms.ChoiceField(
        choices=[(name, plan.label) for name, plan in PLANS.items()], initial="sft_dpo", required=False
    )
    preset = forms.ChoiceField(
        choices=[(name, preset.label) for name, preset in PRESETS.items()], required=False
    )
    iterations = forms.IntegerField(initial=ITERATIONS, min_value=0, max_value=MOST_ITERATIONS)
    seed = forms.IntegerField(initial=0, min_value=0, max_value=2**31 - 1)

    @classmethod
    def suited(cls) -> "RoundForm":
        """The empty form, with the preset that suits the base model chosen."""
        return cls(initial={"preset": preset_of(settings.ATTRX_BASE_MODEL)})

    def clean_strategy(self) -> str:
        return self.cleaned_data["strategy"] or "sft_dpo"

    def settings(self) -> dict[str, Any] | None:
        """What round_start is told: the initial values of the empty form; None where one of them is wrong."""
        if not self.is_bound:
            return {name: self.get_initial_for_field(field, name) for name, field in self.fields.items()}
        self.is_valid()  # What keeps a round from starting is no field's fault: it leaves the values right.
        return self.cleaned_data if self.cleaned_data.keys() == self.fields.keys() else None


class ExportForm(forms.Form):
    """What to export and as what; which listings is the listings page's filter's to say."""

    what = forms.ChoiceField(choices=[(what.value, what.value) for what in What])
    format = forms.ChoiceField(choices=[(one.value, one.value) for one in Format])
    version = forms.TypedChoiceField(label="Model version", required=False, coerce=int, empty_value=None)
    accepted = forms.BooleanField(label="Only the answers that the routing accepts", required=False)
    bom = forms.BooleanField(label="Begin with a byte order mark, for Excel", required=False)
    photos_at = forms.CharField(label="Photo addresses begin with", required=False, max_length=500)

    def __init__(self, data: Mapping[str, str], *, versions: Iterable[ModelVersion]) -> None:
        super().__init__(data)
        field = cast(forms.TypedChoiceField, self.fields["version"])
        field.choices = [("", "The champion"), *((one.pk, _version_label(one)) for one in versions)]


class ListingActionForm(forms.Form):
    """Something to do to the listings that are ticked, or to all that a query matches."""

    action = forms.ChoiceField(
        choices=[(action.value, action.value) for action in Action],
        error_messages={"required": "Choose what to do.", "invalid_choice": "There is no such action."},
    )
    scope = forms.ChoiceField(choices=[("ticked", "ticked"), ("all", "all")])
    query = forms.CharField(required=False)
    priority = forms.IntegerField(required=False, min_value=-1000, max_value=1000)
    expected = forms.IntegerField(required=False, min_value=0)

    @property
    def ticked(self) -> list[int]:
        """The ids of the ticked listings; what is no id is passed over."""
        sent = self.data.getlist("listing") if isinstance(self.data, QueryDict) else []
        return [int(pk) for pk in sent if pk.isascii() and pk.isdigit() and len(pk) <= LONGEST_ID]

    @property
    def problem(self) -> str:
        """What is wrong, in a sentence; empty where nothing is."""
        return next((str(error) for errors in self.errors.values() for error in errors), "")


def _version_label(version: ModelVersion) -> str:
    aliases = ", ".join(alias.name for alias in version.aliases.all())
    return f"{version} ({aliases})" if aliases else str(version)

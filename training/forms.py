"""What a person may set for a round, and for an export."""

from collections.abc import Iterable, Mapping
from typing import cast

from django import forms

from training.exporting import Format, What
from training.models import ModelVersion
from training.services import MOST_ITERATIONS


class RoundForm(forms.Form):
    iterations = forms.IntegerField(initial=3, min_value=0, max_value=MOST_ITERATIONS)
    seed = forms.IntegerField(initial=0, min_value=0, max_value=2**31 - 1)


class ExportForm(forms.Form):
    """What to export and as what; which listings is the listings page's filter's to say."""

    what = forms.ChoiceField(choices=[(what.value, what.value) for what in What])
    format = forms.ChoiceField(choices=[(one.value, one.value) for one in Format])
    version = forms.TypedChoiceField(label="Model version", required=False, coerce=int, empty_value=None)
    bom = forms.BooleanField(label="Begin with a byte order mark, for Excel", required=False)
    photos_at = forms.CharField(label="Photo addresses begin with", required=False, max_length=500)

    def __init__(self, data: Mapping[str, str], *, versions: Iterable[ModelVersion]) -> None:
        super().__init__(data)
        field = cast(forms.TypedChoiceField, self.fields["version"])
        field.choices = [("", "The champion"), *((one.pk, _version_label(one)) for one in versions)]


def _version_label(version: ModelVersion) -> str:
    aliases = ", ".join(alias.name for alias in version.aliases.all())
    return f"{version} ({aliases})" if aliases else str(version)

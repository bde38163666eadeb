"""What a person wants to try: photos of a vertical, or a listing."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict

from catalog.imaging.verify import BYTES_MOST
from training.predicting.wanted import MOST_CHAINS, MOST_PHOTOS, Wanted
from training.serializers.predictions import LONGEST_ADDRESS, LONGEST_ID, LONGEST_TEXT, LONGEST_TITLE


class PredictForm(forms.Form):
    """The form of the page, as predicting.wanted has it.

    Args:
        verticals: (code, label) of those that can be asked about.
        versions: (number, name) of those that can be asked.
    """

    vertical = forms.ChoiceField(required=False)
    listing = forms.CharField(required=False, max_length=LONGEST_ID)
    urls = forms.CharField(required=False, max_length=MOST_PHOTOS * LONGEST_ADDRESS)
    title = forms.CharField(required=False, max_length=LONGEST_TITLE)
    description = forms.CharField(required=False, max_length=LONGEST_TEXT)
    chains = forms.IntegerField(required=False, min_value=1, max_value=MOST_CHAINS)
    version = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)

    def __init__(
        self,
        *args: Any,
        verticals: Sequence[tuple[str, str]],
        versions: Sequence[tuple[int, str]],
        **rest: Any,
    ) -> None:
        super().__init__(*args, **rest)
        self.fields["vertical"].choices = [("", "Choose"), *verticals]  # type: ignore[attr-defined]
        self.fields["version"].choices = [("", "The champion"), *versions]  # type: ignore[attr-defined]

    def clean_urls(self) -> list[str]:
        """An address a line."""
        text: str = self.cleaned_data["urls"]
        return text.split()

    def wanted(self, files: "MultiValueDict[str, UploadedFile[bytes]]") -> Wanted | None:
        """What is asked; None where something is wrong, which the form then says."""
        photos = files.getlist("photos")
        if not self.is_valid():
            return None
        given = self.cleaned_data
        if large := [one.name for one in photos if (one.size or 0) > BYTES_MOST]:
            self.add_error(None, f"{large[0]} has more than {BYTES_MOST / 1e6:,.0f} MB: save it smaller.")
        if given["listing"] and (photos or given["urls"]):
            self.add_error("listing", "A listing has its own photos: give either it or photos.")
        elif not given["listing"] and not given["vertical"]:
            self.add_error("vertical", "Choose the vertical of the photos.")
        if self.errors:
            return None
        if given["listing"]:
            only = {"listing": given["listing"], "chains": given["chains"], "version": given["version"]}
            return Wanted(**only)
        return Wanted(photos=[one.read() for one in photos], **given)

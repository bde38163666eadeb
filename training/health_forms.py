"""What an admin says about when a figure is an alarm."""

from django import forms

from training.ml.drift import Kind
from training.selectors.health import vertical_coded


class RuleForm(forms.Form):
    """A rule of a kind, for a vertical (its code) or for all (empty)."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.value) for kind in Kind])
    vertical = forms.CharField(required=False)
    least = forms.FloatField(min_value=0)
    false_alarms = forms.FloatField(min_value=0.1, max_value=20, help_text="In percent.")
    active = forms.BooleanField(required=False)
    by_mail = forms.BooleanField(required=False)
    by_webhook = forms.BooleanField(required=False)

    @property
    def problem(self) -> str:
        """What is wrong, in a sentence; empty where nothing is."""
        return next(
            (
                f"{name.replace('_', ' ').capitalize()}: {error}"
                for name, errors in self.errors.items()
                for error in errors
            ),
            "",
        )

    def clean_vertical(self) -> str:
        """The code of a vertical that is there."""
        code: str = self.cleaned_data["vertical"].strip()
        if code and vertical_coded(code) is None:
            raise forms.ValidationError(f"there is no vertical {code!r}: choose one of the list.")
        return code

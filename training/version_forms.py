"""What a person says when an alias is to point elsewhere."""

from typing import Any

from django import forms

LONGEST_REASON = 2000


class RollbackForm(forms.Form):
    """Back to the champion before."""

    champion_id = forms.IntegerField(
        min_value=1, error_messages={"required": "The form does not say which champion is to be replaced."}
    )
    reason = forms.CharField(required=False, max_length=LONGEST_REASON)

    @property
    def problem(self) -> str:
        """What is wrong, in a sentence; empty where nothing is."""
        return next((str(error) for errors in self.errors.values() for error in errors), "")


class PromotionForm(RollbackForm):
    """Make a version the champion; against the gate only with a reason."""

    override = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("override") and not cleaned.get("reason"):
            self.add_error("reason", "Say why it is promoted against the gate.")
        return cleaned

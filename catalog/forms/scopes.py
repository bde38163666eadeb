"""The verticals that a person is limited to, as a field of whichever form gives people their rights."""

from django import forms

from catalog.selectors.scopes import verticals_seen


def _choices() -> list[tuple[str, str]]:
    return [(one.code, one.label) for one in verticals_seen()]


class ScopesField(forms.MultipleChoiceField):
    """Codes of verticals; none means all."""

    def __init__(self) -> None:
        super().__init__(
            label="Sees listings of",
            choices=_choices,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text="Without a tick, of all verticals. Admins see all of them.",
        )

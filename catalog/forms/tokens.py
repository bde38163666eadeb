"""What a person says about a new token."""

from django import forms

from catalog.rest.scopes import SCOPES, Scope
from catalog.schema.codes import NAME_LENGTH

DAYS = {30: "30 days", 90: "90 days", 365: "a year"}


class TokenForm(forms.Form):
    """A name, what it may do, and for how long."""

    name = forms.CharField(max_length=NAME_LENGTH, error_messages={"required": "Say what the token is for."})
    scopes = forms.TypedMultipleChoiceField(
        coerce=Scope,
        choices=[(scope.value, text) for scope, text in SCOPES.items()],
        initial=[Scope.READ.value],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one thing that it may do."},
    )
    days = forms.TypedChoiceField(coerce=int, choices=list(DAYS.items()), initial=90)

"""What an admin says about people, and what an invited person says about themselves."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from attrx_web.roles import MEANINGS, Role
from catalog.forms.scopes import ScopesField

DAYS = {1: "a day", 7: "a week", 30: "30 days"}


class _WithRoles(forms.Form):
    roles = forms.TypedMultipleChoiceField(
        coerce=Role,
        choices=[(role.value, text) for role, text in MEANINGS.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one role."},
    )


class InvitationForm(_WithRoles):
    """Whom to invite, as what, and for how long the link holds."""

    email = forms.EmailField(
        required=False, error_messages={"invalid": "This is no address: write it like ana@example.org."}
    )
    days = forms.TypedChoiceField(coerce=int, choices=list(DAYS.items()), initial=7)


class PersonForm(_WithRoles):
    """What an admin may change about a person."""

    email = forms.EmailField(
        required=False, error_messages={"invalid": "This is no address: write it like ana@example.org."}
    )
    verticals = ScopesField()


class AcceptForm(forms.Form):
    """The name and the password of a new account."""

    username = forms.CharField(max_length=150, widget=forms.TextInput({"autocomplete": "username"}))
    password1 = forms.CharField(strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"}))
    password2 = forms.CharField(strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"}))

    def clean_username(self) -> str:
        """A name that nobody has."""
        name: str = get_adapter().clean_username(self.cleaned_data["username"])
        return name

    def clean(self) -> dict[str, Any]:
        """A password that is hard to guess, typed twice alike."""
        said = super().clean() or {}
        first, second = said.get("password1"), said.get("password2")
        if first and second and first != second:
            self.add_error("password2", "This differs from the one above.")
        elif first:
            try:
                get_adapter().clean_password(first, user=User(username=said.get("username", "")))
            except ValidationError as error:
                self.add_error("password1", error)
        return said

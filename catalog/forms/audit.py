"""What the audit log is narrowed by, on its page and in the API."""

from collections.abc import Mapping
from typing import Any

from django import forms

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.models import KEY_LENGTH, PERSON_LENGTH
from catalog.search import LONGEST_SEARCH
from catalog.selectors.audit import Wanted

AREAS = {
    "person": "At the door",
    "user": "People",
    "invitation": "Invitations",
    "token": "Tokens",
    "import": "Imports",
    "schema": "Schema",
    "listings": "Listings",
    "labels": "Labels",
    "tasks": "Work",
    "rule": "Rules of work",
    "teacher": "Teacher",
    "round": "Rounds",
    "version": "Model versions",
    "routing": "Routing",
    "alert": "Alerts",
    "study": "Studies",
    "worker": "Workers",
    "export": "Exports",
    "log": "This log",
    "backup": "Backups",
}
"""What an action's area is called."""


def _actions() -> list[tuple[str, Any]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for action in Action:
        area = action.value.partition(".")[0]
        groups.setdefault(AREAS.get(area, area.capitalize()), []).append((action.value, str(action.label)))
    return [("", "Anything"), *groups.items()]


DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class EventForm(forms.Form):
    """Filters; one that cannot be read is told and narrows nothing."""

    q = forms.CharField(
        label="Search",
        max_length=LONGEST_SEARCH,
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Words of names, browsers and reasons"}),
    )
    person = forms.CharField(label="Who", max_length=PERSON_LENGTH, required=False)
    action = forms.ChoiceField(label="Did what", choices=_actions, required=False)
    kind = forms.ChoiceField(label="To what", choices=[("", "Anything"), *Kind.choices], required=False)
    key = forms.CharField(label="Which one", max_length=KEY_LENGTH, required=False)
    address = forms.GenericIPAddressField(label="From the address", required=False)
    since = forms.DateField(label="From", required=False, widget=DAY)
    until = forms.DateField(label="Until", required=False, widget=DAY)

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, auto_id="audit-%s")
        for name, field in self.fields.items():
            problem = " is-invalid" if name in self.errors else ""
            kind = "select" if isinstance(field, forms.ChoiceField) else "control"
            field.widget.attrs["class"] = f"form-{kind}{problem}"

    def clean(self) -> dict[str, Any]:
        """The days are in their order, and a key is of something."""
        given: dict[str, Any] = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("until", "It is before the first day: give a later one.")
        if given.get("key") and not given.get("kind"):
            self.add_error("kind", "Say what this is the key of.")
        return given

    def wanted(self) -> Wanted:
        """What is asked for, as far as it can be read."""
        names = Wanted.__dataclass_fields__
        return Wanted(**{name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)})

    def given(self) -> Mapping[str, str]:
        """The filters that are asked for, as an address has them."""
        return {name: text for name in self.fields if (text := str(self.data.get(name, "")).strip())}

"""What a person may set for a routing."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, cast

from django import forms

from catalog.models import Attribute
from training.ml.errors import DataError
from training.ml.policy import TargetParams
from training.ml.routing import RoutingParams
from training.models import ModelVersion
from training.pages.routing import usual_settings
from training.routing.settings import RoutingSettings
from training.selectors import champion_id
from training.selectors import routings as selectors

WEIGHT = "weight-"


def _number(label: str, hint: str, **bounds: float) -> forms.FloatField:
    widget = forms.NumberInput(attrs={"class": "form-control", "step": "any"})
    return forms.FloatField(label=label, help_text=hint, widget=widget, **cast(Any, bounds))


def _whole(label: str, hint: str, *, most: int) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"class": "form-control"})
    return forms.IntegerField(label=label, help_text=hint, min_value=1, max_value=most, widget=widget)


def _text(label: str, hint: str, *, longest: int, required: bool) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"})
    return forms.CharField(label=label, help_text=hint, max_length=longest, required=required, widget=widget)


class RoutingForm(forms.Form):
    """The version to route, the target of what is accepted, people's time, and what matters most.

    Its values are those of a RoutingSettings, shares in percent. Fields `weight-<attribute>` are added for
    the attributes given.
    """

    version = forms.TypedChoiceField(
        label="Model version", coerce=int, widget=forms.Select(attrs={"class": "form-select"})
    )
    precision = _number(
        "Target precision, %", "At least so many accepted answers are right.", min_value=50, max_value=99.9
    )
    confidence = _number("Confidence, %", "How sure that must be.", min_value=50, max_value=99.9)
    fewest = _whole(
        "Least evidence", "Judged answers below which an attribute is never accepted.", most=100_000
    )
    per_day = _whole("Reviews a day", "Never more are asked for.", most=100_000)
    days = _whole("Days put in order", "A later routing orders the rest anew.", most=1000)
    review_seconds = _number("Seconds for a review", "", min_value=0.1, max_value=3600)
    audit_seconds = _number("Seconds for an audit answer", "", min_value=0.1, max_value=3600)
    audit_share = _number(
        "Audited listings, %",
        "Drawn by chance, whatever the model says to them.",
        min_value=0.01,
        max_value=100,
    )
    salt = _text(
        "Word that draws them",
        "The same word draws the same listings again, so that answers add up.",
        longest=50,
        required=True,
    )
    priority_key = _text(
        "Metadata field of priority",
        "Its number says how much a listing matters, such as sales. Empty: all alike.",
        longest=100,
        required=False,
    )

    def __init__(
        self,
        data: Mapping[str, str] | None,
        *,
        versions: Iterable[ModelVersion],
        attributes: Iterable[Attribute],
        settings: RoutingSettings,
        version_id: int | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(settings, version_id))
        self._attributes = list(attributes)
        choice = cast(forms.TypedChoiceField, self.fields["version"])
        choice.choices = [(one.pk, version_label(one)) for one in versions]
        for one in self._attributes:
            field = _number(one.label, "", min_value=0, max_value=1000)
            field.required = False
            name = one.vertical.code, one.code
            field.initial = _plain(settings.routing.attribute_weights.get(name, 1.0))
            field.widget.attrs["class"] += " form-control-sm"
            self.fields[f"{WEIGHT}{one.pk}"] = field

    def weights(self) -> list[tuple[str, list[forms.BoundField]]]:
        """(label of a vertical, the weights of its attributes)"""
        return [
            (label, [self[f"{WEIGHT}{one.pk}"] for one in group])
            for label, group in groupby(self._attributes, lambda one: one.vertical.label)
        ]

    @property
    def has_weights(self) -> bool:
        """An attribute weighs more or less than the others, or its weight is wrong."""
        fields = [field for _, group in self.weights() for field in group]
        return any(field.errors or str(field.value()) not in ("1", "1.0", "") for field in fields)

    def clean(self) -> dict[str, Any]:
        """Adds `settings`, where they can be had together."""
        given: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                given["settings"] = self._settings(given)
            except DataError as error:
                self.add_error(None, str(error))
        return given

    def _settings(self, given: Mapping[str, Any]) -> RoutingSettings:
        weights = {
            (one.vertical.code, one.code): weight
            for one in self._attributes
            if (weight := given.get(f"{WEIGHT}{one.pk}")) not in (None, 1.0)
        }
        return RoutingSettings(
            target=TargetParams(
                precision=given["precision"] / 100,
                confidence=given["confidence"] / 100,
                fewest=given["fewest"],
            ),
            routing=RoutingParams(
                audit_share=given["audit_share"] / 100,
                salt=given["salt"],
                per_day=given["per_day"],
                review_seconds=given["review_seconds"],
                audit_seconds=given["audit_seconds"],
                attribute_weights=weights,
            ),
            days=given["days"],
            priority_key=given["priority_key"],
        )


def routing_form(
    data: Mapping[str, str] | None, *, version_id: int | None = None, like: int | None = None
) -> RoutingForm:
    """The form, filled in as a routing was or as most are.

    Args:
        version_id: the version that is proposed; None: that of the routing, or else the champion.
        like: the routing.
    """
    former = selectors.routings().filter(pk=like).first() if like is not None else None
    settings = RoutingSettings.from_json(former.params) if former else usual_settings()
    proposed = version_id or (former.version_id if former else champion_id())
    return RoutingForm(
        data,
        versions=selectors.routable_versions(),
        attributes=selectors.weighable_attributes(),
        settings=settings,
        version_id=proposed,
    )


def version_label(version: ModelVersion) -> str:
    """A version with its aliases."""
    aliases = ", ".join(alias.name for alias in version.aliases.all())
    return f"{version} ({aliases})" if aliases else str(version)


def _initial(settings: RoutingSettings, version_id: int | None) -> dict[str, Any]:
    target, routing = settings.target, settings.routing
    return {
        "version": version_id,
        "precision": _percent(target.precision),
        "confidence": _percent(target.confidence),
        "fewest": target.fewest,
        "per_day": routing.per_day,
        "days": settings.days,
        "review_seconds": _plain(round(routing.review_seconds, 1)),
        "audit_seconds": _plain(round(routing.audit_seconds, 1)),
        "audit_share": _percent(routing.audit_share),
        "salt": routing.salt,
        "priority_key": settings.priority_key,
    }


def _percent(share: float) -> str:
    """Without the digits that only computers see."""
    return _plain(100 * share)


def _plain(number: float) -> str:
    return f"{number:.6g}"

"""What is said about an alert, on pages, in mails and to webhooks, and where the proposed action is."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from training.health.rules import DEFAULTS
from training.health.weeks import WEEK
from training.ml.drift import Kind
from training.models import Alert, FigureKind, WeeklyFigure


@dataclass(frozen=True, slots=True)
class Action:
    """What is proposed, and the page for it."""

    label: str
    address: str
    is_for_admins: bool = False
    """Nobody else may open the page."""


@dataclass(frozen=True, slots=True)
class Message:
    """An alert in words."""

    alert: Alert
    event: str
    title: str
    text: str
    actions: tuple[Action, ...]
    page: str
    base: str
    """Before every address."""

    def to_json(self) -> dict[str, Any]:
        """What a webhook is sent."""
        alert = self.alert
        return {
            "event": f"alert.{self.event}",
            "alert": alert.pk,
            "kind": alert.kind,
            "vertical": alert.vertical.code,
            "attribute": alert.attribute.code if alert.attribute else None,
            "week": alert.last_week.isoformat(),
            "title": self.title,
            "text": self.text,
            "page": self.base + self.page,
            "actions": [{"label": one.label, "url": self.base + one.address} for one in self.actions],
        }


def message_of(alert: Alert, *, event: str = "opened", base: str = "") -> Message:
    """The alert in words; its vertical, attribute and figure should be loaded."""
    where = " / ".join(one.label for one in (alert.vertical, alert.attribute) if one)
    ending = " is back" if event == "resolved" else ""
    return Message(
        alert=alert,
        event=event,
        title=f"{alert.get_kind_display()}: {where}{ending}",
        text=said(alert.figure) if alert.figure else DEFAULTS[Kind(alert.kind)].meaning,
        actions=actions_of(alert),
        page=reverse("training:health_vertical", args=[alert.vertical.code]),
        base=base,
    )


def said(figure: WeeklyFigure) -> str:
    """A figure in a sentence."""
    before = figure.reference or 0.0
    match figure.kind:
        case FigureKind.AGREEMENT:
            return (
                f"The chains agree to {figure.value:.1%} on {figure.count} listings, before to {before:.1%}."
            )
        case FigureKind.VALUE_MIX:
            return f"The population stability index is {figure.value:.2f} on {figure.count} listings."
        case FigureKind.IMAGE_SHIFT:
            return (
                f"The photos of {figure.count} listings lie {figure.value:.3f} from those before "
                "(energy coefficient, 0 for equal ones)."
            )
        case FigureKind.ASKED:
            return (
                f"For {figure.value:.0f} of {figure.count} listings people found no fitting value, before "
                f"for {before:.1%}."
            )
        case FigureKind.AUDITED:
            return f"{figure.value:.1%} of {figure.count} audited answers are right, of gold {before:.1%}."
    return f"{figure.value:.0f} listings came of a vertical that the champion was never measured on."


def actions_of(alert: Alert) -> tuple[Action, ...]:
    """What to do about it, the first thing first."""
    vertical = alert.vertical.code
    label = Action("Label more here", reverse("labeling:seeds_vertical", args=[vertical]), True)
    start = Action("Start a round", reverse("training:new"), True)
    until = alert.last_week + WEEK
    listings = Action(
        "Look at the listings",
        f"{reverse('training:listings')}?"
        + urlencode({"vertical": vertical, "created_from": alert.last_week, "created_to": until - WEEK / 7}),
    )
    if alert.kind == FigureKind.ASKED and alert.attribute:
        guideline = reverse("catalog:schema_attribute", args=[vertical, alert.attribute.code])
        return (Action("Look at this guideline", guideline, True), listings)
    if alert.kind == FigureKind.UNSEEN:
        return (label, start)
    if alert.kind in (FigureKind.IMAGE_SHIFT, FigureKind.VALUE_MIX):
        return (listings, label, start)
    return (label, start, listings)

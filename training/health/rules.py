"""When a weekly figure is an alarm, and what to do about it: the defaults, in one place. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from training.ml.drift import LEVEL, Figure, Kind, is_alarm


@dataclass(frozen=True, slots=True)
class Default:
    """How a kind of figure is called and judged as long as nobody says otherwise."""

    name: str
    meaning: str
    least: float
    """From where on it matters, in the figure's own unit."""
    unit: str
    """Of `least`, in words."""
    action: str
    """What is proposed."""


@dataclass(frozen=True, slots=True)
class Judging:
    """How a figure is judged, and who is told."""

    least: float
    level: float = LEVEL
    active: bool = True
    by_mail: bool = True
    by_webhook: bool = True

    def is_alarm(self, figure: Figure) -> bool:
        """Whether people should look at it."""
        return self.active and is_alarm(figure, least=self.least, level=self.level)


DEFAULTS: Mapping[Kind, Default] = {
    Kind.AGREEMENT: Default(
        "Agreement",
        "The chains of an attribute agree less than in the reference weeks.",
        0.03,
        "share by which it fell",
        "Label some of these listings, then start a round",
    ),
    Kind.VALUE_MIX: Default(
        "Value mix",
        "The model's answers to an attribute are in other shares than in the reference weeks.",
        0.1,
        "population stability index",
        "Look at what is new, then label more of it or start a round",
    ),
    Kind.IMAGE_SHIFT: Default(
        "Photos",
        "Photos look different from those of the reference weeks.",
        0.01,
        "energy coefficient",
        "Look at the newest photos, then label some of them",
    ),
    Kind.ASKED: Default(
        "Missing values",
        "People find no fitting value more often than before, or flag the attribute.",
        3.0,
        "listings",
        "Look at the guideline and the allowed values",
    ),
    Kind.AUDITED: Default(
        "Audited accuracy",
        "Audited answers are right less often than on the gold set.",
        0.03,
        "share below gold",
        "Label more here, then start a round",
    ),
    Kind.UNSEEN: Default(
        "Vertical never seen",
        "Listings arrive of a vertical that the champion was never measured on.",
        10.0,
        "listings in a week",
        "Label a seed and a gold set, then start a round",
    ),
}

"""What a person asks of a teacher: which listings, which attributes, how, and what it may cost. Pure."""

from dataclasses import dataclass, field
from decimal import Decimal

from catalog.schema.parts import AttributeSpec
from labeling.teacher.money import Budget, Price, Usage
from labeling.teacher.prompts import Style

LISTINGS_MOST = 20_000
"""Of a run."""
OUTPUT_BASE, OUTPUT_PER_ATTRIBUTE = 200, 60
"""Tokens that an answer may have unless told: an attribute takes 20 to 30 of them in JSON."""
OUTPUT_ABOUT = 30
"""Tokens that an attribute takes."""
BOUNDS = {
    "photos": (1, 50),
    "side": (64, 1600),
    "output_tokens": (16, 100_000),
    "per_minute": (1, 100_000),
    "at_once": (1, 64),
}
"""What each of the limits may be."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which listings of the vertical: one of the three."""

    purpose: str = ""
    """those that wait for people with this purpose"""
    split: str = ""
    """those of this split"""
    listings: tuple[str, ...] = ()
    """external ids"""


@dataclass(frozen=True, slots=True)
class Limits:
    """How requests are made."""

    photos: int = 6
    """the first so many of a listing"""
    side: int = 768
    """pixels of a photo's long side, at most"""
    output_tokens: int | None = None
    """of an answer, at most; None: by the number of attributes"""
    per_minute: int = 60
    at_once: int = 4

    @property
    def out_of_bounds(self) -> str | None:
        """The first limit that is not what it may be, in words."""
        for name, (least, most) in BOUNDS.items():
            given = getattr(self, name)
            if given is not None and not least <= given <= most:
                return f"{name} is {given}: give {least} to {most}"
        return None


@dataclass(frozen=True, slots=True)
class TeacherPlan:
    """A run that is to be started."""

    vertical: str
    """code"""
    attributes: tuple[str, ...]
    """codes; none: all that are asked"""
    choice: Choice
    budget: Budget
    most: int = LISTINGS_MOST
    """listings"""
    again: bool = False
    """also listings about which this model has said something of all these attributes"""
    style: Style = Style.WHOLE
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will take, before anything is asked."""

    listings: int
    requests: int
    about: Usage
    most: Usage
    price: Price | None
    budget: Budget

    @property
    def money_about(self) -> Decimal | None:
        """What `about` costs; None without a price."""
        return self.price.of(self.about) if self.price else None

    @property
    def money_most(self) -> Decimal | None:
        """What `most` costs; None without a price."""
        return self.price.of(self.most) if self.price else None

    @property
    def is_covered(self) -> bool:
        """The budget is enough for all listings, if things go as they should."""
        return self.budget.allows(self.about, self.price)


def output_most(style: Style, limits: Limits, attributes: int) -> int:
    """Tokens that the answer to one request may have."""
    asked = attributes if style is Style.WHOLE else 1
    return limits.output_tokens or OUTPUT_BASE + OUTPUT_PER_ATTRIBUTE * asked


def output_about(attributes: tuple[AttributeSpec, ...], most: int) -> int:
    """Tokens that the answer to a request about these attributes will have."""
    return min(most, OUTPUT_ABOUT * len(attributes))

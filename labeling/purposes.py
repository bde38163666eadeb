"""Purposes as people read them."""

from collections.abc import Mapping
from dataclasses import dataclass

from labeling.models import Purpose


@dataclass(frozen=True, slots=True)
class Named:
    """A purpose in words."""

    code: Purpose
    name: str
    meaning: str


PURPOSES: Mapping[str, Named] = {
    one.code: one
    for one in (
        Named(Purpose.SEED, "Seed", "teaches the first model"),
        Named(Purpose.GOLD, "Gold", "measures every model, and is never learned from"),
        Named(Purpose.REVIEW, "Review", "what a model was unsure about"),
        Named(Purpose.AUDIT, "Audit", "a sample of what a model answered, however sure"),
        Named(Purpose.ADJUDICATION, "Adjudication", "people said different things, and a reviewer decides"),
    )
}
"""In order."""

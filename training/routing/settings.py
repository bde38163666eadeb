"""What an admin asks of a routing, as it is kept. Pure."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from training.ml.errors import DataError
from training.ml.policy import TargetParams
from training.ml.routing import RoutingParams

DAYS = 30
MOST_QUEUED = 100_000
"""Reviews that one routing puts in order at most."""
NOT_A_KEY = re.compile("__|[\0'\"]")


@dataclass(frozen=True, slots=True)
class RoutingSettings:
    """The target of what is accepted, and people's time for the rest."""

    target: TargetParams = field(default_factory=TargetParams)
    routing: RoutingParams = field(default_factory=RoutingParams)
    days: int = DAYS
    """The reviews of so many days are put in order; a later routing orders the rest anew."""
    priority_key: str = ""
    """Of the listings' metadata: its number says how much a listing matters. Empty: all matter alike."""

    def __post_init__(self) -> None:
        if self.days < 1:
            raise DataError(f"days is {self.days}: give a number from 1 on")
        if self.queue_size > MOST_QUEUED:
            raise DataError(
                f"{self.days} days of {self.routing.per_day:,} reviews are {self.queue_size:,}: "
                f"{MOST_QUEUED:,} are put in order at most: give fewer days or fewer reviews a day"
            )
        if NOT_A_KEY.search(self.priority_key):
            raise DataError(
                f"priority field {self.priority_key!r}: give the name of a metadata column without quotes "
                "and double underscores"
            )

    @property
    def queue_size(self) -> int:
        """How many reviews are put in order."""
        return self.days * self.routing.per_day

    def to_json(self) -> dict[str, Any]:
        """As Routing.params holds it."""
        routing = asdict(self.routing)
        weights = self.routing.attribute_weights
        routing["attribute_weights"] = [[*name, weight] for name, weight in sorted(weights.items())]
        return {
            "target": self.target.to_json(),
            "routing": routing,
            "days": self.days,
            "priority_key": self.priority_key,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Rebuild from to_json()."""
        weights = row["routing"]["attribute_weights"]
        named = {(vertical, attribute): weight for vertical, attribute, weight in weights}
        return cls(
            target=TargetParams.from_json(row["target"]),
            routing=RoutingParams(**{**row["routing"], "attribute_weights": named}),
            days=row["days"],
            priority_key=row["priority_key"],
        )

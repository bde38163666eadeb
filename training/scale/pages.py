"""The pages that the dashboards' benchmark asks for. A later page is one more line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlencode

from django.urls import reverse

from training.scale.sizes import ATTRIBUTES, PEOPLE, VERTICALS


@dataclass(frozen=True, slots=True)
class Page:
    """A page by the name of its address; which vertical, round ... is drawn anew for every visit."""

    name: str
    draws: tuple[str, ...] = ()
    """What stands in the address, in order: "vertical", "round", "person", "attribute"."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Values may name what is drawn: "{round}"."""

    def address(self, random: Random, rounds: int) -> str:
        """One of its addresses."""
        drawn = {
            "vertical": f"vertical-{random.randint(1, VERTICALS)}",
            "round": random.randint(1, rounds),
            "person": random.randint(1, PEOPLE),
            "attribute": f"attribute-{random.randint(1, ATTRIBUTES)}",
        }
        path = reverse(self.name, args=[drawn[one] for one in self.draws])
        query = {name: text.format(**drawn) for name, text in self.query.items()}
        return f"{path}?{urlencode(query)}" if query else path


PAGES: Mapping[str, Page] = {
    "accuracy": Page("training:accuracy"),
    "accuracy of a round": Page("training:accuracy", query={"round": "{round}"}),
    "accuracy of a vertical": Page("training:accuracy_vertical", ("vertical",), {"round": "{round}"}),
    "accuracy of an attribute": Page(
        "training:accuracy_attribute", ("vertical", "attribute"), {"round": "{round}"}
    ),
    "loop": Page("training:loop"),
    "loop of a vertical": Page("training:loop", query={"vertical": "vertical-1"}),
    "health": Page("training:health"),
    "health of a vertical": Page("training:health_vertical", ("vertical",)),
    "alerts": Page("training:health_alerts"),
    "rules of alerts": Page("training:health_rules"),
    "people": Page("training:people"),
    "people, all time": Page("training:people", query={"span": "all"}),
    "a person": Page("training:people_person", ("person",)),
    "the visitor's own page": Page("training:people_me"),
    "rounds": Page("training:rounds"),
    "a round": Page("training:round", ("round",)),
    "versions": Page("training:versions"),
}

"""How every figure of the dashboards is defined: shown on pages, and in docs/guide/figures.md."""

from training.definitions import accuracy, health, loop, people, routing, studies
from training.definitions.definition import Definition, Definitions

SECTIONS: dict[str, Definitions] = {
    "Accuracy": accuracy.DEFINITIONS,
    "Loop": loop.DEFINITIONS,
    "Routing": routing.DEFINITIONS,
    "People": people.DEFINITIONS,
    "Health": health.DEFINITIONS,
    "Studies": studies.DEFINITIONS,
}
"""In the order in which the guide has them."""

DEFINITIONS: Definitions = {
    name: definition for section in SECTIONS.values() for name, definition in section.items()
}
"""Of all sections: no name is used twice."""

__all__ = ["DEFINITIONS", "Definition", "Definitions", "SECTIONS"]

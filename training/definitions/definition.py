"""How a figure is defined."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """What a page tells about a figure, and the guide as well."""

    title: str
    """What it is called."""
    words: str
    """What it tells, in a sentence or two."""
    formula: str
    """How it is computed, in plain characters."""
    query: str
    """Which rows are counted."""


Definitions = Mapping[str, Definition]
"""{name: definition}"""

"""Which adapters stay on a base model that is loaded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

MOST_ADAPTERS = 4
"""Adapters that stay on the base model: the champion, the one before it, and who is being tried."""


class Kept:
    """Names of the adapters on a model, of which only the last used stay.

    Args:
        most: adapters that stay.
        drop: takes one off the model by its name.
    """

    def __init__(self, first: Path, name: str, *, most: int, drop: Callable[[str], object]) -> None:
        self._names: OrderedDict[Path, str] = OrderedDict({first: name})
        self._most, self._drop = most, drop
        self._made = 0

    def find(self, adapter: Path) -> str | None:
        """The name of an adapter that is there, which counts as used now."""
        if adapter not in self._names:
            return None
        self._names.move_to_end(adapter)
        return self._names[adapter]

    def add(self, adapter: Path, load: Callable[[str], object]) -> str:
        """Load an adapter under a new name, and drop those that were not used for longest."""
        self._made += 1
        name = f"adapter-{self._made}"
        load(name)
        self._names[adapter] = name
        while len(self._names) > self._most:
            _, gone = self._names.popitem(last=False)
            self._drop(gone)
        return name

"""What an editor does to a vertical, as functions from one schema to the next. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from catalog.errors import CatalogError
from catalog.schema.parts import AttributeSpec, VerticalSpec

T = TypeVar("T")


def with_attribute(spec: VerticalSpec, attribute: AttributeSpec, *, instead_of: str = "") -> VerticalSpec:
    """The vertical with the attribute in the place of the one with the code `instead_of`, or at the end.

    Raises:
        CatalogError: when the one to replace is gone.
    """
    if not instead_of:
        return replace(spec, attributes=(*spec.attributes, attribute))
    if spec.attribute(instead_of) is None:
        raise CatalogError(f"attribute {instead_of!r} is gone: go back to the vertical")
    attributes = (attribute if one.code == instead_of else one for one in spec.attributes)
    return replace(spec, attributes=tuple(attributes))


def stepped(items: Sequence[T], index: int, step: int) -> list[T]:
    """The items with the one at the index moved by so many places; beyond the ends nothing moves."""
    moved, target = list(items), index + step
    if 0 <= index < len(moved) and 0 <= target < len(moved):
        moved.insert(target, moved.pop(index))
    return moved

"""Bring a vertical's schema to one that says less, without losing what people wrote beside it. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from catalog.schema.spec import AttributeSpec, VerticalSpec


def merged(kept: VerticalSpec, given: VerticalSpec) -> VerticalSpec:
    """The kept schema with the given labels, descriptions and values.

    The short spelling of a schema has no guidelines, weights or synonyms: those stay. Attributes that are not
    given stay as they are, behind the others; values that are not given are retired.
    """
    known = {attribute.code: attribute for attribute in kept.attributes}
    attributes = [_attribute(known.get(one.code), one) for one in given.attributes]
    rest = _without(kept.attributes, {one.code for one in given.attributes})
    return VerticalSpec(kept.code, given.label, (*attributes, *rest))


def _attribute(kept: AttributeSpec | None, given: AttributeSpec) -> AttributeSpec:
    if kept is None:
        return given
    known = {value.code: value for value in kept.values}
    values = [
        replace(value, synonyms=value.synonyms or known.get(value.code, value).synonyms)
        for value in given.values
    ]
    dropped = [
        replace(value, retired=True)
        for value in kept.values
        if value.code not in {one.code for one in given.values}
    ]
    return replace(
        kept,
        label=given.label,
        description=given.description,
        multi=given.multi,
        retired=given.retired,
        values=(*values, *dropped),
    )


def _without(attributes: Iterable[AttributeSpec], codes: set[str]) -> list[AttributeSpec]:
    return [attribute for attribute in attributes if attribute.code not in codes]

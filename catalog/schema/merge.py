"""Bring a vertical's schema to what a file, an old version or a colleague says, and keep the rest. Pure.

What people refer to is never dropped: an attribute or value that goes is retired.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import fields, replace
from typing import Any, TypeVar

from catalog.schema.codes import code_of, free_code
from catalog.schema.parts import AttributeSpec, ValueSpec, VerticalSpec

Part = TypeVar("Part", AttributeSpec, ValueSpec)

SHORT = frozenset({"description", "multi"})
"""What the short spelling of a schema always says, beside labels and values. What is unsaid may stay."""
FULL = SHORT | {"code", "guideline", "examples", "required", "weight", "synonyms"}
"""What the full spelling always says."""


def merged(kept: VerticalSpec, given: VerticalSpec, *, said: Set[str] = SHORT) -> VerticalSpec:
    """The kept schema with what the given one says: `said` names fields that hold even where they are empty.

    Without codes among what is said, attributes and values are known by their names first. Attributes that
    are not given stay as they are and where they are; values that are not given are retired.
    """
    pairs = _matched(kept.attributes, given.attributes, by_name="code" not in said)
    attributes = [_attribute(known, one, said) for known, one in pairs]
    return VerticalSpec(kept.code, given.label, tuple(_in_place(kept.attributes, attributes)))


def restored(now: VerticalSpec, old: VerticalSpec) -> VerticalSpec:
    """The vertical as it was, with what has come since retired."""
    known = {attribute.code: attribute for attribute in now.attributes}
    attributes = [
        replace(one, values=(*one.values, *_retired(_without(known[one.code].values, one.values))))
        if one.code in known
        else one
        for one in old.attributes
    ]
    return replace(old, attributes=(*attributes, *_retired(_without(now.attributes, attributes))))


def rebased(base: VerticalSpec, newest: VerticalSpec, draft: VerticalSpec) -> VerticalSpec:
    """The newest schema with what the draft changed of the base; where both changed, the draft wins."""
    attributes = _merge_parts(base.attributes, newest.attributes, draft.attributes)
    return VerticalSpec(draft.code, _changed(base.label, newest.label, draft.label), attributes)


def _attribute(kept: AttributeSpec | None, given: AttributeSpec, said: Set[str]) -> AttributeSpec:
    if kept is None:
        return given
    pairs = _matched(kept.values, given.values, by_name="code" not in said)
    values = [
        replace(one, synonyms=one.synonyms or known.synonyms) if known and "synonyms" not in said else one
        for known, one in pairs
    ]
    unsaid = {
        name: getattr(kept, name)
        for name in FULL - said - {"code", "synonyms"}
        if getattr(given, name) == getattr(_NOTHING, name)
    }
    return replace(given, **unsaid, values=(*values, *_retired(_without(kept.values, values))))


_NOTHING = AttributeSpec("", "")


def _in_place(kept: Sequence[AttributeSpec], given: Sequence[AttributeSpec]) -> list[AttributeSpec]:
    """The given attributes in their order; beside those that are not given, in the places that they had."""
    if not _without(kept, given):
        return list(given)
    known = {one.code for one in kept}
    named = {one.code for one in given}
    queue = iter([one for one in given if one.code in known])
    placed = [next(queue) if one.code in named else one for one in kept]
    return placed + [one for one in given if one.code not in known]


def _matched(kept: Sequence[Part], given: Sequence[Part], *, by_name: bool) -> list[tuple[Part | None, Part]]:
    """(the part that is known, the given one under its code); an unknown part has a code of its own."""
    by_code: dict[str, Part] = {part.code: part for part in kept}
    names: dict[str, Part] = {code_of(part.label): part for part in kept} if by_name else {}
    known: list[Part | None] = [names.get(code_of(one.label)) for one in given]
    used: set[str] = {part.code for part in known if part}
    pairs: list[tuple[Part | None, Part]] = []
    for match, one in zip(known, given, strict=True):
        if match is None and one.code not in used:
            match = by_code.get(one.code)
        elif match is None:
            one = replace(one, code=free_code(one.label, {*by_code, *used}))
        used.add(match.code if match else one.code)
        pairs.append((match, replace(one, code=match.code) if match else one))
    return pairs


def _merge_parts(base: Sequence[Part], newest: Sequence[Part], draft: Sequence[Part]) -> tuple[Part, ...]:
    """Three lists of attributes or values as one, by code."""
    bases: dict[str, Part] = {part.code: part for part in base}
    news: dict[str, Part] = {part.code: part for part in newest}
    parts: dict[str, Part] = dict(news)
    parts |= {part.code: _merge_part(bases.get(part.code), news.get(part.code), part) for part in draft}
    order: list[str] = _changed(list(bases), list(news), [part.code for part in draft])
    return tuple(parts[code] for code in dict.fromkeys([*order, *(one.code for one in draft), *parts]))


def _merge_part(base: Part | None, newest: Part | None, draft: Part) -> Part:
    if newest is None:
        return draft
    changes: dict[str, Any] = {
        field.name: _changed(
            getattr(base, field.name, None), getattr(newest, field.name), getattr(draft, field.name)
        )
        for field in fields(draft)
        if field.name != "values"
    }
    if isinstance(draft, AttributeSpec) and isinstance(newest, AttributeSpec):
        kept = base.values if isinstance(base, AttributeSpec) else ()
        changes["values"] = _merge_parts(kept, newest.values, draft.values)
    return replace(draft, **changes)


def _changed(base: Any, newest: Any, draft: Any) -> Any:
    return newest if draft == base else draft


def _retired(parts: Iterable[Part]) -> list[Part]:
    return [replace(part, retired=True) for part in parts]


def _without(parts: Iterable[Part], others: Iterable[Part]) -> list[Part]:
    codes = {part.code for part in others}
    return [part for part in parts if part.code not in codes]

"""What differs between two schemas of a vertical, as typed changes in words. Pure.

What a change means for labels, suggestions and models is in schema.consequences.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from catalog.schema.parts import AttributeSpec, ValueSpec, VerticalSpec


class Kind(StrEnum):
    """What happened to what."""

    VERTICAL_ADDED = "vertical added"
    VERTICAL_RENAMED = "vertical renamed"
    ATTRIBUTE_ADDED = "attribute added"
    ATTRIBUTE_RETIRED = "attribute retired"
    ATTRIBUTE_RESTORED = "attribute restored"
    ATTRIBUTE_RENAMED = "attribute renamed"
    ATTRIBUTES_MOVED = "attributes moved"
    DESCRIPTION_CHANGED = "description changed"
    GUIDELINE_CHANGED = "guideline changed"
    EXAMPLES_CHANGED = "examples changed"
    SEVERAL_ALLOWED = "several values allowed"
    ONE_ALLOWED = "one value allowed"
    REQUIRED_CHANGED = "required changed"
    WEIGHT_CHANGED = "weight changed"
    VALUE_ADDED = "value added"
    VALUE_RETIRED = "value retired"
    VALUE_RESTORED = "value restored"
    VALUE_RENAMED = "value renamed"
    VALUES_MOVED = "values moved"
    SYNONYMS_CHANGED = "synonyms changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference."""

    kind: Kind
    said: str
    """a sentence without its full stop"""
    attribute: str = ""
    """code; empty where the vertical itself changes"""
    label: str = ""
    """what the attribute is called after the change"""
    value: str = ""
    """code"""
    name: str = ""
    """what the value was called before, which is what suggestions and models call it"""
    before: str = ""
    after: str = ""
    asked: bool = True
    """the attribute is asked before or after the change"""


def changes_between(before: VerticalSpec | None, after: VerticalSpec) -> list[Change]:
    """What publishing `after` changes, in the order of its attributes; None: the vertical is new.

    What `after` leaves out counts as retired, which is what saving it does.
    """
    if before is not None:
        return list(_vertical_changes(before, after))
    added = [change for attribute in after.attributes for change in _attribute_changes(None, attribute)]
    return [Change(Kind.VERTICAL_ADDED, _added_vertical(after)), *added]


def moved(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The fewest codes that have to move to bring what both lists have from one order to the other."""
    places = {code: place for place, code in enumerate(before)}
    common = [code for code in after if code in places]
    staying = _longest_rise([places[code] for code in common])
    return [code for code in common if places[code] not in staying]


def _vertical_changes(before: VerticalSpec, after: VerticalSpec) -> Iterator[Change]:
    if before.label != after.label:
        yield Change(
            Kind.VERTICAL_RENAMED,
            f"{before.label} is now called {after.label}",
            before=before.label,
            after=after.label,
        )
    known = {attribute.code: attribute for attribute in before.attributes}
    order = moved([one.code for one in before.asked], [one.code for one in after.asked])
    if order:
        labels = {one.code: one.label for one in after.attributes}
        yield Change(
            Kind.ATTRIBUTES_MOVED,
            f"{_listed(order, labels)} {'moves' if len(order) == 1 else 'move'} among the attributes",
            before=", ".join(one.label for one in before.asked),
            after=", ".join(one.label for one in after.asked),
        )
    for attribute in after.attributes:
        yield from _attribute_changes(known.pop(attribute.code, None), attribute)
    for attribute in known.values():
        if not attribute.retired:
            yield _attribute_change(attribute, Kind.ATTRIBUTE_RETIRED, f"{attribute.label} is retired")


def _attribute_changes(before: AttributeSpec | None, after: AttributeSpec) -> Iterator[Change]:
    if before == after:
        return
    if before is None:
        if not after.retired:
            values = f"{len(after.offered)} value{'' if len(after.offered) == 1 else 's'}"
            yield _attribute_change(
                after, Kind.ATTRIBUTE_ADDED, f"{after.label} is added, with {values}", after=_values(after)
            )
        return
    if before.retired and not after.retired:
        yield _attribute_change(after, Kind.ATTRIBUTE_RESTORED, f"{after.label} is asked again")
    if after.retired and not before.retired:
        yield _attribute_change(after, Kind.ATTRIBUTE_RETIRED, f"{after.label} is retired")
    unasked = before.retired and after.retired
    for change in (*_field_changes(before, after), *_value_changes(before, after)):
        yield change if not unasked else _unasked(change)


def _unasked(change: Change) -> Change:
    return Change(**{name: getattr(change, name) for name in change.__slots__} | {"asked": False})


def _field_changes(before: AttributeSpec, after: AttributeSpec) -> Iterator[Change]:
    name = after.label
    if before.label != name:
        yield _attribute_change(
            after,
            Kind.ATTRIBUTE_RENAMED,
            f"{before.label} is now called {name}",
            before=before.label,
            after=name,
        )
    texts = (
        (Kind.DESCRIPTION_CHANGED, "another description", before.description, after.description),
        (Kind.GUIDELINE_CHANGED, "another guideline", before.guideline, after.guideline),
        (Kind.EXAMPLES_CHANGED, "other example photos", _examples(before), _examples(after)),
    )
    for kind, what, old, new in texts:
        if old != new:
            what = what if new else f"no {what.partition(' ')[2]}"
            yield _attribute_change(after, kind, f"{name} has {what}", before=old, after=new)
    if before.multi != after.multi:
        kind = Kind.SEVERAL_ALLOWED if after.multi else Kind.ONE_ALLOWED
        yield _attribute_change(
            after, kind, f"{name} takes {'several values' if after.multi else 'one value'}"
        )
    if before.required != after.required:
        yield _attribute_change(
            after, Kind.REQUIRED_CHANGED, f"{name} is {'required' if after.required else 'optional'}"
        )
    if before.weight != after.weight:
        yield _attribute_change(
            after,
            Kind.WEIGHT_CHANGED,
            f"The weight of {name} goes from {before.weight:g} to {after.weight:g}",
        )


def _value_changes(before: AttributeSpec, after: AttributeSpec) -> Iterator[Change]:
    known = {value.code: value for value in before.values}
    for value in after.values:
        old = known.pop(value.code, None)
        if old != value:
            yield from _one_value_changes(after, old, value)
    for value in known.values():
        if not value.retired:
            yield _retired(after, value)
    order = moved([one.code for one in before.offered], [one.code for one in after.offered])
    if order:
        labels = {one.code: one.label for one in after.values}
        yield _attribute_change(
            after,
            Kind.VALUES_MOVED,
            f"{_listed(order, labels)} {'moves' if len(order) == 1 else 'move'} "
            f"among the values of {after.label}",
        )


def _one_value_changes(
    attribute: AttributeSpec, before: ValueSpec | None, after: ValueSpec
) -> Iterator[Change]:
    if before is None or (before.retired and not after.retired):
        if not after.retired:
            kind, what = (
                (Kind.VALUE_RESTORED, "comes back to") if before else (Kind.VALUE_ADDED, "is added to")
            )
            said = f"{after.label} {what} {attribute.label}"
            yield _value_change(attribute, before or after, kind, said)
    elif after.retired and not before.retired:
        yield _retired(attribute, before)
    if before and before.label != after.label:
        said = f"{before.label} of {attribute.label} is now called {after.label}"
        yield _value_change(attribute, before, Kind.VALUE_RENAMED, said, before.label, after.label)
    if before and before.synonyms != after.synonyms:
        said = f"{after.label} of {attribute.label} has other synonyms"
        texts = (", ".join(before.synonyms), ", ".join(after.synonyms))
        yield _value_change(attribute, before, Kind.SYNONYMS_CHANGED, said, *texts)


def _retired(attribute: AttributeSpec, value: ValueSpec) -> Change:
    said = f"{value.label} of {attribute.label} is retired"
    return _value_change(attribute, value, Kind.VALUE_RETIRED, said)


def _attribute_change(
    attribute: AttributeSpec, kind: Kind, said: str, *, before: str = "", after: str = ""
) -> Change:
    return Change(kind, said, attribute.code, attribute.label, before=before, after=after)


def _value_change(
    attribute: AttributeSpec, value: ValueSpec, kind: Kind, said: str, before: str = "", after: str = ""
) -> Change:
    return Change(kind, said, attribute.code, attribute.label, value.code, value.label, before, after)


def _added_vertical(vertical: VerticalSpec) -> str:
    count = len(vertical.asked)
    return f"{vertical.label} is new, with {count} attribute{'' if count == 1 else 's'}"


def _examples(attribute: AttributeSpec) -> str:
    return "\n".join(f"{example.photo[:8]} {example.caption}".strip() for example in attribute.examples)


def _values(attribute: AttributeSpec) -> str:
    return ", ".join(value.label for value in attribute.offered)


def _listed(codes: Sequence[str], labels: Mapping[str, str]) -> str:
    """Up to three labels, and how many more."""
    shown = [labels[code] for code in codes[:3]]
    more = len(codes) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _longest_rise(numbers: Sequence[int]) -> set[int]:
    """The longest subsequence that only rises, of distinct numbers (patience sorting)."""
    tops: list[int] = []
    below: dict[int, int | None] = {}
    for number in numbers:
        pile = bisect_left(tops, number)
        below[number] = tops[pile - 1] if pile else None
        tops[pile : pile + 1] = [number]
    rise: set[int] = set()
    last = tops[-1] if tops else None
    while last is not None:
        rise.add(last)
        last = below[last]
    return rise

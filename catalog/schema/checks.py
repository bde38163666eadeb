"""What makes a schema unusable: every fault at once, for forms, or the first one, for files. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalog.errors import CatalogError
from catalog.schema.codes import CODE_LENGTH, NAME_LENGTH, code_of, is_code
from catalog.schema.parts import AttributeSpec, ValueSpec, VerticalSpec
from catalog.states import state_of

MOST_ATTRIBUTES = 40
MOST_VALUES = 300
MOST_WEIGHT = 1000.0

Part = VerticalSpec | AttributeSpec | ValueSpec


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and what to do. The message has both, without the place."""

    message: str
    attribute: str = ""
    """code; empty where the vertical itself is at fault"""
    value: str = ""
    """code; empty where the attribute itself is at fault"""
    field: str = ""
    may_wait: bool = False
    """a draft may be kept with it"""


def checked_vertical(spec: VerticalSpec, *, where: str) -> VerticalSpec:
    """The same vertical, if its names and lists can be used.

    Raises:
        CatalogError: for the first fault of vertical_faults; `where` begins the message.
    """
    fault = next(vertical_faults(spec), None)
    if fault is None:
        return spec
    attribute = spec.attribute(fault.attribute)
    place = f"{where} / {attribute.label}" if attribute else where
    raise CatalogError(f"{place}: {fault.message}")


def vertical_faults(spec: VerticalSpec, *, trusted: VerticalSpec | None = None) -> Iterator[Fault]:
    """Too many attributes or values, names that cannot be used or told apart, states as values.

    Attributes that stand the same in the trusted schema are not looked into.
    """
    if message := name_fault(spec.code, spec.label):
        yield Fault(message, field="label")
    if message := crowd_fault(spec.attributes):
        yield Fault(message, field="attributes")
    for code, message in twins(spec.attributes):
        yield Fault(message, attribute=code, field="label")
    for attribute in spec.attributes:
        if trusted is None or trusted.attribute(attribute.code) != attribute:
            yield from attribute_faults(attribute)


def attribute_faults(attribute: AttributeSpec) -> Iterator[Fault]:
    """As vertical_faults, of one attribute."""
    if message := name_fault(attribute.code, attribute.label):
        yield Fault(message, attribute.code, field="label")
    if not 0 <= attribute.weight <= MOST_WEIGHT:
        yield Fault(
            f"weight is {attribute.weight:g}: give a number from 0 to {MOST_WEIGHT:g}",
            attribute.code,
            field="weight",
        )
    if not attribute.offered and not attribute.retired:
        yield Fault(
            "there is no value to choose from: add one or more allowed values",
            attribute.code,
            field="offered",
            may_wait=True,
        )
    if len(attribute.offered) > MOST_VALUES:
        yield Fault(
            f"{len(attribute.offered)} values are more than {MOST_VALUES}: "
            "merge or retire some, or split the attribute",
            attribute.code,
            field="offered",
        )
    for value in attribute.values:
        if message := name_fault(value.code, value.label) or _state_fault(value):
            yield Fault(message, attribute.code, value.code, "label")
    for code, message in twins(attribute.values):
        yield Fault(message, attribute.code, code, "label")
    yield from _synonym_faults(attribute)


def crowd_fault(attributes: Iterable[AttributeSpec]) -> str:
    """That there are too many attributes to ask, or an empty text."""
    asked = sum(not attribute.retired for attribute in attributes)
    if asked <= MOST_ATTRIBUTES:
        return ""
    return f"{asked} attributes are more than {MOST_ATTRIBUTES}: retire some, or split the vertical"


def name_fault(code: str, label: str) -> str:
    """What is wrong with a code and its label, or an empty text."""
    if not code or not label.strip() or len(label) > NAME_LENGTH:
        return f"{label!r} is no name: give one of 1 to {NAME_LENGTH} characters"
    if not is_code(code):
        return (
            f"the code of {label!r} is {code!r}: use letters, digits, dashes and underscores, "
            f"{CODE_LENGTH} at most"
        )
    return ""


def twins(parts: Iterable[Part]) -> Iterator[tuple[str, str]]:
    """(code, message) of each part whose code or name an earlier one has: no answer could tell them apart."""
    by_code: dict[str, Part] = {}
    by_name: dict[str, Part] = {}
    for part in parts:
        name = code_of(part.label)
        if twin := by_code.get(part.code) or by_name.get(name):
            if getattr(twin, "retired", False):
                yield part.code, f"{twin.label!r} is there already, retired: restore it"
            else:
                yield part.code, f"{part.label!r} and {twin.label!r} cannot be told apart: keep one of them"
        by_code[part.code] = by_name[name] = part


def _state_fault(value: ValueSpec) -> str:
    for name in (value.label, value.code, *value.synonyms):
        if state := state_of(name):
            return (
                f"the values have {name!r}, but {state} is a state, which answers every attribute "
                "without being listed: remove it from the list"
            )
    return ""


def _synonym_faults(attribute: AttributeSpec) -> Iterator[Fault]:
    """A synonym names one value only."""
    names = {code_of(value.label): value for value in attribute.offered}
    for value in attribute.offered:
        for synonym in value.synonyms:
            other = names.setdefault(code_of(synonym), value)
            if other is not value:
                yield Fault(
                    f"{synonym!r} names {other.label!r} too: give it to one of the two values",
                    attribute.code,
                    value.code,
                    "synonyms",
                )

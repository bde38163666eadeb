"""What a product's rows say about its attributes -> claims: codes of values, or a state. Pure."""

from functools import lru_cache
from typing import Any, NamedTuple

from catalog.importing.drafts import Draft, Said, read_metadata
from catalog.importing.listing import Claim
from catalog.importing.names import AttributeNames, VerticalNames, listed
from catalog.importing.plan import Role
from catalog.importing.raw import shown
from catalog.importing.texts import as_list, json_cell, tidy
from catalog.states import State, state_of

NOT_ALLOWED = "it is not among the allowed values"


def claims(draft: Draft, vertical: VerticalNames) -> dict[str, Claim]:
    """The answers, by attribute code; what is wrong with them is noted in the draft.

    A column of an attribute that the vertical does not have is metadata.
    """
    given: dict[str, list[Said]] = {}
    for said in draft.answers:
        if attribute := vertical.attribute(said.attribute):
            given.setdefault(attribute.code, []).append(said)
        elif not said.is_column:
            _unknown(draft, said, vertical)
        elif draft.plan.rest is Role.METADATA:
            read_metadata(draft, said.cell)
    shown_by = _evidence(draft, vertical)
    answered: dict[str, Claim] = {}
    for code, answers in given.items():
        if claim := _claim(draft, vertical.attributes[code], answers):
            answered[code] = claim | {"evidence": shown_by.get(code)}
    return answered


def _claim(draft: Draft, attribute: AttributeNames, answers: list[Said]) -> Claim | None:
    meant = [_meant(attribute, said.cell.value, draft.plan.value_separators) for said in answers]
    for said, one in zip(answers, meant, strict=True):
        if one.is_foreign:
            draft.refuse(said.cell, NOT_ALLOWED, attribute.expected)
    values, states = meant[0][:2] if len(meant) == 1 else _together(attribute, meant)
    last = answers[-1].cell
    if states and (values or len(states) > 1):
        draft.refuse(last, "a state stands beside other answers", "give either values or one state")
    elif len(values) > 1 and not attribute.multi:
        both = ", ".join(values)
        draft.refuse(last, "it takes one value", f"keep one of {both}, or let it take several in the schema")
    if not values and not states:
        return None
    return {"values": list(values), "state": states[0].value if states else ""}


class Meant(NamedTuple):
    """What a cell says about an attribute."""

    values: tuple[str, ...] = ()
    """codes, each once, in the schema's order"""
    states: tuple[State, ...] = ()
    is_foreign: bool = False
    """something in it is neither"""


def _together(attribute: AttributeNames, cells: list[Meant]) -> tuple[tuple[str, ...], tuple[State, ...]]:
    values = {value for cell in cells for value in cell.values}
    return attribute.in_order(values), tuple(dict.fromkeys(state for cell in cells for state in cell.states))


def _meant(attribute: AttributeNames, value: Any, separators: str) -> Meant:
    if isinstance(value, str):
        return _meant_by_text(attribute, value, separators)
    names = as_list(value, separators)
    return Meant(is_foreign=True) if names is None else _meant_by_names(attribute, names)


@lru_cache(maxsize=4096)
def _meant_by_text(attribute: AttributeNames, text: str, separators: str) -> Meant:
    """The whole is tried first, for one value may hold the separators of several."""
    whole = " ".join(tidy(text).split())
    if not whole:
        return Meant()
    if not attribute.multi or attribute.value(whole):
        return _meant_by_names(attribute, [whole])
    return _meant_by_names(attribute, as_list(text, separators) or [])


def _meant_by_names(attribute: AttributeNames, names: list[str]) -> Meant:
    values: set[str] = set()
    states: dict[State, None] = {}
    foreign = False
    for name in (" ".join(tidy(name).split()) for name in names):
        if code := attribute.value(name):
            values.add(code)
        elif state := state_of(name):
            states[state] = None
        else:
            foreign = True
    return Meant(attribute.in_order(values), tuple(states), foreign)


def _evidence(draft: Draft, vertical: VerticalNames) -> dict[str, int]:
    """{attribute code: the first photo, from 1, that shows it}."""
    places = {name: place for place, name in enumerate(draft.images, 1)}
    shown_by = {}
    for said in draft.evidence:
        attribute = vertical.attribute(said.attribute)
        if attribute is None:
            _unknown(draft, said, vertical)
            continue
        numbers = _numbers(said.cell.value)
        if not all(type(one) is int and 1 <= one <= len(draft.image_names) for one in numbers):
            draft.refuse(
                said.cell,
                "it is no list of photo numbers",
                f"count the photos from 1 to {len(draft.image_names)}",
            )
        elif numbers:
            shown_by[attribute.code] = min(places[draft.image_names[one - 1]] for one in numbers)
    return shown_by


def _numbers(value: Any) -> list[Any]:
    value = json_cell(value) if isinstance(value, str) else value
    return value if isinstance(value, list) else [value]


def _unknown(draft: Draft, said: Said, vertical: VerticalNames) -> None:
    labels = list(dict.fromkeys(one.label for one in vertical.attributes.values()))
    draft.refuse(
        said.cell,
        f"the vertical {vertical.label} has no attribute {shown(said.attribute)!r}",
        f"add it to the schema, or use one of {listed(labels)}",
    )

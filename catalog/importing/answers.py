"""What a product's rows say about its attributes -> claims: codes of values, or a state. Pure."""

from typing import Any

from catalog.importing.drafts import Draft, Said, read_metadata
from catalog.importing.listing import Claim
from catalog.importing.names import AttributeNames, VerticalNames, listed
from catalog.importing.plan import Role
from catalog.importing.raw import shown
from catalog.importing.texts import as_list, as_text, json_cell, tidy
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
    values: set[str] = set()
    states: set[State] = set()
    for said in answers:
        for name in _names(draft, attribute, said):
            if code := attribute.value(name):
                values.add(code)
            elif state := state_of(name):
                states.add(state)
            else:
                draft.refuse(said.cell, NOT_ALLOWED, attribute.expected)
    last = answers[-1].cell
    if states and (values or len(states) > 1):
        draft.refuse(last, "a state stands beside other answers", "give either values or one state")
    elif len(values) > 1 and not attribute.multi:
        both = ", ".join(attribute.in_order(values))
        draft.refuse(last, "it takes one value", f"keep one of {both}, or let it take several in the schema")
    if not values and not states:
        return None
    return {"values": attribute.in_order(values), "state": next(iter(states)).value if states else ""}


def _names(draft: Draft, attribute: AttributeNames, said: Said) -> list[str]:
    """The names of values in a cell. The whole is tried first, for one value may hold the separators."""
    value = said.cell.value
    text = as_text(value)
    if text is not None:
        text = " ".join(tidy(text).split())
        if not attribute.multi or not text or attribute.value(text):
            return [text] if text else []
    names = as_list(value, draft.plan.value_separators)
    if names is None:
        draft.refuse(said.cell, NOT_ALLOWED, attribute.expected)
    return [" ".join(tidy(name).split()) for name in names or []]


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

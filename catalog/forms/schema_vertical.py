"""What an editor types on the page of a vertical: its name, and the order and fate of its attributes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.http import QueryDict

from catalog.schema.checks import crowd_fault, name_fault
from catalog.schema.edits import stepped
from catalog.schema.parts import AttributeSpec, VerticalSpec


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """One row of the table of attributes."""

    spec: AttributeSpec
    retired: bool
    published: AttributeSpec | None
    """as it is in the schema; None: new in the draft"""

    @property
    def code(self) -> str:
        """The attribute's code."""
        return self.spec.code

    @property
    def is_changed(self) -> bool:
        """It is not what the schema has."""
        return self.published is not None and self.published != replace(self.spec, retired=self.retired)


@dataclass(frozen=True, slots=True)
class VerticalTyped:
    """The vertical's form as it is typed."""

    label: str
    rows: tuple[AttributeRow, ...]
    removed: tuple[str, ...] = ()
    """codes of attributes that were never published and go"""
    error: str = ""

    @property
    def asked(self) -> int:
        """Attributes that are not retired."""
        return sum(not row.retired for row in self.rows)


def vertical_from(spec: VerticalSpec, published: VerticalSpec | None) -> VerticalTyped:
    """The form of a vertical as it is."""
    return VerticalTyped(spec.label, _rows(spec.attributes, published, {}))


def vertical_in(data: QueryDict, spec: VerticalSpec, published: VerticalSpec | None) -> VerticalTyped:
    """The form as the request has it. An attribute that it does not name stays, behind the others."""
    codes, retired = data.getlist("attribute-code"), data.getlist("attribute-retired")
    removed = tuple(data.getlist("attribute-removed"))
    known = {one.code: one for one in spec.attributes if one.code not in removed}
    named = [known.pop(code) for code in dict.fromkeys(codes) if code in known]
    fates = dict(zip(codes, (one == "1" for one in retired), strict=False))
    label = " ".join(data.get("label", "").split())
    typed = VerticalTyped(label, _rows((*named, *known.values()), published, fates), removed)
    crowd = crowd_fault(replace(row.spec, retired=row.retired) for row in typed.rows)
    return replace(typed, error=name_fault(spec.code, label) or crowd)


def with_row_action(typed: VerticalTyped, action: str) -> VerticalTyped:
    """The form after a button of a row: up:3, down:3, retire:3, restore:3 or remove:3."""
    name, _, place = action.partition(":")
    if not place.isdecimal() or int(place) >= len(typed.rows):
        return typed
    rows, index = list(typed.rows), int(place)
    if name in ("up", "down"):
        rows = stepped(rows, index, -1 if name == "up" else 1)
    elif name in ("retire", "restore"):
        rows[index] = replace(rows[index], retired=name == "retire")
    elif name == "remove" and rows[index].published is None:
        return replace(
            typed, rows=(*rows[:index], *rows[index + 1 :]), removed=(*typed.removed, rows[index].code)
        )
    return replace(typed, rows=tuple(rows))


def vertical_of(typed: VerticalTyped, spec: VerticalSpec) -> VerticalSpec:
    """The vertical with what is typed."""
    known = {one.code: one for one in spec.attributes if one.code not in typed.removed}
    named = [replace(known.pop(row.code), retired=row.retired) for row in typed.rows if row.code in known]
    return replace(spec, label=typed.label, attributes=(*named, *known.values()))


def _rows(
    attributes: Iterable[AttributeSpec], published: VerticalSpec | None, fates: dict[str, bool]
) -> tuple[AttributeRow, ...]:
    kept: Sequence[AttributeSpec] = published.attributes if published else ()
    known = {one.code: one for one in kept}
    return tuple(
        AttributeRow(one, fates.get(one.code, one.retired), known.get(one.code)) for one in attributes
    )

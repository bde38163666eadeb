"""What an editor of the schema types: read from the request as it is, with what is wrong beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django import forms
from django.http import QueryDict

from catalog.exporting.as_csv import joined
from catalog.schema.checks import MOST_WEIGHT, Fault, attribute_faults, crowd_fault, twins
from catalog.schema.codes import NAME_LENGTH, free_code
from catalog.schema.csvfile import synonyms_in
from catalog.schema.edits import stepped
from catalog.schema.parts import AttributeSpec, Example, ValueSpec, VerticalSpec
from catalog.schema.spec import SHA256, UNSTORABLE, clean_synonyms


class VerticalForm(forms.Form):
    label = forms.CharField(max_length=NAME_LENGTH)


class SchemaFileForm(forms.Form):
    file = forms.FileField(max_length=NAME_LENGTH)


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One row of the table of values, as it is typed."""

    code: str
    """empty for a row that was typed just now"""
    label: str
    synonyms: str
    retired: bool = False
    published: bool = False
    """labels may refer to it: it is retired, not removed"""
    error: str = ""


@dataclass(frozen=True, slots=True)
class AttributeTyped:
    """The attribute's form as it is typed."""

    label: str = ""
    description: str = ""
    guideline: str = ""
    multi: bool = False
    required: bool = True
    weight: str = "1"
    retired: bool = False
    examples: tuple[Example, ...] = ()
    rows: tuple[ValueRow, ...] = ()
    paste: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    """{field: what is wrong with it}"""

    @property
    def is_faulty(self) -> bool:
        """Something keeps it from being saved."""
        return bool(self.errors) or any(row.error for row in self.rows)


def typed_from(attribute: AttributeSpec, published: set[str]) -> AttributeTyped:
    """The form of an attribute as it is; `published` has the codes of values that labels may refer to."""
    return AttributeTyped(
        label=attribute.label,
        description=attribute.description,
        guideline=attribute.guideline,
        multi=attribute.multi,
        required=attribute.required,
        weight=f"{attribute.weight:g}",
        retired=attribute.retired,
        examples=attribute.examples,
        rows=tuple(_row(value, published) for value in attribute.values),
    )


def typed_in(data: QueryDict, published: set[str]) -> AttributeTyped:
    """The form of an attribute as the request has it. Lines of the paste box become rows."""
    columns = (data.getlist(f"value-{name}") for name in ("code", "label", "synonyms", "retired"))
    rows = [
        ValueRow(code, _line(label), _line(synonyms), retired == "1", code in published)
        for code, label, synonyms, retired in zip(*columns, strict=False)
    ]
    rows = [row for row in rows if row.label or row.published]
    examples = zip(data.getlist("example-photo"), data.getlist("example-caption"), strict=False)
    dropped = set(data.getlist("example-drop"))
    return AttributeTyped(
        label=_line(data.get("label", "")),
        description=_lines(data.get("description", "")),
        guideline=_lines(data.get("guideline", "")),
        multi=data.get("multi") == "1",
        required="required" in data,
        weight=data.get("weight", "").strip(),
        retired=data.get("retired") == "1",
        examples=tuple(
            Example(photo, _line(text))
            for photo, text in examples
            if SHA256.fullmatch(photo) and photo not in dropped
        ),
        rows=(*rows, *_pasted(data.get("paste", ""))),
    )


def with_action(typed: AttributeTyped, action: str) -> AttributeTyped:
    """The form after a button of a row: up:3, down:3, retire:3, restore:3 or remove:3."""
    name, _, place = action.partition(":")
    if not place.isdecimal() or int(place) >= len(typed.rows):
        return typed
    rows, index = list(typed.rows), int(place)
    if name in ("up", "down"):
        rows = stepped(rows, index, -1 if name == "up" else 1)
    elif name in ("retire", "restore"):
        rows[index] = replace(rows[index], retired=name == "retire")
    elif name == "remove" and not rows[index].published:
        del rows[index]
    return replace(typed, rows=tuple(rows))


def spec_of(typed: AttributeTyped, *, code: str, code_is_fixed: bool, taken: set[str]) -> AttributeSpec:
    """The attribute that is typed. Codes that were never published follow the names.

    `taken` has the codes of the vertical's other attributes.
    """
    fixed = {row.code for row in typed.rows if row.published}
    values = tuple(
        ValueSpec(
            row.code if row.published else free_code(row.label, fixed),
            row.label,
            clean_synonyms(row.label, synonyms_in(row.synonyms)),
            row.retired,
        )
        for row in typed.rows
    )
    return AttributeSpec(
        code=code if code_is_fixed else free_code(typed.label, taken),
        label=typed.label,
        description=typed.description,
        guideline=typed.guideline,
        examples=typed.examples,
        multi=typed.multi,
        required=typed.required,
        weight=_weight(typed.weight),
        retired=typed.retired,
        values=values,
    )


def checked(
    typed: AttributeTyped, attribute: AttributeSpec, vertical: VerticalSpec, old: str
) -> AttributeTyped:
    """The form with what is wrong beside each field and row; `old`: the code that it had, or none."""
    errors = typed.errors | {
        name: f"it has the control character {found.group()!r}: remove it"
        for name in ("label", "description", "guideline")
        if (found := UNSTORABLE.search(getattr(typed, name)))
    }
    faults = [fault for fault in attribute_faults(attribute) if not fault.may_wait]
    errors |= {fault.field: fault.message for fault in faults if not fault.value}
    if "weight" in errors:
        errors["weight"] = f"{typed.weight!r} is no weight: give a number from 0 to {MOST_WEIGHT:g}"
    others = [one for one in vertical.attributes if one.code != old]
    errors |= dict(
        ("label", message) for code, message in twins([*others, attribute]) if code == attribute.code
    )
    if message := crowd_fault([*others, attribute]):
        errors["label"] = message
    return replace(typed, errors=errors, rows=_rows_checked(typed.rows, attribute.values, faults))


def _rows_checked(
    rows: Sequence[ValueRow], values: Sequence[ValueSpec], faults: Sequence[Fault]
) -> tuple[ValueRow, ...]:
    """The rows with their codes and faults; of rows with one code the last is to blame."""
    messages = {fault.value: fault.message for fault in faults if fault.value}
    marked = []
    for row, value in reversed(list(zip(rows, values, strict=True))):
        error = messages.pop(value.code, "")
        if UNSTORABLE.search(row.label + row.synonyms):
            error = "it has a control character: remove it"
        elif row.published and not row.label:
            error = "the name is empty: give one, or retire the value"
        marked.append(replace(row, code=value.code if row.code or row.published else "", error=error))
    return tuple(reversed(marked))


def _row(value: ValueSpec, published: set[str]) -> ValueRow:
    synonyms = " | ".join(joined([one]) for one in value.synonyms)
    return ValueRow(value.code, value.label, synonyms, value.retired, value.code in published)


def _pasted(text: str) -> list[ValueRow]:
    """A row for each line; what follows a tab, as when two columns are pasted, are synonyms."""
    lines = (line.partition("\t") for line in text.splitlines())
    return [ValueRow("", _line(label), _line(rest)) for label, _, rest in lines if label.strip()]


def _weight(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return -1.0


def _line(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()

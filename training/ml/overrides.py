"""Change one parameter by its dotted name: sft.optim.learning_rate=1e-3."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import is_dataclass, replace
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from training.ml.errors import DataError

Params = TypeVar("Params")


def override(params: Params, assignments: Iterable[str]) -> Params:
    """Apply each `name=value` in order; names are dotted paths, values are read by the field's type.

    Raises:
        DataError: naming a parameter that there is not, or a value that does not fit, with what does.
    """
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise DataError(f"--set {assignment}: expected NAME=VALUE, as in sft.optim.learning_rate=1e-3")
        params = _set(params, name.split("."), text, assignment)
    return params


def _set(params: Params, path: list[str], text: str, assignment: str) -> Params:
    hints = get_type_hints(type(params))
    name, *rest = path
    if name not in hints:
        raise DataError(f"--set {assignment}: there is no parameter {name!r} here, but {', '.join(hints)}")
    current: Any = getattr(params, name)
    if is_dataclass(current) != bool(rest):
        within = ", ".join(get_type_hints(type(current))) if is_dataclass(current) else "nothing"
        raise DataError(f"--set {assignment}: {name!r} holds {within}: name a single value")
    value = _set(current, rest, text, assignment) if rest else _read(text, hints[name], assignment)
    return replace(params, **{name: value})  # type: ignore[type-var]  # a dataclass, as its fields are


def _read(text: str, hint: Any, assignment: str) -> Any:
    allowed = get_args(hint) if get_origin(hint) in (Literal, UnionType) else (hint,)
    if text in allowed or allowed == (str,):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if type(value) is int and float in allowed:
        value = float(value)
    if get_origin(hint) is Literal or type(value) not in allowed:
        names = ", ".join(getattr(one, "__name__", str(one)) for one in allowed)
        raise DataError(f"--set {assignment}: {text!r} does not fit: expected {names}")
    return value

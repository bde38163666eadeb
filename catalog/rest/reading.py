"""What a request says, read: its body, and numbers of its query."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer

LONGEST = 18
"""Digits of a number that every database can compare an id with."""


def body_of(body: type[BaseSerializer[Any]], request: Request) -> dict[str, Any]:
    """What the request's body says.

    Raises:
        ValidationError: field by field.
    """
    read = body(data=request.data)
    read.is_valid(raise_exception=True)
    found: dict[str, Any] = read.validated_data
    return found


def number_asked(request: Request, name: str, *, of: str) -> int | None:
    """The whole number that a parameter of the query has; None without it.

    Args:
        of: what it is the number of, in words.

    Raises:
        ValidationError: where it has anything else.
    """
    text = request.query_params.get(name, "")
    if text and not (text.isascii() and text.isdigit() and len(text) <= LONGEST):
        raise ValidationError({name: f"{text!r} is no {of}: give the number of one."})
    return int(text) if text else None

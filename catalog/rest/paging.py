"""Pages of the API, by key: the newest rows first, and nothing twice while rows come and go."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from catalog.paging import Cursor, Order

DEFAULT_SIZE, LARGEST_SIZE = 50, 200
PLACE = ("cursor", "size")
"""Parameters of every list."""
NEWEST = Order({"pk": int}, descending=True)
SIZE_PARAMETER: Mapping[str, Any] = {
    "name": "size",
    "in": "query",
    "required": False,
    "description": f"Rows of a page, {DEFAULT_SIZE} unless said.",
    "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE, "default": DEFAULT_SIZE},
}
CURSOR_PARAMETER: Mapping[str, Any] = {
    "name": "cursor",
    "in": "query",
    "required": False,
    "description": "Where the page lies, as `next` and `previous` have it.",
    "schema": {"type": "string"},
}


class KeyPagination(BasePagination):
    """{results, next, previous}: `next` and `previous` are addresses, or null at the ends."""

    order = NEWEST

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows of the page that the request asks for.

        Raises:
            ValidationError: for a filter that there is not, a cursor that is none, or a size out of bounds.
        """
        self.request = request
        filters = getattr(view, "filterset_class", None) if getattr(view, "filter_backends", ()) else None
        check_names(request, filters.base_filters if filters else ())
        size, cursor = page_size(request), page_cursor(request, self.order)
        rows = self._beside(queryset, cursor, size + 1)
        more, rows = len(rows) > size, rows[:size]
        backwards = cursor is not None and cursor.before
        if backwards:
            rows.reverse()
        self.next = self._to(rows[-1], before=False) if rows and (more or backwards) else None
        self.previous = (
            self._to(rows[0], before=True) if rows and cursor and (more or not backwards) else None
        )
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        """The page."""
        return Response(page_body(data, self.next, self.previous))

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        """The page for the OpenAPI document."""
        return page_schema(schema)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Its parameters for the OpenAPI document."""
        return [dict(CURSOR_PARAMETER), dict(SIZE_PARAMETER)]

    def _beside(self, rows: QuerySet[Any], cursor: Cursor | None, count: int) -> list[Any]:
        if cursor is None:
            return list(rows.order_by("-pk")[:count])
        if cursor.before:
            return list(rows.filter(pk__gt=cursor.key[0]).order_by("pk")[:count])
        return list(rows.filter(pk__lt=cursor.key[0]).order_by("-pk")[:count])

    def _to(self, row: Any, *, before: bool) -> str | None:
        return page_address(self.request, str(Cursor(self.order.key_of(row), before, 0)))


def check_names(request: Request, filters: Iterable[str]) -> None:
    """Go on where the query has no more than these filters and the page's place.

    Raises:
        ValidationError: for any other: a filter that is misspelt would keep everything.
    """
    known = [*filters, *PLACE]
    if unknown := [name for name in request.query_params if name not in known]:
        raise ValidationError({unknown[0]: f"There is no such parameter here: use {', '.join(known)}."})


def page_size(request: Request) -> int:
    """How many rows a page is to have.

    Raises:
        ValidationError: where that is no number, or out of bounds.
    """
    text = request.query_params.get("size", str(DEFAULT_SIZE))
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= LARGEST_SIZE):
        raise ValidationError({"size": f"{text!r} is no size: give a number from 1 to {LARGEST_SIZE}."})
    return int(text)


def page_cursor(request: Request, order: Order) -> Cursor | None:
    """Where the page lies; None: at the beginning.

    Raises:
        ValidationError: for a text that is no cursor of this list.
    """
    text = request.query_params.get("cursor", "")
    cursor = Cursor.read(text, order) if text else None
    if text and cursor is None:
        raise ValidationError({"cursor": f"{text!r} is no cursor of this list: take `next` of a page."})
    return cursor


def page_address(request: Request, cursor: str) -> str | None:
    """The address of the same list at this cursor; None for an empty one."""
    if not cursor:
        return None
    return replace_query_param(remove_query_param(request.build_absolute_uri(), "cursor"), "cursor", cursor)


def page_body(rows: Sequence[Any], following: str | None, previous: str | None) -> dict[str, Any]:
    """A page as it is sent."""
    return {"results": rows, "next": following, "previous": previous}


def page_schema(rows: Any) -> dict[str, Any]:
    """What a page of these rows looks like."""
    address = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "required": ["results", "next", "previous"],
        "properties": {"results": rows, "next": address, "previous": address},
    }

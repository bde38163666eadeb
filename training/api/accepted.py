"""The API of accepted answers: all of them by listing, and what changed since a cursor."""

import re
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.paging import Cursor, Order
from catalog.rest.paging import (
    CURSOR_PARAMETER,
    LARGEST_SIZE,
    check_names,
    page_address,
    page_cursor,
    page_size,
)
from catalog.rest.permissions import READERS
from catalog.rest.problems import MEDIA_TYPE, Gone, Problem
from catalog.rest.scopes import Scope
from training.selectors import accepted as selectors
from training.serializers.accepted import AcceptedPage, ChangesPage
from training.services.accepted import BATCH, changes_number, counter_get

BY_KEY = Order({"pk": int})
CURSOR = re.compile(r"([0-9a-f]{8})-([0-9]{1,18})")
NARROWING = [
    OpenApiParameter("listing", str, description="Its id in the catalogue."),
    OpenApiParameter("vertical", str, description="Code."),
    OpenApiParameter("attribute", str, description="Code; needs the vertical."),
]
SIZE = {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE, "default": 50}


class Accepted(APIView):
    """Accepted answers: labels of people, and what the current routing accepts of the model's."""

    roles = READERS
    scope = Scope.READ

    @extend_schema(
        tags=["accepted"],
        operation_id="accepted_list",
        parameters=[
            *NARROWING,
            OpenApiParameter("cursor", str, description=CURSOR_PARAMETER["description"]),
            OpenApiParameter("size", SIZE, description="Listings of a page, 50 unless said."),
        ],
        responses=AcceptedPage,
    )
    def get(self, request: Request) -> Response:
        """What holds now, listing by listing: follow `next` until it is null, past empty pages as well."""
        query = request.query_params
        check_names(request, [one.name for one in NARROWING])
        listing, vertical, attribute = (_text(query, one.name) for one in NARROWING)
        _check_known(vertical, attribute)
        size, cursor = page_size(request), page_cursor(request, BY_KEY)
        last = int(str(cursor.key[0])) if cursor else 0
        listings = selectors.listings_after(last, vertical=vertical, external_id=listing, count=size + 1)
        shown = listings[:size]
        following = str(Cursor((shown[-1],), False, 0)) if len(listings) > size else ""
        page = {
            "results": selectors.accepted_of(shown, attribute=attribute),
            "next": page_address(request, following),
        }
        return Response(AcceptedPage(page).data)


class Changes(APIView):
    """The feed of changes."""

    roles = READERS
    scope = Scope.READ

    @extend_schema(
        tags=["accepted"],
        operation_id="accepted_changes",
        parameters=[
            OpenApiParameter("since", str, description="`cursor` of the answer before; without it, now."),
            OpenApiParameter("size", SIZE, description="Changes of a page, 50 unless said."),
        ],
        responses={
            200: ChangesPage,
            (410, MEDIA_TYPE): OpenApiResponse(
                Problem, description="The cursor is of before a restore: read all accepted answers again."
            ),
        },
    )
    def get(self, request: Request) -> Response:
        """What changed since the cursor: no question is left out, and none comes twice.

        Without `since` there are no changes, only the cursor of now: take it, read all accepted answers, and
        go on from it.
        """
        check_names(request, ["since"])
        if "cursor" in request.query_params:  # Passed over, it would lose what changed meanwhile.
            raise ValidationError({"cursor": "Send the cursor of the answer before as `since`."})
        size, given = page_size(request), request.query_params.get("since", "")
        changes_number(most=BATCH)
        counter = counter_get()
        epoch = counter.epoch.hex[:8]
        if not given:
            page = {"results": [], "cursor": f"{epoch}-{counter.last}", "more": False}
            return Response(ChangesPage(page).data)
        number = _number(given, epoch, counter.last)
        changes = selectors.changes_after(number, count=size + 1)
        shown = changes[:size]
        last = shown[-1].number if shown else number
        page = {"results": shown, "cursor": f"{epoch}-{last}", "more": len(changes) > size}
        return Response(ChangesPage(page).data)


def _number(given: str, epoch: str, last: int) -> int:
    """The place that a cursor names."""
    found = CURSOR.fullmatch(given)
    if found is None:
        raise ValidationError({"since": f"{given!r} is no cursor of this feed: take `cursor` of an answer."})
    number = int(found[2])
    if found[1] != epoch or number > last:
        raise Gone(
            "The cursor is of before the site was restored from a backup: take a new one, and read all "
            "accepted answers again."
        )
    return number


def _text(query: Any, name: str) -> str:
    text: str = query.get(name, "")
    if "\0" in text:
        raise ValidationError({name: "It has a character that no code has: leave it out."})
    return text


def _check_known(vertical: str, attribute: str) -> None:
    if attribute and not vertical:
        raise ValidationError({"vertical": "Name the vertical of the attribute, too."})
    if vertical and not selectors.attribute_known(vertical, attribute):
        what = f"attribute {attribute!r} in {vertical!r}" if attribute else f"vertical {vertical!r}"
        raise ValidationError(
            {"attribute" if attribute else "vertical": f"There is no {what}: see `GET /api/v1/verticals`."}
        )

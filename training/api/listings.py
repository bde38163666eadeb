"""The API of listings, with what people said and models think of them, and of exports."""

from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.errors import CatalogError
from catalog.rest.paging import check_names, page_address, page_body, page_cursor, page_size
from catalog.rest.permissions import READERS, REVIEWERS
from catalog.rest.reading import number_asked
from catalog.rest.scopes import Scope
from catalog.rest.views import OneShown
from training import exporting
from training.exporting import Format, Order, What, choice
from training.listings import Browser, Sort
from training.rest_filters import ApiListingFilter
from training.selectors import resources as selectors
from training.serializers.listings import ListingLine, ListingWholeShown
from training.services.downloads import export_record

FILTERS = [
    OpenApiParameter(name, str, description=f"{one.label}.")
    for name, one in ApiListingFilter.base_filters.items()
]
SORT = OpenApiParameter("sort", str, enum=[sort.value for sort in Sort], description="Newest unless said.")
SETTINGS = ("what", "as", "version")
"""Of an export, beside filters."""
ROWS = (Format.CSV, Format.JSONL, Format.PARQUET)
MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSONL: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
}


@extend_schema(tags=["listings"])
class Listings(OneShown):
    """Listings: products with their photos, labels and predictions."""

    roles = READERS
    serializer_class = ListingWholeShown
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Any]:
        """Every listing."""
        return selectors.listings()

    @extend_schema(parameters=[*FILTERS, SORT], responses=ListingLine(many=True))
    def list(self, request: Request) -> Response:
        """The listings that the filters keep: those of the listings page, walked by key."""
        browser = _browser(request)
        browser.size = page_size(request)
        browser.cursor = page_cursor(request, browser.order)
        page = browser.page()
        rows = ListingLine(browser.rows(page.rows), many=True).data
        following, previous = page_address(request, page.next), page_address(request, page.previous)
        return Response(page_body(list(rows), following, previous))

    def shown(self, row: Any) -> Any:
        """The listing with everything that is known about it."""
        return ListingWholeShown(selectors.listing_whole(row), context=self.get_serializer_context()).data


class Exports(APIView):
    """Exports as files."""

    roles = REVIEWERS
    scope = Scope.READ

    @extend_schema(
        tags=["exports"],
        operation_id="exports_retrieve",
        parameters=[
            *FILTERS,
            OpenApiParameter(
                "what", str, enum=[what.value for what in What], description="labels unless said."
            ),
            OpenApiParameter("as", str, enum=[one.value for one in ROWS], description="jsonl unless said."),
            OpenApiParameter(
                "version",
                {"type": "integer", "minimum": 1},
                description="Whose predictions; the champion's unless said.",
            ),
        ],
        responses={
            (200, media.partition(";")[0]): OpenApiResponse(OpenApiTypes.BINARY, description="The file.")
            for media in MEDIA_TYPES.values()
        },
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Listings, labels, predictions or both side by side, as a file that is written while it is read."""
        try:
            order = _order(request)
        except CatalogError as error:
            raise ValidationError(f"{error}.") from error
        given = {name: text for name, text in request.query_params.items() if name not in SETTINGS}
        export_record(order=order, filters=given)
        answer = StreamingHttpResponse(exporting.pieces(order), content_type=MEDIA_TYPES[order.format])
        name = f"{order.name}-{timezone.localdate():%Y-%m-%d}{order.suffix}"
        answer["Content-Disposition"] = content_disposition_header(True, name) or ""
        answer["Cache-Control"] = "private, no-store"
        answer["X-Accel-Buffering"] = "no"
        return answer


def _browser(request: Request) -> Browser:
    """What the request asks for.

    Raises:
        ValidationError: for a filter or an order that cannot be read.
    """
    check_names(request, [*ApiListingFilter.base_filters, SORT.name])
    browser = Browser(request.query_params)
    browser.filters = ApiListingFilter(request.query_params)
    _check(browser.filters)
    sort = request.query_params.get("sort", "")
    if sort and sort not in browser.sorts:
        raise ValidationError({"sort": f"{sort!r} is no order here: use {', '.join(browser.sorts)}."})
    return browser


def _check(filters: ApiListingFilter) -> None:
    if errors := filters.errors:
        raise ValidationError({name: [str(one) for one in problems] for name, problems in errors.items()})


def _order(request: Request) -> Order:
    """The export that the request asks for.

    Raises:
        ValidationError, CatalogError: for what cannot be read, or a version that there is not.
    """
    query = request.query_params
    check_names(request, [*ApiListingFilter.base_filters, *SETTINGS])
    what, form = _one_of(query, "what", What, What.LABELS), _one_of(query, "as", Format, Format.JSONL)
    if form not in ROWS:
        raise ValidationError({"as": f"{form.value!r} is several files: take it from the page of exports."})
    filters = ApiListingFilter(query)
    _check(filters)
    number = number_asked(request, "version", of="model version")
    version = choice.version_named(number) if what.needs_version else None
    return Order(what=what, format=form, listings=filters.qs, version=version)


def _one_of(query: Any, name: str, kind: Any, otherwise: Any) -> Any:
    text = query.get(name) or otherwise.value
    if text not in [one.value for one in kind]:
        raise ValidationError({name: f"{text!r} is not to be had: use {', '.join(kind)}."})
    return kind(text)

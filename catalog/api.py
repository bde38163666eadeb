"""The API of the catalogue: the schema, imports, and the audit log of the site."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.forms import DateField
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from catalog.errors import CatalogError
from catalog.forms.audit import EventForm
from catalog.imaging.sources import STORAGE
from catalog.rest.etags import tagged
from catalog.rest.filters import ImportFilter
from catalog.rest.once import once
from catalog.rest.paging import check_names, page_address, page_body, page_cursor, page_size
from catalog.rest.permissions import ADMINS, EVERYBODY
from catalog.rest.problems import Conflict
from catalog.rest.reading import body_of
from catalog.rest.scopes import Scope
from catalog.rest.views import ApiViewSet, Listed, OneShown
from catalog.selectors import audit, drafts
from catalog.selectors import imports as selectors
from catalog.serializers import (
    EventShown,
    ImportShown,
    ImportWhole,
    ProblemShown,
    UploadBody,
    VerticalLine,
    VerticalShown,
)
from catalog.services import imports as services

EVENT_FILTERS = [
    OpenApiParameter(
        name,
        OpenApiTypes.DATE if isinstance(field, DateField) else OpenApiTypes.STR,
        description=f"{field.label}.",
    )
    for name, field in EventForm.base_fields.items()
]


@extend_schema(tags=["schema"])
class Verticals(ApiViewSet):
    """The schema: verticals with their attributes and allowed values."""

    roles = EVERYBODY
    lookup_field = "code"
    lookup_value_converter = "str"
    pagination_class = None
    filter_backends = ()
    serializer_class = VerticalShown

    @extend_schema(responses=VerticalLine(many=True))
    def list(self, request: Request) -> Response:
        """Every vertical that has a schema, in order; all on one page, for there are few."""
        saved = [row for row in drafts.vertical_rows() if row.version is not None or row.draft is None]
        return Response(VerticalLine(saved, many=True).data)

    def retrieve(self, request: Request, code: str) -> Response:
        """The schema of a vertical, with what is retired."""
        working = drafts.working(code) if "\0" not in code else None
        if working is None or working.published is None:
            raise Http404(f"There is no vertical {code!r}: `GET /api/v1/verticals` lists them.")
        shown = working.published.to_json() | {"version": working.newest or None}
        return tagged(request, VerticalShown(shown).data)


@extend_schema(tags=["imports"])
class Imports(Listed, OneShown):
    """Imports: files that bring listings."""

    roles = ADMINS
    parser_classes = [MultiPartParser, JSONParser]
    filterset_class = ImportFilter

    def get_queryset(self) -> QuerySet[Any]:
        """Every import."""
        return selectors.imports()

    def get_serializer_class(self) -> Any:
        """In lists without the plan."""
        return ImportShown if self.action == "list" else ImportWhole

    @extend_schema(request={"multipart/form-data": UploadBody}, responses={201: ImportWhole})
    @once
    def create(self, request: Request) -> Response:
        """Upload a file of rows. It is read as was guessed from its beginning, unless a plan is given."""
        given, by = body_of(UploadBody, request), cast(User, request.user)
        place = f"{STORAGE}{given['keys']}" if given["keys"] else ""
        try:
            if plan := given.get("plan"):
                services.plan_check(plan)  # Before a file is kept, which no transaction takes back.
            with transaction.atomic():
                row = services.import_upload(
                    rows=given["rows"], photos=given.get("photos"), place=place, by=by
                )
                if plan:
                    services.import_plan(import_id=row.pk, plan=plan)
                if given["load"]:
                    services.import_load(import_id=row.pk)
        except CatalogError as error:
            raise ValidationError(f"{error}.") from error
        shown = self.shown(selectors.import_get(row.pk))
        where = reverse("api:import-detail", args=[row.pk], request=request)
        return Response(shown, status=HTTPStatus.CREATED, headers={"Location": where})

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    @once
    def check(self, request: Request, pk: str) -> Response:
        """Check all rows: nothing is written but what is wrong with them."""
        return self._act(request, services.import_check)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    @once
    def load(self, request: Request, pk: str) -> Response:
        """Load all rows."""
        return self._act(request, services.import_load)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    @once
    def cancel(self, request: Request, pk: str) -> Response:
        """End it: now if it is queued, with its present batch if it runs."""
        return self._act(request, services.import_cancel)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    @once
    def resume(self, request: Request, pk: str) -> Response:
        """Go on with one that failed or was cancelled."""
        return self._act(request, services.import_resume)

    @extend_schema(responses=ProblemShown(many=True), filters=False)
    @action(detail=True, methods=["get"], filter_backends=[])
    def problems(self, request: Request, pk: str) -> Response:
        """What is wrong with its rows, the last first."""
        page = self.paginate_queryset(selectors.problems(self.get_object().pk))
        return self.get_paginated_response(ProblemShown(page, many=True).data)

    def _act(self, request: Request, service: Callable[..., bool]) -> Response:
        row = self.seen(request)
        if not service(import_id=row.pk):
            raise Conflict(f"The import is {row.status}, at the stage {row.stage}: that is not possible now.")
        return Response(self.shown(selectors.import_get(row.pk)))


@extend_schema(tags=["audit"])
class AuditLog(OneShown):
    """The audit log: who did what to what, when and from where. Nothing writes to it but acts themselves."""

    roles = ADMINS
    scope = read_scope = Scope.AUDIT
    filter_backends = ()
    serializer_class = EventShown

    def get_queryset(self) -> QuerySet[Any]:
        """Every entry."""
        return audit.events(audit.Wanted())

    @extend_schema(parameters=EVENT_FILTERS, responses=EventShown(many=True))
    def list(self, request: Request) -> Response:
        """The entries that the filters keep, the newest first."""
        check_names(request, EventForm.base_fields)
        form = EventForm(request.query_params)
        if not form.is_valid():
            raise ValidationError({name: list(map(str, said)) for name, said in form.errors.items()})
        cursor = page_cursor(request, audit.NEWEST)
        page = audit.events_page(form.wanted(), cursor, size=page_size(request))
        following, previous = page_address(request, page.next), page_address(request, page.previous)
        rows = EventShown(page.rows, many=True).data
        return Response(page_body(list(rows), following, previous))

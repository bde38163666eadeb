"""What views of the API are built of."""

from collections.abc import Collection
from typing import Any, ClassVar

from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from attrx_web.roles import Role
from catalog.rest.etags import check_match, tagged
from catalog.rest.scopes import Scope


class ApiViewSet(GenericViewSet[Any]):
    """Routes about one kind of row: `roles` says whom they are for, `scope` what a token needs for writes."""

    roles: ClassVar[Collection[Role]] = ()
    write_roles: ClassVar[Collection[Role]] = ()
    """Who may write, where not all may who read."""
    scope: ClassVar[Scope] = Scope.MANAGE
    lookup_value_converter = "int"

    def shown(self, row: Any) -> Any:
        """The row as the route of one shows it, for answers and ETags."""
        return self.get_serializer(row).data

    def seen(self, request: Request) -> Any:
        """The row that a write is about, if it still is what the request's If-Match names.

        Raises:
            Http404, Stale
        """
        row = self.get_object()
        if "If-Match" in request.headers:
            check_match(request, self.shown(row))
        return row


class Listed(ListModelMixin, ApiViewSet):
    """A list in pages."""


class OneShown(ApiViewSet):
    """The route of one row, with its ETag."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One."""
        return tagged(request, self.shown(self.get_object()))

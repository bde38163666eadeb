"""The API of model versions, their accuracy, and routings."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.rest.once import once
from catalog.rest.permissions import ADMINS, READERS
from catalog.rest.problems import Conflict, problem_response
from catalog.rest.reading import body_of
from catalog.rest.views import Listed, OneShown
from training.ml.errors import DataError
from training.rest_filters import MetricFilter, RoutingFilter, VersionFilter
from training.selectors import champion_id
from training.selectors import routings as routing_selectors
from training.selectors import versions as selectors
from training.selectors.resources import metrics
from training.serializers.models import (
    AliasChangeShown,
    MetricShown,
    PromotionBody,
    RollbackBody,
    RoutingShown,
    RoutingWhole,
    VersionShown,
    VersionWhole,
)
from training.services import versions as services
from training.version_page import version_rows


@extend_schema(tags=["versions"])
class Versions(Listed, OneShown):
    """Model versions: what rounds made, and which of them is the champion."""

    roles = READERS
    write_roles = ADMINS
    filterset_class = VersionFilter
    serializer_class = VersionWhole

    def get_queryset(self) -> QuerySet[Any]:
        """Every version."""
        return selectors.versions()

    @extend_schema(responses=VersionShown(many=True))
    def list(self, request: Request) -> Response:
        """Every version, newest first, with its accuracy and aliases."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(VersionShown(version_rows(page or ()), many=True).data)

    def shown(self, row: Any) -> Any:
        """The version with its figures, and the gate's newest word on it."""
        [whole] = version_rows([row])
        champion = champion_id()
        check = None
        if champion is not None and champion != row.pk:
            check = selectors.latest_check(version_id=row.pk, champion_id=champion)
        return VersionWhole(whole, context={"check": check}).data

    @extend_schema(request=PromotionBody, responses=AliasChangeShown)
    @action(detail=True, methods=["post"])
    @once
    def promote(self, request: Request, pk: str) -> Response:
        """Make it the champion, if it passes the gate or is overridden with a reason."""
        row, given = self.seen(request), body_of(PromotionBody, request)
        try:
            change = services.version_promote(
                version_id=row.pk,
                champion_id=given["champion"],
                by=cast(User, request.user),
                reason=given["reason"],
                override=given["override"],
            )
        except services.GateRefused as error:
            # An answer, not an exception: what the gate found is kept.
            return problem_response(409, "gate_refused", f"{error} Override it with a reason, or leave it.")
        except DataError as error:
            raise Conflict(f"Nothing was changed: {error}.") from error
        return Response(AliasChangeShown(change, context=self.get_serializer_context()).data)

    @extend_schema(request=RollbackBody, responses=AliasChangeShown)
    @action(detail=False, methods=["post"])
    @once
    def rollback(self, request: Request) -> Response:
        """Make the champion before this one the champion again."""
        given = body_of(RollbackBody, request)
        try:
            change = services.version_rollback(
                champion_id=given["champion"], by=cast(User, request.user), reason=given["reason"]
            )
        except DataError as error:
            raise Conflict(f"Nothing was changed: {error}.") from error
        return Response(AliasChangeShown(change, context=self.get_serializer_context()).data)

    @extend_schema(responses=AliasChangeShown(many=True), filters=False)
    @action(detail=False, methods=["get"], filter_backends=[])
    def history(self, request: Request) -> Response:
        """How the aliases came to point where they do, newest first."""
        page = self.paginate_queryset(selectors.alias_history())
        return self.get_paginated_response(
            AliasChangeShown(page, many=True, context=self.get_serializer_context()).data
        )


@extend_schema(tags=["metrics"])
class Metrics(Listed):
    """Gold accuracies of the models of rounds, on all, a vertical, or an attribute."""

    roles = READERS
    serializer_class = MetricShown
    filterset_class = MetricFilter

    def get_queryset(self) -> QuerySet[Any]:
        """Every accuracy."""
        return metrics()


@extend_schema(tags=["routings"])
class Routings(Listed, OneShown):
    """Routings: which answers are accepted, which are reviewed, which are audited."""

    roles = READERS
    filterset_class = RoutingFilter

    def get_queryset(self) -> QuerySet[Any]:
        """Every routing, without its curves."""
        return routing_selectors.routings()

    def get_serializer_class(self) -> Any:
        """In lists without thresholds."""
        return RoutingShown if self.action == "list" else RoutingWhole

    def shown(self, row: Any) -> Any:
        """The routing with its thresholds."""
        row.thresholds_shown = routing_selectors.thresholds_of(routing_id=row.pk)
        return RoutingWhole(row, context=self.get_serializer_context()).data

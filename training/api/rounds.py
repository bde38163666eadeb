"""The API of rounds."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from catalog.rest.once import once
from catalog.rest.permissions import ADMINS, READERS
from catalog.rest.problems import Conflict
from catalog.rest.reading import body_of
from catalog.rest.views import Listed, OneShown
from training import selectors, services
from training.ml.errors import DataError
from training.rest_filters import RoundFilter
from training.selectors.resources import round_metrics, round_versions
from training.serializers.models import RoundBody, RoundShown, RoundWhole


@extend_schema(tags=["rounds"])
class Rounds(Listed, OneShown):
    """Rounds: runs of the loop, with their stages and what their models were measured to know."""

    roles = READERS
    write_roles = ADMINS
    filterset_class = RoundFilter

    def get_queryset(self) -> QuerySet[Any]:
        """Every round, without its frozen inputs."""
        return selectors.rounds()

    def get_serializer_class(self) -> Any:
        """In lists without stages."""
        return RoundShown if self.action == "list" else RoundWhole

    def shown(self, row: Any) -> Any:
        """The round with its stages, its metrics on all gold and its versions."""
        row.stages_shown = selectors.round_progress(row).stages
        row.metrics_shown = round_metrics(round_id=row.pk)
        row.versions_shown = round_versions(round_id=row.pk)
        return RoundWhole(row, context=self.get_serializer_context()).data

    @extend_schema(request=RoundBody, responses={201: RoundWhole})
    @once
    def create(self, request: Request) -> Response:
        """Start a round over the catalogue, labels and base model as they are."""
        given = body_of(RoundBody, request)
        try:
            made = services.round_start(**given, created_by=cast(User, request.user))
        except DataError as error:
            raise Conflict(f"The round cannot start: {error}.") from error
        where = reverse("api:round-detail", args=[made.pk], request=request)
        shown = self.shown(selectors.rounds().get(pk=made.pk))
        return Response(shown, status=HTTPStatus.CREATED, headers={"Location": where})

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    @once
    def cancel(self, request: Request, pk: str) -> Response:
        """End it: now if it is queued, at its next sign of life if it runs."""
        return self._act(request, services.round_cancel)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    @once
    def resume(self, request: Request, pk: str) -> Response:
        """Go on with one that failed or was cancelled: finished stages are kept."""
        return self._act(request, services.round_resume)

    def _act(self, request: Request, service: Callable[..., bool]) -> Response:
        row = self.seen(request)
        if not service(round_id=row.pk):
            raise Conflict(f"Round {row.pk} is {row.status}: that is not possible now.")
        return Response(self.shown(selectors.rounds().get(pk=row.pk)))

"""The API of labelling: labels, tasks, and the work of a person.

A person's work goes through the services of the workspace's page: one queue, one outbox, one set of rules.
"""

from http import HTTPStatus
from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.rest.once import once
from catalog.rest.permissions import REVIEWERS, WORKERS
from catalog.rest.reading import body_of, number_asked
from catalog.rest.scopes import Scope
from catalog.rest.views import ApiViewSet, Listed, OneShown
from catalog.selectors.schema import vertical_id_of
from labeling import queue
from labeling.errors import LabelingError
from labeling.leasing import items_lease
from labeling.rest_filters import LabelFilter, TaskFilter
from labeling.selectors import resources as selectors
from labeling.selectors.work import finished_turns
from labeling.serializers import (
    AliveShown,
    FinishedShown,
    LabelShown,
    LeaseBody,
    LeasedShown,
    MessagesBody,
    RepliesShown,
    TaskShown,
    TokensBody,
)
from labeling.services.outbox import outbox_receive

BEFORE = OpenApiParameter("before", {"type": "integer", "minimum": 1}, description="A turn: older ones come.")


@extend_schema(tags=["labels"])
class Labels(Listed, OneShown):
    """Labels: the answers that hold, which training learns from and is measured by."""

    roles = REVIEWERS
    serializer_class = LabelShown
    filterset_class = LabelFilter

    def get_queryset(self) -> QuerySet[Any]:
        """Every label."""
        return selectors.labels()


@extend_schema(tags=["tasks"])
class Tasks(Listed, OneShown):
    """Tasks: listings that people are asked to look at, and whose turn it is."""

    roles = REVIEWERS
    serializer_class = TaskShown
    filterset_class = TaskFilter

    def get_queryset(self) -> QuerySet[Any]:
        """Every task."""
        return selectors.tasks()


@extend_schema(tags=["work"])
class Work(ApiViewSet):
    """The work of the person: lease, answer, finish, release. Reviews and audits are purposes of work."""

    roles = WORKERS
    scope = Scope.LABEL
    pagination_class = None
    filter_backends = ()
    serializer_class = LeaseBody

    @extend_schema(request=LeaseBody, responses=LeasedShown)
    @action(detail=False, methods=["post"])
    @once
    def lease(self, request: Request) -> Response:
        """Lease work. A lease ends after 50 seconds, unless a heartbeat gives it another term."""
        given = body_of(LeaseBody, request)
        vertical_id = None
        if code := given.get("vertical"):
            vertical_id = vertical_id_of(code)
            if vertical_id is None:
                raise ValidationError({"vertical": f"There is no vertical {code!r}: see /api/v1/verticals."})
        try:
            leased = items_lease(
                person=cast(User, request.user),
                purposes=given["purposes"],
                vertical_id=vertical_id,
                count=given["count"],
                have=given["have"],
            )
        except LabelingError as error:
            raise ValidationError({"purposes": f"{error}."}) from error
        return Response(leased)

    @extend_schema(request=MessagesBody, responses=RepliesShown)
    @action(detail=False, methods=["post"])
    @once
    def messages(self, request: Request) -> Response:
        """Answer, finish, set aside, reopen, remark: a reply comes to each message, in the same order.

        What is done is kept with its message's key: the same message again gets the same reply.
        """
        raw = body_of(MessagesBody, request)["messages"]
        return Response({"replies": outbox_receive(person=cast(User, request.user), raw=raw)})

    @extend_schema(request=TokensBody, responses=AliveShown)
    @action(detail=False, methods=["post"])
    def heartbeat(self, request: Request) -> Response:
        """Give leases another term; what is not in the answer is not yours any more."""
        tokens = body_of(TokensBody, request)["tokens"]
        alive = queue.leases_extend(person=cast(User, request.user), tokens=tokens)
        return Response({"alive": [str(token) for token in tokens if token in alive]})

    @extend_schema(request=TokensBody, responses={204: None})
    @action(detail=False, methods=["post"])
    def release(self, request: Request) -> Response:
        """Give leased work back."""
        queue.leases_release(person=cast(User, request.user), tokens=body_of(TokensBody, request)["tokens"])
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(parameters=[BEFORE], responses=FinishedShown(many=True))
    @action(detail=False, methods=["get"])
    def history(self, request: Request) -> Response:
        """What you finished, the newest first, twenty at a time."""
        before = number_asked(request, "before", of="turn")
        turns = finished_turns(person=cast(User, request.user), before=before)
        return Response(turns)

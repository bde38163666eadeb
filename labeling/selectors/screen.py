"""Reads for the labelling screen: a listing that somebody finished, and whom one may name in a comment."""

from django.contrib.auth.models import User

from labeling.access import ALLOWED
from labeling.items import items_of
from labeling.leases import Lease, new_token
from labeling.models import Annotation, Turn
from labeling.sight import Json


def finished_item(*, person: User, turn_id: int) -> Json | None:
    """The item that the person finished at the task of this turn, with when; None where there is none.

    Its token is the one under which the newest answer was given, so that another answer can take its place.
    """
    finished = Turn.objects.filter(person=person, task__turns=turn_id).exclude(finished=None)
    turn = finished.order_by("pk").first()
    if turn is None or turn.finished is None:
        return None
    said = Annotation.objects.filter(task=turn.task_id, annotator=person, withdrawn=None)
    token = turn.token or said.order_by("-pk").values_list("lease", flat=True).first()
    shown = token or new_token(turn_id=turn.pk, person_id=person.pk)
    items = items_of(person=person, leases=[Lease(turn.pk, turn.task_id, shown)])
    if not items:
        return None
    return items[0] | {"token": str(token) if token else None, "finished": turn.finished.isoformat()}


def workspace_names() -> list[str]:
    """The user names of everybody who works in the workspace."""
    people = User.objects.filter(is_active=True, groups__name__in=ALLOWED).distinct()
    return list(people.order_by("username").values_list("username", flat=True))

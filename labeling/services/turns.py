"""Writes to a turn: its answers, and how it ends, goes on again or goes back.

The person is held (queue.person_hold), and so are the tasks of the listing (services.tasks.tasks_hold).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from labeling.asked import Asked
from labeling.errors import LabelingError
from labeling.messages import Answer, Finish
from labeling.models import Annotation, Suggestion, Task, Turn
from labeling.queue import person_hold
from labeling.services.settling import Voice, settle, voices_of
from labeling.services.talk import comment_add
from labeling.services.tasks import tasks_hold, turn_beside
from labeling.sight import is_blind
from labeling.truth import Said

Theirs = list[dict[str, Any]]
"""Other answers to the same questions: [{attribute, values, state, evidence, by}]."""


@dataclass(frozen=True, slots=True)
class Held:
    """A turn that somebody writes to, with all that is held with it."""

    turn: Turn
    person: User
    asked: Asked
    own: dict[int, Annotation]
    """{attribute id: what the person says about it now}; whoever records an answer keeps it up to date"""

    @property
    def task(self) -> Task:
        """The task of the turn."""
        return self.turn.task

    @property
    def is_finished(self) -> bool:
        """The person has finished it, and may be at it again."""
        return self.turn.person_id == self.person.pk and self.turn.finished is not None


def answer_record(*, held: Held, message: Answer) -> Theirs:
    """Keep what the person says about one question of the turn; what they said before is history.

    Labels follow at once where the turn is finished, for nobody knows whether it will be finished again.
    An answer that was given under an older lease than the one that holds is kept, but does not take the place
    of what the person said since: that is returned, if it differs.

    Raises:
        LabelingError: for an attribute that is not asked, or an answer that it does not allow.
    """
    attribute = held.asked.attribute(message.attribute)
    said = held.asked.checked(attribute, message.values, message.state)
    if said is None and attribute.required and held.is_finished and held.turn.token is None:
        raise LabelingError(f"{held.asked.question(attribute)}: the listing is finished: reopen it first")
    where, attribute_id = held.asked.question(attribute), held.asked.schema.attribute_ids[attribute.code]
    _check_evidence(held, where, message.evidence)
    _check_suggestion(held, where, attribute_id, message)
    earlier = held.own.get(attribute_id)
    outdated = earlier is not None and message.token not in (held.turn.token, earlier.lease)
    if earlier is not None and not outdated:
        Annotation.objects.filter(pk=earlier.pk).update(withdrawn=timezone.now())
        del held.own[attribute_id]
    if said is not None:
        given = _annotation_add(held, attribute_id, said, message, withdrawn=outdated)
        held.own.setdefault(attribute_id, given)
    if held.is_finished and said is not None and not outdated:
        _settle(held, voices_of(held.task))
    if earlier is None or not outdated or said == Said(tuple(earlier.values), earlier.state):
        return []
    return [
        {
            "attribute": attribute.code,
            "values": earlier.values,
            "state": earlier.state,
            "evidence": earlier.evidence_position,
            "by": held.person.get_username(),
        }
    ]


def turn_finish(*, held: Held, message: Finish) -> Theirs:
    """Close the person's turn and settle what can be settled.

    Whoever lost the turn to somebody else on the way gets a turn beside it: both answers are kept, and those
    of others that differ are returned.

    Raises:
        LabelingError: when a required question has no answer, naming it.
    """
    voices = voices_of(held.task)
    own = voices.get(held.person.pk, {})
    if missing := [one.label for one in held.asked.required if one.code not in own]:
        raise LabelingError(
            f"{held.asked.where}: not answered yet: {', '.join(missing)}: answer, or choose a state"
        )
    is_beside = _close(held, message.seconds)
    _settle(held, voices)
    return _differing(held, own, voices) if is_beside else []


def task_single(*, held: Held) -> None:
    """Show the task by itself from now on, in no grid, and give the person's turn at it back."""
    Task.objects.filter(pk=held.task.pk, singly=False).update(singly=True)
    turn_let_go(held=held)


def turn_let_go(*, held: Held) -> None:
    """Give the person's turn at the task back as it is; one that was finished before stays finished."""
    mine = Turn.objects.filter(task=held.task, person=held.person)
    nothing = {"token": None, "expires": None}
    mine.exclude(finished=None).update(**nothing)
    mine.filter(finished=None).update(**nothing, person=None, started=None)


@transaction.atomic
def turn_send_back(*, turn_id: int, by: User, text: str) -> None:
    """Return a finished turn to who finished it, with a comment. Its labels stay until they answer again.

    Raises:
        LabelingError: for a turn that nobody has finished, or without a comment.
    """
    turn = Turn.objects.select_related("task__listing", "person").filter(pk=turn_id).first()
    if turn is None or turn.person is None:
        raise LabelingError(f"turn {turn_id}: nobody has finished it: choose one that somebody finished")
    where = f"listing {turn.task.listing.external_id!r}"
    if not text.strip():
        raise LabelingError(f"{where}: no comment: say what is to be looked at again")
    person_hold(turn.person)
    tasks_hold(Task.objects.filter(pk=turn.task_id))
    finished = Turn.objects.filter(pk=turn_id, person=turn.person, returned=None).exclude(finished=None)
    if not finished.update(returned=timezone.now()):
        raise LabelingError(
            f"{where}: it is not finished, or was sent back already: wait until it is finished"
        )
    text = f"@{turn.person.get_username()} {text.strip()}"
    comment_add(listing=turn.task.listing, attribute="", author=by, text=text)


def _close(held: Held, seconds: float) -> bool:
    """End the person's turn; True when it is beside the others, because somebody else has got the turn."""
    now = timezone.now()
    done = {
        **{"finished": now, "token": None, "expires": None, "withdrawn": None, "returned": None},
        "seconds": Coalesce(F("seconds"), 0.0) + seconds,
    }
    if Turn.objects.filter(task=held.task, person=held.person).update(**done):
        return False
    nobodys = Turn.objects.filter(pk=held.turn.pk, person=None, finished=None)
    if nobodys.update(**done, person=held.person):
        return False
    turn_beside(held.turn, person=held.person, finished=now, seconds=seconds)
    return True


def _settle(held: Held, voices: Mapping[int, Mapping[str, Voice]]) -> None:
    settle(task=held.task, asked=held.asked, voices=voices, by=held.person)


def _annotation_add(
    held: Held, attribute_id: int, said: Said, message: Answer, *, withdrawn: bool
) -> Annotation:
    return Annotation.objects.create(
        listing_id=held.task.listing_id,
        attribute_id=attribute_id,
        annotator=held.person,
        task=held.task,
        values=list(said.values),
        state=said.state,
        evidence_position=message.evidence,
        suggestion_id=message.suggestion,
        reasoning_wrong=message.reasoning_wrong,
        schema_version_id=held.asked.schema.version_id,
        idempotency_key=f"{held.person.pk}:{message.key}",
        lease=message.token,
        withdrawn=timezone.now() if withdrawn else None,
    )


def _check_evidence(held: Held, where: str, number: int | None) -> None:
    images = held.task.listing.images
    if number is not None and not images.filter(position=number).exists():
        raise LabelingError(f"{where}: there is no photo {number}: give a number from 1 to {images.count()}")


def _check_suggestion(held: Held, where: str, attribute_id: int, message: Answer) -> None:
    """What was shown may be named, and what is wrong with it; a blind turn was shown nothing."""
    if message.suggestion is None:
        if message.reasoning_wrong:
            raise LabelingError(f"{where}: reasoning_wrong says nothing without a suggestion: name one")
        return
    if is_blind(held.turn):
        raise LabelingError(f"{where}: it is answered without suggestions: leave the suggestion out")
    about = Suggestion.objects.filter(listing=held.task.listing_id, attribute=attribute_id)
    if not about.filter(pk=message.suggestion).exists():
        raise LabelingError(f"{where}: there is no suggestion {message.suggestion} for it: leave it out")


def _differing(held: Held, own: Mapping[str, Voice], voices: Mapping[int, Mapping[str, Voice]]) -> Theirs:
    """What others say otherwise who have finished."""
    others = held.task.turns.exclude(finished=None).exclude(person=held.person)
    return [
        {
            "attribute": one.code,
            "values": list(voice.said.values),
            "state": voice.said.state,
            "evidence": voice.evidence,
            "by": voice.name,
        }
        for one in held.asked.attributes
        for person_id in others.values_list("person_id", flat=True)
        if (voice := voices.get(person_id or 0, {}).get(one.code))
        if one.code in own and voice.said != own[one.code].said
    ]

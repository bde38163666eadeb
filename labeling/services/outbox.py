"""What becomes of the messages of a browser's outbox. A request is one transaction; a message is done once.

An answer is kept whoever has the turn by now: somebody's work is never thrown away. Whether it becomes the
label is decided when the turn is finished (truth.py). What is refused is refused before anything is written,
so that the other messages of the request stand.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import singledispatch
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from labeling.access import purposes_of
from labeling.asked import Asked, asked_of
from labeling.errors import LabelingError
from labeling.items import items_of
from labeling.leases import was_leased
from labeling.messages import Answer, Aside, Finish, Message, Remark, Reopen, Single, parse_message
from labeling.models import Annotation, Receipt, SetAside, Task, Turn
from labeling.queue import leases_of, person_hold, turn_lease_again
from labeling.services import talk, turns
from labeling.services.tasks import tasks_hold
from labeling.services.turns import Held, Theirs

Reply = dict[str, Any]
"""{key, status: done | conflict | refused, ...}"""


def outbox_receive(*, person: User, raw: Sequence[object]) -> list[Reply]:
    """Do what these messages say, as they came; returns a reply to each.

    One that cannot be read is refused.
    """
    read = [_read(one) for one in raw]
    replies = iter(
        messages_receive(person=person, messages=[one for one in read if isinstance(one, Message)])
    )
    return [next(replies) if isinstance(one, Message) else one for one in read]


@transaction.atomic
def messages_receive(*, person: User, messages: Sequence[Message]) -> list[Reply]:
    """Do what the messages say, in their order, each whole or not at all; returns a reply to each.

    A message that was done gets the reply that it got before. One that was refused is tried again.
    """
    person_hold(person)
    kept = Receipt.objects.filter(person=person, key__in={message.key for message in messages})
    known: dict[str, Reply] = dict(kept.values_list("key", "answer"))
    desk = _Desk(person, {message.turn for message in messages if message.key not in known})
    fresh: dict[str, Reply] = {}
    replies = []
    for message in messages:
        reply = known.get(message.key) or fresh.get(message.key)
        if reply is None:
            reply = _done(message, desk)
            if reply["status"] != "refused":
                fresh[message.key] = reply
        replies.append({"key": message.key} | reply | _item(person, reply))
    Receipt.objects.bulk_create(Receipt(person=person, key=key, answer=reply) for key, reply in fresh.items())
    return replies


class _Desk:
    """The turns that the messages of a request are about, held from its beginning and read once."""

    def __init__(self, person: User, turn_ids: Collection[int]) -> None:
        self.person = person
        self._turn_ids = turn_ids
        self._asked: dict[int, Asked] = {}
        self._turns: dict[int, Turn] = {}
        self._own = defaultdict[int, dict[int, Annotation]](dict)
        self._stale: set[int] = set()
        tasks_hold(Task.objects.filter(turns__in=turn_ids))
        self._look(Turn.objects.filter(pk__in=turn_ids))

    def changed(self, held: Held) -> None:
        """Read the turns at this task again before a next message about one, for this one changed them."""
        self._stale.add(held.task.pk)

    def held(self, message: Message) -> Held:
        """The turn of the message.

        Raises:
            LabelingError: for a turn that this person never had, or may not work on; and where there is none.
        """
        turn = self._turns.get(message.turn)
        if turn and turn.task_id in self._stale:
            self._stale.remove(turn.task_id)
            self._look(Turn.objects.filter(pk__in=self._turn_ids, task=turn.task_id))
            turn = self._turns.get(message.turn)
        if turn is None or not self._is_theirs(turn, message.token):
            raise LabelingError(f"turn {message.turn}: it was never yours, or is gone: take the next item")
        if turn.task_id not in self._asked:
            self._asked[turn.task_id] = asked_of(turn.task)
        return Held(turn, self.person, self._asked[turn.task_id], self._own[turn.task_id])

    def _look(self, rows: QuerySet[Turn]) -> None:
        turns = list(rows.select_related("task__listing"))
        tasks = {turn.task_id for turn in turns}
        self._turns |= {turn.pk: turn for turn in turns}
        self._own |= {pk: {} for pk in tasks}
        own = Annotation.objects.filter(annotator=self.person, withdrawn=None)
        for one in own.filter(task__in=tasks).order_by("pk"):
            self._own[one.task_id or 0][one.attribute_id] = one

    def _is_theirs(self, turn: Turn, token: UUID | None) -> bool:
        if turn.purpose not in purposes_of(self.person):
            return False
        had = was_leased(turn_id=turn.pk, person_id=self.person.pk, token=token)
        return had or turn.person_id == self.person.pk


def _read(raw: object) -> Message | Reply:
    try:
        return parse_message(raw)
    except LabelingError as error:
        key = raw.get("key") if isinstance(raw, dict) else None
        return {"key": key, "status": "refused", "error": str(error)}


def _done(message: Message, desk: _Desk) -> Reply:
    try:
        return _do(message, desk)
    except LabelingError as error:
        return {"status": "refused", "error": str(error)}


@singledispatch
def _do(message: Message, desk: _Desk) -> Reply:
    raise TypeError(f"nothing is done with {type(message).__name__}")


@_do.register
def _answer(message: Answer, desk: _Desk) -> Reply:
    return _told(turns.answer_record(held=desk.held(message), message=message))


@_do.register
def _finish(message: Finish, desk: _Desk) -> Reply:
    held = desk.held(message)
    theirs = turns.turn_finish(held=held, message=message)
    desk.changed(held)
    return _told(theirs)


@_do.register
def _aside(message: Aside, desk: _Desk) -> Reply:
    held = desk.held(message)
    if message.minutes is None and not message.reason.strip():
        raise LabelingError(f"{held.asked.where}: no reason: say why you skip it, or for how many minutes")
    until = Now() + timedelta(minutes=message.minutes) if message.minutes else None
    SetAside.objects.update_or_create(
        task=held.task, person=desk.person, defaults={"reason": message.reason.strip(), "until": until}
    )
    turns.turn_let_go(held=held)
    desk.changed(held)
    return {"status": "done"}


@_do.register
def _single(message: Single, desk: _Desk) -> Reply:
    held = desk.held(message)
    turns.task_single(held=held)
    desk.changed(held)
    return {"status": "done"}


@_do.register
def _reopen(message: Reopen, desk: _Desk) -> Reply:
    held = desk.held(message)
    lease = turn_lease_again(turn=held.turn, person=desk.person)
    if lease is None:
        raise LabelingError(f"{held.asked.where}: you have not finished it: choose one from your history")
    desk.changed(held)
    return {"status": "done", "token": str(lease.token)}


@_do.register
def _remark(message: Remark, desk: _Desk) -> Reply:
    comment = talk.comment_add(
        listing=desk.held(message).task.listing,
        attribute=message.attribute,
        author=desk.person,
        text=message.text,
        flag=message.flag,
    )
    return {"status": "done", "comment": comment.pk}


def _told(theirs: Theirs) -> Reply:
    return {"status": "conflict", "theirs": theirs} if theirs else {"status": "done"}


def _item(person: User, reply: Reply) -> Reply:
    """The item of a turn that was leased again, as long as that lease is the person's."""
    if "token" not in reply:
        return {}
    items = items_of(person=person, leases=leases_of(person=person, tokens=[UUID(reply["token"])]))
    return {"item": items[0] if items else None}

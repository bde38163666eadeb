"""What becomes of the messages of a browser's outbox. Each is one transaction, and is done once.

An answer is kept whoever has the turn by now: somebody's work is never thrown away. Whether it becomes the
label is decided when the turn is finished (truth.py).
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import singledispatch
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.errors import LabelingError
from labeling.messages import Answer, Aside, Finish, Message, Remark, Reopen
from labeling.models import Receipt, SetAside, Turn
from labeling.services import talk, turns

Reply = dict[str, Any]
"""{key, status: done | conflict | refused, ...}"""


def messages_receive(*, person: User, messages: Sequence[Message]) -> list[Reply]:
    """Do what the messages say, in their order, each whole or not at all; returns a reply to each.

    A message whose key is known gets the reply that it got before.
    """
    keys = [message.key for message in messages]
    known = dict(Receipt.objects.filter(person=person, key__in=keys).values_list("key", "answer"))
    replies = []
    for message in messages:
        if message.key not in known:
            known[message.key] = _receive(person, message)
        replies.append(known[message.key])
    return replies


def _receive(person: User, message: Message) -> Reply:
    try:
        with transaction.atomic():
            receipt = Receipt.objects.create(person=person, key=message.key, answer={})
            receipt.answer = {"key": message.key} | _done(person, message)
            receipt.save(update_fields=["answer"])
        reply: Reply = receipt.answer
    except IntegrityError:
        # The same message came twice at once, and the other one was first.
        other = Receipt.objects.filter(person=person, key=message.key).first()
        if other is None:
            raise
        reply = other.answer
    return reply


def _done(person: User, message: Message) -> Reply:
    try:
        with transaction.atomic():
            return _do(message, person)
    except LabelingError as error:
        return {"status": "refused", "error": str(error)}


@singledispatch
def _do(message: Message, person: User) -> Reply:
    raise LabelingError(f"message {message.key!r}: nothing is done with {type(message).__name__}")


@_do.register
def _answer(message: Answer, person: User) -> Reply:
    turn = turns.turn_get(message.turn)
    turns.answer_record(turn=turn, person=person, message=message)
    return {"status": "done"}


@_do.register
def _finish(message: Finish, person: User) -> Reply:
    return turns.turn_finish(
        turn=turns.turn_get(message.turn), person=person, token=message.token, seconds=message.seconds
    )


@_do.register
def _aside(message: Aside, person: User) -> Reply:
    turn = turns.turn_get(message.turn)
    until = timezone.now() + timedelta(minutes=message.minutes) if message.minutes else None
    SetAside.objects.update_or_create(
        task=turn.task, person=person, defaults={"reason": message.reason, "until": until}
    )
    Turn.objects.filter(pk=turn.pk, person=person, finished=None).update(
        person=None, token=None, expires=None, started=None
    )
    return {"status": "done"}


@_do.register
def _reopen(message: Reopen, person: User) -> Reply:
    return turns.turn_reopen(turn=turns.turn_get(message.turn), person=person)


@_do.register
def _remark(message: Remark, person: User) -> Reply:
    turn = turns.turn_get(message.turn)
    comment = talk.comment_add(
        listing=turn.task.listing,
        attribute=message.attribute,
        author=person,
        text=message.text,
        flag=message.flag,
    )
    return {"status": "done", "comment": comment.pk}

"""Writes that are done once however often they are asked for: the answer is kept with what was written."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import GivenAnswer


class KeyTaken(Exception):
    """The key stands for another request of the same person."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it can be given again."""

    code: int
    body: Any
    """JSON"""
    headers: dict[str, str] = field(default_factory=dict)
    again: bool = False
    """it was given before"""


def fingerprint(*parts: bytes) -> str:
    """The SHA-256 of the parts of a request, in hexadecimal; where one ends and the next begins counts."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()


def answer_once(*, person: User, key: str, request: str, do: Callable[[], Reply]) -> Reply:
    """Do what is asked for, in a transaction with the note that it was done; or say again what was answered.

    Whoever asks at the same time waits for the first. What `do` refuses (a code from 400 on, or an exception)
    is not kept, and may be asked for again under the same key.

    Args:
        request: the fingerprint of what is asked for.

    Raises:
        KeyTaken: when the key was used for another request.
    """
    try:
        with transaction.atomic():
            GivenAnswer.objects.filter(person=person, key=key, expires__lte=timezone.now()).delete()
            with transaction.atomic():
                kept = GivenAnswer.objects.create(person=person, key=key, fingerprint=request)
            reply = do()
            if reply.code >= 400:
                kept.delete()
            else:
                kept.code, kept.headers, kept.body = reply.code, reply.headers, reply.body
                kept.save(update_fields=["code", "headers", "body"])
            return reply
    except IntegrityError:
        known = GivenAnswer.objects.filter(person=person, key=key).first()
        if known is None:  # It was something else that the database refused.
            raise
    if known.fingerprint != request:
        raise KeyTaken
    return Reply(known.code, known.body, known.headers, again=True)


def answers_forget() -> int:
    """Forget answers whose time is over; returns how many."""
    return GivenAnswer.objects.filter(expires__lte=timezone.now()).delete()[0]

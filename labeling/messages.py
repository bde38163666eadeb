"""What a browser's outbox sends: messages, read and checked. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from labeling.jsonfields import Fields

LONGEST_KEY = 64
MOST_SECONDS = 3600.0
"""A turn counts at most this long: somebody went to lunch."""
MOST_MINUTES = 365 * 24 * 60


@dataclass(frozen=True, slots=True)
class Message:
    """Something that a person did with a turn, under the lease that the browser knows."""

    kind: ClassVar[str]
    key: str
    """its own: the same message again changes nothing"""
    turn: int
    token: UUID | None


@dataclass(frozen=True, slots=True)
class Answer(Message):
    """An answer to one question; without values and state it takes the earlier answer back."""

    kind = "answer"
    attribute: str
    values: tuple[str, ...]
    state: str
    evidence: int | None
    suggestion: int | None
    reasoning_wrong: bool = False
    """the answer is right, but the chains of the suggestion that end in it reason wrongly"""


@dataclass(frozen=True, slots=True)
class Finish(Message):
    """The turn is done, after so many seconds of work."""

    kind = "finish"
    seconds: float


@dataclass(frozen=True, slots=True)
class Aside(Message):
    """The person does not want the task now: for some minutes, or for good with a reason."""

    kind = "aside"
    reason: str
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Single(Message):
    """The person left the task out of a grid of like ones: it is to be looked at by itself."""

    kind = "single"


@dataclass(frozen=True, slots=True)
class Reopen(Message):
    """The person wants to change what they finished."""

    kind = "reopen"


@dataclass(frozen=True, slots=True)
class Remark(Message):
    """A comment on the listing or one of its attributes, or a flag."""

    kind = "remark"
    attribute: str
    text: str
    flag: bool


def parse_message(raw: object) -> Message:
    """Read one message.

    Raises:
        LabelingError: naming the field that cannot be used and what belongs there.
    """
    fields = Fields.of(raw, where="message")
    kind, key = fields.text("kind"), fields.text("key", longest=LONGEST_KEY)
    if not key:
        raise fields.wrong("key", "a key of its own to each message")
    if kind not in READERS:
        raise fields.wrong("kind", f"one of {', '.join(READERS)}")
    return READERS[kind](fields, key, fields.number("turn"), fields.uuid("token"))


def _answer(fields: Fields, key: str, turn: int, token: UUID | None) -> Answer:
    return Answer(
        key,
        turn,
        token,
        attribute=fields.text("attribute"),
        values=fields.texts("values"),
        state=fields.text("state"),
        evidence=fields.number_or_none("evidence"),
        suggestion=fields.number_or_none("suggestion"),
        reasoning_wrong=fields.flag("reasoning_wrong"),
    )


def _finish(fields: Fields, key: str, turn: int, token: UUID | None) -> Finish:
    return Finish(key, turn, token, seconds=min(fields.amount("seconds"), MOST_SECONDS))


def _aside(fields: Fields, key: str, turn: int, token: UUID | None) -> Aside:
    minutes = fields.number_or_none("minutes")
    if minutes is not None and minutes > MOST_MINUTES:
        raise fields.wrong("minutes", f"a whole number from 1 to {MOST_MINUTES}, or null")
    return Aside(key, turn, token, reason=fields.text("reason"), minutes=minutes)


def _single(fields: Fields, key: str, turn: int, token: UUID | None) -> Single:
    return Single(key, turn, token)


def _reopen(fields: Fields, key: str, turn: int, token: UUID | None) -> Reopen:
    return Reopen(key, turn, token)


def _remark(fields: Fields, key: str, turn: int, token: UUID | None) -> Remark:
    text = fields.text("text").strip()
    if not text:
        raise fields.wrong("text", "some words, or send nothing")
    return Remark(key, turn, token, attribute=fields.text("attribute"), text=text, flag=fields.flag("flag"))


READERS: Mapping[str, Callable[[Fields, str, int, UUID | None], Message]] = {
    Answer.kind: _answer,
    Finish.kind: _finish,
    Aside.kind: _aside,
    Single.kind: _single,
    Reopen.kind: _reopen,
    Remark.kind: _remark,
}
"""{kind: reads the rest}"""

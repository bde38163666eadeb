"""What a browser's outbox sends: messages, read and checked. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from labeling.errors import LabelingError

LONGEST_KEY = 100
LONGEST_TEXT = 5000
MOST_SECONDS = 3600.0
"""A turn counts at most this long: somebody went to lunch."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something that a person did. `key` is its own: the same message again changes nothing."""

    kind: ClassVar[str]
    key: str


@dataclass(frozen=True, slots=True)
class OfTurn(Message):
    """About a turn that the person had, by the lease that the browser knows."""

    turn: int
    token: UUID | None


@dataclass(frozen=True, slots=True)
class Answer(OfTurn):
    """An answer to one question; without values and state it takes the earlier answer back."""

    kind = "answer"
    attribute: str
    values: tuple[str, ...]
    state: str
    evidence: int | None
    suggestion: int | None


@dataclass(frozen=True, slots=True)
class Finish(OfTurn):
    """The turn is done, after so many seconds of work."""

    kind = "finish"
    seconds: float


@dataclass(frozen=True, slots=True)
class Aside(OfTurn):
    """The person does not want the task now: for some minutes, or for good with a reason."""

    kind = "aside"
    reason: str
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Reopen(OfTurn):
    """The person wants to change what they finished."""

    kind = "reopen"


@dataclass(frozen=True, slots=True)
class Remark(OfTurn):
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
    if not isinstance(raw, dict):
        raise LabelingError(f"message: expected an object, found {raw!r}: send {{kind, key, ...}}")
    fields = _Fields(raw)
    key, kind = fields.text("key", longest=LONGEST_KEY), fields.text("kind")
    if not key:
        raise LabelingError("message: key is empty: send a key of its own with each message")
    turn, token = fields.number("turn"), fields.uuid("token")
    match kind:
        case Answer.kind:
            return Answer(
                key,
                turn,
                token,
                attribute=fields.text("attribute"),
                values=fields.texts("values"),
                state=fields.text("state"),
                evidence=fields.number_or_none("evidence"),
                suggestion=fields.number_or_none("suggestion"),
            )
        case Finish.kind:
            return Finish(key, turn, token, seconds=fields.seconds("seconds"))
        case Aside.kind:
            return Aside(
                key, turn, token, reason=fields.text("reason"), minutes=fields.number_or_none("minutes")
            )
        case Reopen.kind:
            return Reopen(key, turn, token)
        case Remark.kind:
            text = fields.text("text")
            if not text.strip():
                raise LabelingError("message: text is empty: write something, or send nothing")
            return Remark(
                key, turn, token, attribute=fields.text("attribute"), text=text, flag=bool(raw.get("flag"))
            )
    kinds = ", ".join(one.kind for one in (Answer, Finish, Aside, Reopen, Remark))
    raise LabelingError(f"message: kind is {kind!r}: use one of {kinds}")


@dataclass(frozen=True, slots=True)
class _Fields:
    raw: Mapping[str, Any]

    def text(self, name: str, *, longest: int = LONGEST_TEXT) -> str:
        value = self.raw.get(name, "")
        if not isinstance(value, str) or len(value) > longest or "\0" in value:
            raise self._wrong(name, f"a text of at most {longest} characters")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.raw.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self._wrong(name, "a list of texts")
        return tuple(value)

    def number(self, name: str) -> int:
        value = self.number_or_none(name)
        if value is None:
            raise self._wrong(name, "a whole number from 1")
        return value

    def number_or_none(self, name: str) -> int | None:
        value = self.raw.get(name)
        if value is not None and (type(value) is not int or not 1 <= value < 2**63):
            raise self._wrong(name, "a whole number from 1, or null")
        return value

    def seconds(self, name: str) -> float:
        value = self.raw.get(name, 0)
        if type(value) not in (int, float) or not value >= 0:
            raise self._wrong(name, "a number from 0")
        return min(float(value), MOST_SECONDS)

    def uuid(self, name: str) -> UUID | None:
        value = self.raw.get(name)
        if value is None:
            return None
        try:
            return UUID(str(value))
        except ValueError:
            raise self._wrong(name, "a UUID, or null") from None

    def _wrong(self, name: str, expected: str) -> LabelingError:
        return LabelingError(f"message: {name} is {self.raw.get(name)!r}: give {expected}")

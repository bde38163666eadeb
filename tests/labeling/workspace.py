"""A small workspace for tests: a vertical with a schema, listings with photos, and people."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F

from attrx_web.roles import Role
from catalog.models import Listing, Vertical
from catalog.schema.spec import AttributeSpec, ValueSpec, VerticalSpec
from catalog.services.schema import schema_save
from labeling import queue
from labeling.leases import Lease
from labeling.models import Purpose, PurposeRule, SetAside, Task, Turn
from labeling.services.outbox import outbox_receive
from labeling.services.tasks import tasks_open
from tests.factories import ImageFactory, ListingFactory, user_with

COLOUR = AttributeSpec("colour", "Colour", values=(ValueSpec("red", "Red"), ValueSpec("blue", "Blue")))
CLOSING = AttributeSpec(
    "closing", "Closing", multi=True, values=(ValueSpec("zip", "Zip"), ValueSpec("button", "Button"))
)
NOTE = AttributeSpec(
    "note", "Note", required=False, values=(ValueSpec("new", "New"), ValueSpec("old", "Old"))
)

keys = (f"key-{number}" for number in count(1))


def bag(*attributes: AttributeSpec) -> Vertical:
    """The vertical bag that asks these attributes, by default colour, closing and, if wanted, a note."""
    schema_save(spec=VerticalSpec("bag", "Bag", attributes or (COLOUR, CLOSING, NOTE)))
    return Vertical.objects.get(code="bag")


def listings(number: int, vertical: Vertical | None = None) -> list[Listing]:
    """So many listings with a photo each."""
    vertical = vertical or bag()
    made = [ListingFactory.create(vertical=vertical) for _ in range(number)]
    for listing in made:
        ImageFactory.create(listing=listing)
    return made


def tasks(number: int = 1, *, purpose: Purpose = Purpose.GOLD, **fields: Any) -> list[Task]:
    """So many open tasks."""
    ids = [listing.pk for listing in listings(number, fields.pop("vertical", None))]
    tasks_open(listing_ids=ids, purpose=purpose, **fields)
    return list(Task.objects.filter(listing__in=ids, purpose=purpose).order_by("pk"))


def rule(purpose: Purpose, **fields: Any) -> None:
    """Have the purpose worked on so, as if it had been from the beginning."""
    PurposeRule.objects.filter(purpose=purpose).update(**fields)


def step_clock(seconds: float) -> None:
    """Set the database's clock so far forward (or back): every lease then ends so much earlier (or later)."""
    Turn.objects.exclude(expires=None).update(expires=F("expires") - timedelta(seconds=seconds))
    SetAside.objects.exclude(until=None).update(until=F("until") - timedelta(seconds=seconds))


def annotator(name: str = "anna") -> User:
    return user_with(Role.ANNOTATOR, name)


def reviewer(name: str = "rita") -> User:
    return user_with(Role.REVIEWER, name)


def claim(person: User, count: int = 1, *, purpose: Purpose = Purpose.GOLD, **fields: Any) -> list[Lease]:
    """Lease so many turns to the person."""
    wanted = queue.wanted(
        allowed=tuple(Purpose), purposes=[purpose], vertical_id=fields.pop("vertical_id", None)
    )
    return queue.turns_claim(person=person, wanted=wanted, count=count, **fields)


def message(kind: str, lease: Lease | int, /, **fields: Any) -> dict[str, Any]:
    """A message about a lease, or without one about a turn, with a key of its own unless given."""
    turn, token = (lease.turn_id, str(lease.token)) if isinstance(lease, Lease) else (lease, None)
    return {"kind": kind, "key": next(keys), "turn": turn, "token": token} | fields


def answer(lease: Lease | int, attribute: str, *values: str, **fields: Any) -> dict[str, Any]:
    return message("answer", lease, attribute=attribute, values=list(values), **fields)


def answers(lease: Lease, colour: str = "red", closing: str = "zip") -> list[dict[str, Any]]:
    """Answers to what must be answered, and the end."""
    return [
        answer(lease, "colour", colour),
        answer(lease, "closing", closing),
        message("finish", lease, seconds=4),
    ]


def send(person: User, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """The replies to these messages."""
    return outbox_receive(person=person, raw=list(messages))


def statuses(replies: Sequence[dict[str, Any]]) -> list[str]:
    return [reply["status"] for reply in replies]


def label_all(
    person: User, number: int = 1, *, purpose: Purpose = Purpose.GOLD, **fields: Any
) -> list[Lease]:
    """Have the person answer and finish so many turns the same way."""
    leases = claim(person, number, purpose=purpose)
    for lease in leases:
        replies = send(person, *answers(lease, **fields))
        assert statuses(replies) == ["done"] * 3, replies
    return leases

"""A long queue, made by PostgreSQL itself: twelve verticals of four attributes, a task for every listing.

A queue of reviews asks two of them; each has a suggestion with eight chains.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connections
from django.utils import timezone

from attrx_web.accounts import session_content
from attrx_web.roles import Role
from catalog.models import Attribute, SchemaVersion, Value, Vertical
from catalog.schema.spec import AttributeSpec, ValueSpec, VerticalSpec
from labeling.chains import Chain
from labeling.models import Purpose
from training.browse_benchmark.data import bare
from training.queue_benchmark import sql

VERTICALS, ATTRIBUTES, VALUES = 12, 4, 10
GOLD, REVIEW = PURPOSES = Purpose.GOLD.value, Purpose.REVIEW.value
CHAINS = 8
"""Behind each suggestion of a review, of some 300 characters each."""
LARGE = (
    *("catalog_listing", "catalog_photo", "catalog_image", "labeling_task", "labeling_turn"),
    *("labeling_suggestion", "labeling_label"),
)
"""The tables that are filled without their indexes and foreign keys, which are made again afterwards."""

REASONING = (
    "Photo 1 shows the product from the front, in daylight, on a plain background. The part in question is "
    "in the middle of the picture; its edge is straight, its surface even. Photo 2 shows it from the side, "
    "where the seam can be seen. This speaks for what I say below, as far as photos can show it, in line"
)

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person and the key that their session cookie holds."""

    person_id: int
    session: str


def queue_generate(*, tasks: int, using: str, tell: Tell, purpose: str = GOLD) -> None:
    """Fill the empty database that the alias names; `tell` hears what is made next."""
    _schema(using)
    asks = attribute_codes()[:2] if purpose == REVIEW else []
    sizes: dict[str, int | str] = {
        **{"tasks": tasks, "verticals": VERTICALS, "purpose": purpose},
        **{"asks": json.dumps(asks), "votes": json.dumps(_votes())},
    }
    steps = sql.STEPS | (sql.REVIEW_STEPS if purpose == REVIEW else {})
    with connections[using].cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '256MB'")
        cursor.execute("SELECT setseed(0.5)")
        with bare(cursor, LARGE, tell):
            for name, statements in steps.items():
                tell(name)
                for statement in statements:
                    cursor.execute(statement, sizes)
        tell("statistics")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def people_generate(*, people: int, using: str, purpose: str = GOLD) -> list[SignedIn]:
    """Sign so many people in who may work on the purpose."""
    role = Role.REVIEWER if purpose == REVIEW else Role.ANNOTATOR
    group = Group.objects.using(using).create(name=role.value)
    signed_in = []
    for number in range(people):
        user = User.objects.using(using).create(username=f"{role.value}-{number}", password="!")
        user.groups.add(group)
        session = Session.objects.using(using).create(
            session_key=f"benchmark-{number}",
            session_data=SessionStore().encode(session_content(user)),
            expire_date=timezone.now() + timedelta(days=1),
        )
        signed_in.append(SignedIn(user.pk, session.session_key))
    return signed_in


def attribute_codes() -> Sequence[str]:
    """What every listing is asked."""
    return [f"attribute-{place}" for place in range(1, ATTRIBUTES + 1)]


def value_codes() -> Sequence[str]:
    """What every attribute offers."""
    return [f"value-{one}" for one in range(1, VALUES + 1)]


def _votes() -> list[dict[str, object]]:
    """A vote for each value that leads: five chains of eight, two for the next one and one for that after."""
    codes = value_codes()
    votes: list[dict[str, object]] = []
    for place, leading in enumerate(codes):
        second, third = codes[(place + 1) % VALUES], codes[(place + 2) % VALUES]
        ends = [leading] * 5 + [second] * 2 + [third]
        votes.append(
            {
                "shares": {leading: 0.625, second: 0.25, third: 0.125},
                "leading": leading,
                "chains": [
                    Chain(f"{REASONING} {number}.\nAnswer: {answer}", answer, -0.1 * number).to_json()
                    for number, answer in enumerate(ends, 1)
                ],
            }
        )
    return votes


def _schema(using: str) -> None:
    values = tuple(ValueSpec(code, code) for code in value_codes())
    for number in range(1, VERTICALS + 1):
        attributes = tuple(AttributeSpec(code, code, values=values) for code in attribute_codes())
        spec = VerticalSpec(f"vertical-{number}", f"Vertical {number}", attributes)
        vertical = Vertical.objects.using(using).create(
            pk=number, code=spec.code, label=spec.label, position=number
        )
        SchemaVersion.objects.using(using).create(vertical=vertical, number=1, content=spec.to_json())
        for place, one in enumerate(attributes, 1):
            attribute = Attribute.objects.using(using).create(
                vertical=vertical, code=one.code, label=one.label, position=place
            )
            Value.objects.using(using).bulk_create(
                Value(attribute=attribute, code=value.code, label=value.label, position=position)
                for position, value in enumerate(values, 1)
            )

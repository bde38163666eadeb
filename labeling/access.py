"""Who may work on what."""

from django.contrib.auth.models import User
from django.db.models import prefetch_related_objects

from attrx_web.roles import Role
from labeling.models import Purpose

ALLOWED: dict[str, tuple[Purpose, ...]] = {
    Role.ANNOTATOR: (Purpose.SEED, Purpose.GOLD),
    Role.REVIEWER: tuple(Purpose),
    Role.ADMIN: tuple(Purpose),
}
"""{role: purposes}"""


def purposes_of(person: User) -> tuple[Purpose, ...]:
    """The purposes that the person may work on, by role, in order. Whoever has no role has none.

    The person's groups are read once for each `person` object.
    """
    prefetch_related_objects([person], "groups")
    allowed = {purpose for group in person.groups.all() for purpose in ALLOWED.get(group.name, ())}
    return tuple(purpose for purpose in Purpose if purpose in allowed)

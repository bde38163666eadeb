"""Users and their roles."""

from django.contrib.auth.models import Group, User
from django.db import transaction

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import Facts, event_record
from attrx_web.roles import Role


def roles_ensure() -> None:
    """Create the group of every role that has none yet."""
    for role in Role:
        Group.objects.get_or_create(name=role.value)


@transaction.atomic
def user_ensure(*, username: str, password: str, role: Role) -> User:
    """Create the user, or bring an existing one to this password and role."""
    roles_ensure()
    user, created = User.objects.get_or_create(username=username)
    before = sorted(user.groups.values_list("name", flat=True))
    if not (same := user.check_password(password)):
        user.set_password(password)
    user.is_staff = user.is_superuser = role is Role.ADMIN
    user.save()
    user.groups.set([Group.objects.get(name=role.value)])
    if created or before != [role.value]:
        action = Action.USER_ADDED if created else Action.ROLE_CHANGED
        _record(action, user, before={"roles": before}, after={"roles": [role.value]})
    if not (created or same):
        _record(Action.PASSWORD_SET, user)
    return user


def _record(action: Action, user: User, before: Facts | None = None, after: Facts | None = None) -> None:
    event_record(action, kind=Kind.PERSON, key=user.pk, name=user.get_username(), before=before, after=after)

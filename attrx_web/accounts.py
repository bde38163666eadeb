"""Users and their roles. A leaf above the audit log: it imports no app."""

from collections.abc import Collection

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, User
from django.db import transaction

from attrx_web.auditlog.actions import Action
from attrx_web.auditlog.services import person_record
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
    if not (same := user.check_password(password)):
        user.set_password(password)
    user.save()
    if created:
        person_added(user, [role])
        return user
    roles_give(user, [role])
    if not same:
        person_record(Action.PASSWORD_SET, user)
    return user


@transaction.atomic
def person_added(user: User, roles: Collection[Role], *, reason: str = "") -> None:
    """Give a new user their first roles; `reason` says why they may come in."""
    _, after = _roles_set(user, roles)
    person_record(Action.USER_ADDED, user, after={"roles": after}, reason=reason)


@transaction.atomic
def roles_give(user: User, roles: Collection[Role]) -> None:
    """Let the user have these roles and no others."""
    before, after = _roles_set(user, roles)
    if before != after:
        person_record(Action.ROLE_CHANGED, user, before={"roles": before}, after={"roles": after})


def session_content(user: User) -> dict[str, str]:
    """What a session of the user holds; for measurements, whose people have no password."""
    return {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }


def _roles_set(user: User, roles: Collection[Role]) -> tuple[list[str], list[str]]:
    """The roles before and after. The admin may use Django's own admin site as well."""
    before = sorted(user.groups.values_list("name", flat=True))
    user.groups.set([Group.objects.get_or_create(name=role.value)[0] for role in Role if role in roles])
    is_admin = Role.ADMIN in roles
    if (user.is_staff, user.is_superuser) != (is_admin, is_admin):
        user.is_staff = user.is_superuser = is_admin
        user.save(update_fields=["is_staff", "is_superuser"])
    return before, sorted(role.value for role in roles)

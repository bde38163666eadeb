"""Users and their roles."""

from django.contrib.auth.models import Group, User
from django.db import transaction

from attrx_web.roles import Role, roles_give


def roles_ensure() -> None:
    """Create the group of every role that has none yet."""
    for role in Role:
        Group.objects.get_or_create(name=role.value)


@transaction.atomic
def user_ensure(*, username: str, password: str, role: Role) -> User:
    """Create the user, or bring an existing one to this password and role."""
    roles_ensure()
    user, _ = User.objects.get_or_create(username=username)
    if not user.check_password(password):
        user.set_password(password)
    user.save()
    roles_give(user, [role])
    return user

"""Writes of people: their roles, whether they may come in, their sessions and second factors."""

from collections.abc import Collection

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from attrx_web.accounts import roles_give
from attrx_web.auditlog.actions import Action
from attrx_web.auditlog.services import person_record
from attrx_web.roles import Role
from catalog.errors import CatalogError
from catalog.models import ApiToken
from catalog.services.invitations import email_check
from catalog.services.scopes import scopes_set


@transaction.atomic
def person_change(
    *, person_id: int, roles: Collection[Role], email: str, verticals: Collection[str] | None = None
) -> User:
    """Give a person other roles and another address, for which the admin vouches.

    Args:
        verticals: codes of those whose listings the person may see, none for all; None: as before.

    Raises:
        CatalogError: for no role, an address that is none or another's, where nobody would be admin, and for
            an admin who would be limited.
    """
    person = _locked(person_id)
    email = email.strip()
    if not roles:
        raise CatalogError("no role is chosen: close the account instead")
    if Role.ADMIN not in roles:
        _keep_an_admin(person)
    if email and email.lower() != person.email.lower():
        email_check(email, person=person)
    if email != person.email:
        User.objects.filter(pk=person.pk).update(email=email)
        EmailAddress.objects.filter(user=person).delete()
        if email:
            EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
        person_record(Action.EMAIL_CHANGED, person, before={"email": person.email}, after={"email": email})
    roles_give(person, roles)
    if verticals is not None:
        scopes_set(person=person, verticals=verticals)
    return person


@transaction.atomic
def person_close(*, person_id: int, by: User) -> User:
    """Let a person in no more: sessions and tokens end at once, and what they did stays theirs.

    Raises:
        CatalogError: for oneself, and for the last admin.
    """
    person = _locked(person_id)
    if person.pk == by.pk:
        raise CatalogError("this is you: have another admin close your account")
    _keep_an_admin(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    ApiToken.objects.filter(user=person).delete()
    sessions_end(person_id=person.pk)
    person_record(Action.USER_CLOSED, person)
    return person


@transaction.atomic
def person_open(*, person_id: int) -> User:
    """Let a person in again, with the roles that they had."""
    person = User.objects.get(pk=person_id)
    if User.objects.filter(pk=person_id, is_active=False).update(is_active=True):
        person_record(Action.USER_OPENED, person)
    return person


@transaction.atomic
def sessions_end(*, person_id: int, keep: str = "") -> int:
    """End the person's sessions, but one that is kept by its key. How many ended."""
    sessions = list(UserSession.objects.filter(user_id=person_id).exclude(session_key=keep))
    for session in sessions:
        session.end()
    if sessions:
        person_record(
            Action.SESSIONS_ENDED, User.objects.get(pk=person_id), after={"sessions": len(sessions)}
        )
    return len(sessions)


@transaction.atomic
def session_end(*, person_id: int, session_id: int) -> bool:
    """End one session of the person. False when they have no such one."""
    session = UserSession.objects.filter(user_id=person_id, pk=session_id).first()
    if session is None:
        return False
    session.end()
    person_record(Action.SESSIONS_ENDED, User.objects.get(pk=person_id), after={"sessions": 1})
    return True


@transaction.atomic
def sessions_forget() -> int:
    """Forget sessions that have run out, also of people who never logged in. How many there were."""
    ended = Session.objects.filter(expire_date__lte=timezone.now()).delete()[0]
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return ended


@transaction.atomic
def second_factor_remove(*, person_id: int) -> int:
    """Take passkeys, app and recovery codes off an account, whose person has lost them. How many."""
    removed: int = Authenticator.objects.filter(user_id=person_id).delete()[0]
    if removed:
        person_record(Action.FACTOR_REMOVED, User.objects.get(pk=person_id), after={"removed": removed})
    return removed


def _locked(person_id: int) -> User:
    """The person, while the admins are counted: two admins do not take each other's role at once."""
    list(Group.objects.select_for_update().filter(name=Role.ADMIN.value))
    return User.objects.get(pk=person_id)


def _keep_an_admin(person: User) -> None:
    others = User.objects.filter(groups__name=Role.ADMIN.value, is_active=True).exclude(pk=person.pk)
    if person.groups.filter(name=Role.ADMIN.value).exists() and not others.exists():
        raise CatalogError(f"{person.get_username()} is the only admin: make somebody else one first")

"""Writes of invitations."""

import secrets
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from attrx_web.accounts import person_added
from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from attrx_web.roles import Role
from catalog.errors import CatalogError
from catalog.invitelinks import digest_of
from catalog.models import Invitation

MOST_DAYS = 30
SECRET_BYTES = 32


class InvitationGone(CatalogError):
    """The link was used, revoked or has expired, or there never was such a one."""


@transaction.atomic
def invitation_make(
    *, by: User, roles: Collection[Role], days: int, email: str = ""
) -> tuple[Invitation, str]:
    """Invite somebody; returns the invitation with the secret of its link, which nobody can show again.

    Raises:
        CatalogError: for no role, an address that is none or is somebody's, or a link that holds too long.
    """
    email = email.strip()
    if not roles:
        raise CatalogError("no role is chosen: without one there is nothing that the person may do")
    if not 1 <= days <= MOST_DAYS:
        raise CatalogError(f"days is {days}: an invitation holds from 1 to {MOST_DAYS} days")
    if email:
        email_check(email)
        _open().filter(email__iexact=email).update(revoked=timezone.now())
    secret = secrets.token_urlsafe(SECRET_BYTES)
    made = Invitation.objects.create(
        digest=digest_of(secret),
        email=email,
        roles=[role.value for role in Role if role in roles],
        made_by=by,
        expires=timezone.now() + timedelta(days=days),
    )
    _record(Action.INVITATION_MADE, made)
    return made, secret


def email_check(email: str, *, person: User | None = None) -> None:
    """Refuse what is no address, and an address that another person has.

    Raises:
        CatalogError
    """
    try:
        validate_email(email)
    except ValidationError as error:
        raise CatalogError(
            f"e-mail is {email!r}, which is no address: write it like ana@example.org"
        ) from error
    others = EmailAddress.objects.filter(email__iexact=email)
    known = User.objects.filter(email__iexact=email)
    if person is not None:
        others, known = others.exclude(user=person), known.exclude(pk=person.pk)
    if others.exists() or known.exists():
        raise CatalogError(f"somebody here has the address {email} already: look among the people")


def invitation_mailed(*, invitation_id: int) -> None:
    """Note that the link is on its way."""
    Invitation.objects.filter(pk=invitation_id).update(mailed=timezone.now())


@transaction.atomic
def invitation_revoke(*, number: UUID) -> bool:
    """Have the link let nobody in any more. False when it already does not."""
    if not _open().filter(number=number).update(revoked=timezone.now()):
        return False
    _record(Action.INVITATION_REVOKED, Invitation.objects.get(number=number))
    return True


@transaction.atomic
def invitation_accept(*, secret: str, username: str, password: str) -> User:
    """Make the account that the link is for; the link does not hold any more.

    The name and the password are those that the form has checked. An address that an admin wrote down is
    the person's: the admin vouches for it.

    Raises:
        InvitationGone: when the link does not hold (any more), also if two use it at once.
        CatalogError: when somebody has taken the name or the address meanwhile.
    """
    now, digest = timezone.now(), digest_of(secret)
    if not _open().filter(digest=digest).update(accepted=now):
        raise InvitationGone("the invitation was used, was revoked or has expired: ask an admin for another")
    invitation = Invitation.objects.get(digest=digest)
    if User.objects.filter(username__iexact=username).exists():
        raise CatalogError(f"user name is {username!r}, which somebody has: choose another")
    if invitation.email:
        email_check(invitation.email)
    user = User.objects.create_user(username, invitation.email, password)
    person_added(user, [Role(role) for role in invitation.roles], reason=f"invitation {invitation.number}")
    if invitation.email:
        EmailAddress.objects.create(user=user, email=invitation.email, verified=True, primary=True)
    Invitation.objects.filter(pk=invitation.pk).update(accepted_by=user)
    return user


def _record(action: Action, invitation: Invitation) -> None:
    after = {"roles": invitation.roles, "expires": invitation.expires}
    name = invitation.email or "whoever has the link"
    event_record(action, kind=Kind.INVITATION, key=invitation.number, name=name, after=after)


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted__isnull=True, revoked__isnull=True, expires__gt=timezone.now())

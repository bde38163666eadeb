"""Reads of people, their sessions and invitations."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from attrx_web.roles import Role
from catalog.devices import device_of
from catalog.invitelinks import digest_of
from catalog.models import Invitation

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def people(*, search: str = "") -> QuerySet[User]:
    """Everybody with roles, `has_factor` and `session_count`; who is closed comes last."""
    factor = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    holding = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    found = User.objects.annotate(
        has_factor=Exists(factor),
        session_count=Count("usersession", filter=Q(usersession__session_key__in=holding)),
    ).prefetch_related("groups")
    if search:
        found = found.filter(Q(username__icontains=search) | Q(email__icontains=search))
    return found.order_by("-is_active", "username")


def person(person_id: int) -> User | None:
    """One of them."""
    return people().filter(pk=person_id).first()


def roles_of_person(who: User) -> list[Role]:
    """The roles, in order; reads what `people` has fetched."""
    names = {group.name for group in who.groups.all()}
    return [role for role in Role if role.value in names]


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session as a person knows it again."""

    session: UserSession
    device: str
    is_current: bool


def sessions(who: User, *, current: str = "") -> list[SessionLine]:
    """The person's sessions that hold, the last used first; rows of others are of sessions that ran out."""
    rows = list(UserSession.objects.filter(user=who).order_by("-last_seen_at", "-pk"))
    keys = [row.session_key for row in rows]
    holding = set(
        Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).values_list(
            "session_key", flat=True
        )
    )
    return [
        SessionLine(row, device_of(row.user_agent), row.session_key == current)
        for row in rows
        if row.session_key in holding
    ]


@dataclass(frozen=True, slots=True)
class FactorLine:
    """What a person has beside the password."""

    passkeys: int
    has_app: bool


def factors(who: User) -> FactorLine:
    """The second factors of a person."""
    kinds = list(Authenticator.objects.filter(user=who, type__in=FACTORS).values_list("type", flat=True))
    return FactorLine(kinds.count(Authenticator.Type.WEBAUTHN), Authenticator.Type.TOTP in kinds)


def invitations_open() -> QuerySet[Invitation]:
    """Invitations that let somebody in, the newest first."""
    waiting = Invitation.objects.filter(
        accepted__isnull=True, revoked__isnull=True, expires__gt=timezone.now()
    )
    return waiting.select_related("made_by")


def invitation_by(secret: str) -> Invitation | None:
    """The invitation of a link, if it holds."""
    return invitations_open().filter(digest=digest_of(secret)).first()

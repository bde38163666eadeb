"""Sign-ins, passwords and second factors, as Django and allauth tell of them: they have no other way."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.db.models import Q

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record, person_record

UNKNOWN = "a name that nobody has"
"""What was typed is not kept: some type their password there."""


def hear() -> None:
    """Record them from now on."""
    user_logged_in.connect(_signed_in, dispatch_uid="auditlog")
    user_logged_out.connect(_signed_out, dispatch_uid="auditlog")
    user_login_failed.connect(_failed, dispatch_uid="auditlog")
    for signal in (password_set, password_changed, password_reset):
        signal.connect(_password_set, dispatch_uid="auditlog")
    authenticator_added.connect(_factor_added, dispatch_uid="auditlog")
    authenticator_removed.connect(_factor_removed, dispatch_uid="auditlog")


@transaction.atomic
def _signed_in(sender: object, user: User, **_: Any) -> None:
    person_record(Action.SIGNED_IN, user, by=user)


@transaction.atomic
def _signed_out(sender: object, user: User | None, **_: Any) -> None:
    if user is not None:
        person_record(Action.SIGNED_OUT, user, by=user)


@transaction.atomic
def _password_set(sender: object, user: User, **_: Any) -> None:
    person_record(Action.PASSWORD_SET, user, by=user)


@transaction.atomic
def _factor_added(sender: object, user: User, authenticator: Any, **_: Any) -> None:
    person_record(Action.FACTOR_ADDED, user, by=user, after={"kind": authenticator.type})


@transaction.atomic
def _factor_removed(sender: object, user: User, authenticator: Any, **_: Any) -> None:
    person_record(Action.FACTOR_REMOVED, user, by=user, after={"kind": authenticator.type})


@transaction.atomic
def _failed(sender: object, credentials: dict[str, Any], **_: Any) -> None:
    typed = str(credentials.get("username") or credentials.get("email") or "").replace("\0", "")
    known = User.objects.filter(Q(username=typed) | Q(email__iexact=typed)).first() if typed else None
    event_record(
        Action.SIGN_IN_FAILED,
        kind=Kind.PERSON,
        key=known.pk if known else "",
        name=known.get_username() if known else UNKNOWN,
    )

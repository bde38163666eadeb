"""Sign-ins, as Django tells of them. Whatever signs people in sends these signals; nothing else does."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.db.models import Q

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record

UNKNOWN = "a name that nobody has"
"""What was typed is not kept: some type their password there."""


def hear() -> None:
    """Record sign-ins from now on."""
    user_logged_in.connect(_signed_in, dispatch_uid="auditlog")
    user_logged_out.connect(_signed_out, dispatch_uid="auditlog")
    user_login_failed.connect(_failed, dispatch_uid="auditlog")


@transaction.atomic
def _signed_in(sender: object, user: User, **_: Any) -> None:
    event_record(Action.SIGNED_IN, kind=Kind.PERSON, key=user.pk, name=user.get_username(), by=user)


@transaction.atomic
def _signed_out(sender: object, user: User | None, **_: Any) -> None:
    if user is not None:
        event_record(Action.SIGNED_OUT, kind=Kind.PERSON, key=user.pk, name=user.get_username(), by=user)


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

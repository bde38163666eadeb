"""What allauth asks the site: who may sign up (nobody), and whom an issuer vouches for."""

from http import HTTPStatus
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.shortcuts import render

from attrx_web.accounts import person_added, roles_give
from attrx_web.env import SingleSignOn
from attrx_web.roles import Role
from attrx_web.signin.seen import seen_from_now
from attrx_web.visitor import client_address

UNKNOWN_ADDRESS = "0.0.0.0"  # nosec B104  # Of a connection through a socket file, without a proxy.


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """People come by invitation."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "The user name or the password is wrong.",
        "too_many_login_attempts": "Too many wrong passwords: try again in five minutes.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: catalog.services.invitations makes accounts."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address of the browser, or of the first proxy that is not ours."""
        return client_address(request) or UNKNOWN_ADDRESS

    def login(self, request: HttpRequest, user: User) -> None:
        """Begin the session, whose use is written down from now on."""
        super().login(request, user)
        seen_from_now(request.session)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Before changes of how one logs in, where there is anything to show who one is with.

        Who comes through the issuer and has no second factor yet has nothing.
        """
        asked: bool = super().is_reauthentication_required(app=app, **kwargs)
        return asked and bool(self.get_reauthentication_methods(self.request.user))

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """To who has a password: others sign in elsewhere, where they can be turned away."""
        if user.has_usable_password():
            super().send_password_reset_mail(user, email, context)

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Say what changed; not that somebody signed in or out, which they see."""
        template = kwargs.get("message_template") or (args[0] if args else "")
        if template not in {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}:
            super().add_message(request, level, *args, **kwargs)


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Whom the issuer vouches for, and as what."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Whoever has a role by the issuer's word, or gets the default one."""
        return True  # pre_social_login has turned away the others.

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the person by a verified e-mail address, and give them the role that the issuer names.

        Raises:
            ImmediateHttpResponse: for people whom nothing gives a role, and whose account is closed.
        """
        rules = _rules()
        if not sociallogin.is_existing and (person := _of_verified_email(sociallogin)) is not None:
            sociallogin.connect(request, person)
        claimed = claimed_role(rules, sociallogin.account.extra_data)
        known = sociallogin.user if sociallogin.is_existing else None
        if known is not None and claimed:
            roles_give(known, [claimed])
        elif known is not None and rules.claim and not known.has_usable_password():
            # Whom only the issuer vouches for has what it says; others keep what an admin gave them.
            roles_give(known, [Role(rules.default_role)] if rules.default_role else [])
        if why := _why_not(known, sociallogin, rules, claimed):
            raise ImmediateHttpResponse(
                render(request, "socialaccount/refused.html", {"why": why}, status=HTTPStatus.FORBIDDEN)
            )

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """A new person, with the role that the issuer names or the default one."""
        rules = _rules()
        user: User = super().save_user(request, sociallogin, form)
        role = claimed_role(rules, sociallogin.account.extra_data) or Role(rules.default_role)
        person_added(user, [role])
        return user


def _rules() -> SingleSignOn:
    """What is set about the issuer: whoever comes back from one has found it set."""
    rules = settings.ATTRX_SINGLE_SIGN_ON
    assert rules is not None
    return rules


def claimed_role(rules: SingleSignOn, said: dict[str, Any]) -> Role | None:
    """The role that the issuer's claim names; the one that may do most where it names several."""
    if not rules.claim:
        return None
    values = (said.get("userinfo") or {}).get(rules.claim, (said.get("id_token") or {}).get(rules.claim))
    listed = values if isinstance(values, list) else [values]
    named = {rules.roles[value] for value in listed if isinstance(value, str) and value in rules.roles}
    return next((role for role in reversed(Role) if role.value in named), None)


def _of_verified_email(sociallogin: SocialLogin) -> User | None:
    """The one person whose address both sides have verified: neither alone shows whose it is."""
    verified = [one.email for one in sociallogin.email_addresses if one.verified]
    found = {
        one.user_id: one.user
        for email in verified
        for one in EmailAddress.objects.filter(email__iexact=email, verified=True).select_related("user")
    }
    return next(iter(found.values())) if len(found) == 1 else None


def _why_not(known: User | None, sociallogin: SocialLogin, rules: SingleSignOn, claimed: Role | None) -> str:
    """Why somebody whom the issuer knows is not let in; empty: they are."""
    if known is not None:
        if not known.is_active:
            return "Your account is not active any more: ask an admin."
        return "" if known.groups.exists() else f"{rules.name} gives you no role here: ask an admin."
    if not claimed and not rules.default_role:
        return f"{rules.name} knows you, and attrx does not: ask an admin for an invitation."
    addresses = [one.email for one in sociallogin.email_addresses]
    if any(User.objects.filter(email__iexact=one).exists() for one in addresses):
        return "You are new, and somebody here has that address: an admin can say whether it is you."
    return ""

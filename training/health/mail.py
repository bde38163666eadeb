"""Alerts by e-mail, to all admins who have an address."""

from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage

from attrx_web.roles import Role
from training.health.messages import Message
from training.health.webhook import DeliveryError


def mail_addresses() -> list[str]:
    """Of the admins who may sign in."""
    admins = User.objects.filter(groups__name=Role.ADMIN.value, is_active=True).exclude(email="")
    return list(admins.order_by("email").values_list("email", flat=True).distinct())


def mail_send(message: Message) -> None:
    """Send the message to the admins.

    Raises:
        DeliveryError: when the mail server does not take it.
    """
    lines = [message.text, "", f"{message.base}{message.page}", ""]
    lines += [f"{action.label}: {message.base}{action.address}" for action in message.actions]
    mail = EmailMessage(
        subject=f"[attrx] {message.title}",
        body="\n".join(lines),
        from_email=settings.ATTRX_MAIL_FROM,
        bcc=mail_addresses(),
        headers={"Auto-Submitted": "auto-generated"},
    )
    try:
        mail.send()
    except (SMTPException, OSError) as error:
        raise DeliveryError(
            f"The mail server does not take it ({type(error).__name__}: {error}): look at ATTRX_MAIL_URL."
        ) from error

"""Links with which a person chooses a new password, once."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.models import User
from django.urls import reverse


def reset_path(person: User) -> str:
    """The address: it holds for PASSWORD_RESET_TIMEOUT, and until the password or the last log-in changes."""
    names = {"uidb36": user_pk_to_url_str(person), "key": default_token_generator.make_token(person)}
    return reverse("account_reset_password_from_key", kwargs=names)

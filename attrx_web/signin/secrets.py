"""What second factors rest on, unreadable in the database and its backups without the site's secret key."""

import base64
import hashlib

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.encoding import force_bytes


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Keeps secrets of authenticator apps and seeds of recovery codes encrypted."""

    def encrypt(self, text: str) -> str:
        """As it is kept."""
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """As it was given."""
        return _keys().decrypt(encrypted_text.encode()).decode()


def _keys() -> MultiFernet:
    """The site's key first, then those that it had before."""
    return MultiFernet([_key(one) for one in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str | bytes) -> Fernet:
    digest = hashlib.sha256(b"attrx second factors:" + force_bytes(secret)).digest()
    return Fernet(base64.urlsafe_b64encode(digest))

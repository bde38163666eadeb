"""What is kept of an invitation's link."""

import hashlib


def digest_of(secret: str) -> str:
    """SHA-256 of the secret: it has 256 random bits, so that no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()

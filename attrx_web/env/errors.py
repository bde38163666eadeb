"""What is wrong with a variable, in words."""


class EnvError(Exception):
    """A variable that cannot be used. The message names it, its value and the remedy."""


def without_password(url: str) -> str:
    """The address as a message may show it."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"

"""The code of a name: stable, and different for names that a slug cannot tell apart. Pure."""

import hashlib

from django.utils.text import slugify

NAME_LENGTH = 200
CODE_LENGTH = NAME_LENGTH + 7
"""A slug, a dash and 6 characters of a hash."""


def code_of(name: str) -> str:
    """The slug of a name; where that loses characters ("1.5", "<1 l") with 6 characters of the name's hash.

    Names that differ in case, or in spaces against dashes, share a code: no answer could tell them apart.
    """
    slug = slugify(name, allow_unicode=True)
    if slug == "-".join(name.lower().split()) and len(slug) <= NAME_LENGTH:
        return slug
    return f"{slug[:NAME_LENGTH]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}".lstrip("-")

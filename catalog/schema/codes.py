"""The code of a name: stable, and different for names that a slug cannot tell apart. Pure."""

import hashlib
import re
from collections.abc import Container
from functools import lru_cache
from itertools import count

from django.utils.text import slugify

NAME_LENGTH = 200
CODE_LENGTH = NAME_LENGTH + 7
"""A slug, a dash and 6 characters of a hash."""

_CODE = re.compile(r"[\w-]+")


@lru_cache(maxsize=1 << 16)
def code_of(name: str) -> str:
    """The slug of a name; where that loses characters ("1.5", "<1 l") with 6 characters of the name's hash.

    Names that differ in case, or in spaces against dashes, share a code: no answer could tell them apart.
    """
    slug = slugify(name, allow_unicode=True)
    if slug == "-".join(name.lower().split()) and len(slug) <= NAME_LENGTH:
        return slug
    return f"{slug[:NAME_LENGTH]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}".lstrip("-")


def free_code(name: str, taken: Container[str]) -> str:
    """The code of a name, numbered from 2 where another name has taken it ("red" was renamed to Crimson)."""
    code = code_of(name)
    if code not in taken:
        return code
    numbered = (f"{code[: CODE_LENGTH - 5]}-{number}" for number in count(2))
    return next(one for one in numbered if one not in taken)


def is_code(text: str) -> bool:
    """The text can be a code: letters, digits, dashes and underscores of any script."""
    return len(text) <= CODE_LENGTH and _CODE.fullmatch(text) is not None

"""A teacher's address, model, key and price."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlsplit

from attrx_web.env.errors import EnvError, without_password

MODEL_NAME = re.compile(r"\S(?:.{0,88}\S)?")
"""Of a teacher. Suggestions name it as their source."""
PRICE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)/([0-9]{1,6}(?:\.[0-9]{1,6})?) ([A-Z]{3})")


@dataclass(frozen=True)
class Teacher:
    """A large vision model behind an OpenAI-compatible address, which proposes answers."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    """never shown, logged or kept; empty: the address wants none"""
    price: tuple[Decimal, Decimal, str] | None = None
    """of a million tokens that go in and that come out, and the currency"""


def read_teacher(environ: Mapping[str, str]) -> Teacher | None:
    """None: nobody proposes answers before people give them."""
    url, model = environ.get("ATTRX_TEACHER_URL", "").strip(), environ.get("ATTRX_TEACHER_MODEL", "").strip()
    if not url:
        return None
    said = f"ATTRX_TEACHER_URL is {without_password(url)!r}"
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise EnvError(f"{said}, which cannot be read: set it to https://host/v1") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise EnvError(f"{said}, which is no address of an endpoint: set it to https://host/v1")
    if "@" in parts.netloc:
        raise EnvError(f"{said} with a password before it: give that by ATTRX_TEACHER_KEY")
    if not MODEL_NAME.fullmatch(model):
        raise EnvError(
            f"ATTRX_TEACHER_MODEL is {model!r}, and ATTRX_TEACHER_URL needs it: "
            "set it to the name of a vision model there, of 90 characters at most"
        )
    key = environ.get("ATTRX_TEACHER_KEY", "").strip()
    return Teacher(url.rstrip("/"), model, key, _price(environ))


def _price(environ: Mapping[str, str]) -> tuple[Decimal, Decimal, str] | None:
    text = environ.get("ATTRX_TEACHER_PRICE", "").strip()
    if not text:
        return None
    given = PRICE.fullmatch(text)
    if given is None:
        raise EnvError(
            f"ATTRX_TEACHER_PRICE is {text!r}, which is no price: set it to what a million tokens cost that "
            "go in and that come out, and the currency, such as 2.50/10 USD, or unset it to count tokens only"
        )
    return Decimal(given[1]), Decimal(given[2]), given[3]

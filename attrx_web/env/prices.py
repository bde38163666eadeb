"""What an hour of a GPU and an hour of people's work cost, for the dashboard of the loop."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from attrx_web.env.errors import EnvError

PRICE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ([A-Z]{3})")


@dataclass(frozen=True)
class Prices:
    """Prices of an hour, in one currency; None: not given, and only times are shown of it."""

    gpu: Decimal | None = None
    work: Decimal | None = None
    currency: str = ""


def read_prices(environ: Mapping[str, str]) -> Prices:
    """The prices that are given."""
    gpu = _price(environ, "ATTRX_GPU_PRICE", "2.50 USD")
    work = _price(environ, "ATTRX_WORK_PRICE", "30 USD")
    if gpu and work and gpu[1] != work[1]:
        raise EnvError(
            f"ATTRX_GPU_PRICE is in {gpu[1]} and ATTRX_WORK_PRICE in {work[1]}, and they are added up: "
            "give both in one currency"
        )
    currency = next((one[1] for one in (gpu, work) if one), "")
    return Prices(gpu and gpu[0], work and work[0], currency)


def _price(environ: Mapping[str, str], name: str, example: str) -> tuple[Decimal, str] | None:
    text = environ.get(name, "").strip()
    if not text:
        return None
    given = PRICE.fullmatch(text)
    if given is None:
        raise EnvError(
            f"{name} is {text!r}, which is no price: set it to what an hour costs and the currency, such as "
            f"{example}, or unset it to count times only"
        )
    return Decimal(given[1]), given[2]

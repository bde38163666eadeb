"""What requests to a teacher cost: tokens, prices, and the budget that ends a run. Pure."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_UP, Decimal

MILLION = 1_000_000
CENT_OF_CENT = Decimal("0.0001")

BYTES_PER_TOKEN = 3
"""Of text. Tokenizers make a token of four bytes of English, and of two or three of most other scripts."""
PATCH = 28
"""Pixels: many vision models make a token of a square of this side. Others take more or less."""
PHOTO_EXTRA = 16
"""Tokens that stand around a photo."""
REQUEST_EXTRA = 32
"""Tokens that a chat template puts around a request."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that went in and came out."""

    input: int = 0
    output: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.input + other.input, self.output + other.output)

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(self.input - other.input, self.output - other.output)

    def __mul__(self, times: int) -> "Usage":
        return Usage(self.input * times, self.output * times)

    @property
    def tokens(self) -> int:
        """Both together, as budgets count them."""
        return self.input + self.output


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost."""

    input: Decimal
    output: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{in_digits(self.input)} {self.currency} in, {in_digits(self.output)} {self.currency} out"

    def of(self, usage: Usage) -> Decimal:
        """What so many tokens cost, rounded up to a ten-thousandth."""
        cost = (usage.input * self.input + usage.output * self.output) / MILLION
        return cost.quantize(CENT_OF_CENT, ROUND_UP)


def in_digits(amount: Decimal) -> str:
    """The amount with two places, or with as many more as it needs."""
    places = max(2, len(f"{amount.normalize():f}".partition(".")[2]))
    return f"{amount:.{places}f}"


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may use up; None: no limit of that kind."""

    tokens: int | None = None
    money: Decimal | None = None

    def allows(self, usage: Usage, price: Price | None) -> bool:
        """So many tokens are within the budget. Without a price only tokens count."""
        if self.tokens is not None and usage.tokens > self.tokens:
            return False
        return self.money is None or price is None or price.of(usage) <= self.money


def text_tokens(text: str) -> int:
    """About how many tokens a text takes, rather too many than too few."""
    return math.ceil(len(text.encode(errors="replace")) / BYTES_PER_TOKEN)


def photo_tokens(width: int, height: int, *, side: int) -> int:
    """About how many tokens a photo takes that is made no longer than `side` pixels first."""
    scale = min(1.0, side / max(width, height))
    across, down = (math.ceil(max(1.0, pixels * scale) / PATCH) for pixels in (width, height))
    return across * down + PHOTO_EXTRA


def request_most(text: str, photos: Iterable[tuple[int, int]], *, side: int, output: int) -> Usage:
    """An upper estimate of a request with photos of these (width, height) and `output` tokens at most."""
    shown = sum(photo_tokens(*size, side=side) for size in photos)
    return Usage(REQUEST_EXTRA + text_tokens(text) + shown, output)


@dataclass(slots=True)
class Account:
    """What a run has used up, and what the requests under way may use.

    How many tokens a photo takes differs between models by more than ten times. So an estimate is corrected
    by the worst answer so far, and as long as there is none (`is_open`), requests should go one at a time.
    """

    budget: Budget
    price: Price | None = None
    spent: Usage = field(default_factory=Usage)
    reserved: Usage = field(default_factory=Usage)
    worst: float = 1.0
    """the most input that an answer took, for each token of its estimate"""
    is_open: bool = False
    """an answer has come: several requests may be under way"""

    def reserve(self, most: Usage) -> Usage | None:
        """Set the corrected estimate of a request aside; None where the budget does not allow it now."""
        wanted = Usage(math.ceil(most.input * self.worst), most.output)
        if not self.budget.allows(self.spent + self.reserved + wanted, self.price):
            return None
        self.reserved += wanted
        return wanted

    def settle(self, reserved: Usage, used: Usage, *, estimate: Usage) -> None:
        """An answer came: count what it used, and correct the estimates after it."""
        self._take(reserved, used)
        self.is_open = True
        self.worst = max(self.worst, used.input / max(1, estimate.input))

    def write_off(self, reserved: Usage) -> None:
        """What was set aside may have been used: count it as spent."""
        self._take(reserved, reserved)

    def release(self, reserved: Usage) -> None:
        """Nothing of what was set aside was used."""
        self._take(reserved, Usage())

    def _take(self, reserved: Usage, used: Usage) -> None:
        self.reserved -= reserved
        self.spent += used

"""How large the generated database is, and the random numbers that it is drawn from. Pure."""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

VERTICALS, ATTRIBUTES, VALUES = 12, 5, 10
ITERATIONS = 2
"""Of a round, after SFT."""
CHAINS = 8
GOLD, SEED = 50, 10
"""Listings of each vertical."""
WEEKS = 52
PEOPLE = 40


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is asked for."""

    listings: int
    predictions: int
    rounds: int
    seed: int
    until: datetime
    """The newest listing is as old as this."""

    @property
    def between(self) -> timedelta:
        """From one listing to the next: they came over WEEKS."""
        return timedelta(weeks=WEEKS) / self.listings

    def created(self, listing: int) -> datetime:
        """When the listing, from 1, came."""
        return self.until - (self.listings - listing) * self.between

    def random(self, what: str) -> np.random.Generator:
        """Random numbers for one table: they do not depend on what else is drawn."""
        return np.random.default_rng([self.seed, zlib.crc32(what.encode())])


def vertical_of(listing: int) -> int:
    """The vertical, from 1, of a listing: in turns."""
    return 1 + (listing - 1) % VERTICALS


def sku(listing: int) -> str:
    """The external id of a listing."""
    return f"sku-{listing:08}"


def split_of(listing: int) -> str:
    """The first listings of each vertical are gold, then seed."""
    place = (listing - 1) // VERTICALS
    return "gold" if place < GOLD else "seed" if place < GOLD + SEED else "pool"


def attribute_of(vertical: int, place: int) -> int:
    """The key of a vertical's attribute, both from 1."""
    return (vertical - 1) * ATTRIBUTES + place


def text(when: datetime) -> str:
    """A time as both databases read it."""
    return f"{when:%Y-%m-%d %H:%M:%S}"

"""A choice of seeds that nobody has confirmed yet: it lives in the address of its page. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from labeling.seeding import Rule

USUAL = 10
"""Listings of a seed set, unless told."""
MOST = 200
"""Listings that a seed set is brought to here, at most."""
MOST_DRAWS = 10**6

IDS = re.compile(r"[0-9]{1,18}(?:-[0-9]{1,18})*")


@dataclass(frozen=True, slots=True)
class SeedChoice:
    """Which listings are proposed, and by what."""

    rule: Rule = Rule.TYPICAL
    size: int = USUAL
    """that the seed set is to have, with those that are there"""
    draw: int = 0
    """which draw, at random"""
    listings: tuple[int, ...] = ()
    without: tuple[int, ...] = ()
    """listings that were proposed and are not wanted"""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "SeedChoice":
        """What an address says; what cannot be read is as usual."""
        rule, size, draw = query.get("by", ""), query.get("size", ""), query.get("draw", "")
        return cls(
            rule=Rule(rule) if rule in set(Rule) else Rule.TYPICAL,
            size=min(max(_number(size, otherwise=USUAL), 1), MOST),
            draw=min(_number(draw, otherwise=0), MOST_DRAWS),
            listings=_ids(query.get("listings", ""))[:MOST],
            without=_ids(query.get("without", ""))[:MOST],
        )

    def query(self) -> str:
        """The address's query; `read` reads it back."""
        given = {
            "by": str(self.rule),
            "size": str(self.size),
            "draw": str(self.draw) if self.draw else "",
            "listings": _text(self.listings),
            "without": _text(self.without),
        }
        return urlencode({name: text for name, text in given.items() if text})

    def again(self) -> "SeedChoice":
        """From the start, by the next draw."""
        return replace(self, listings=(), without=(), draw=self.draw + 1)

    def plus(self, *listings: int) -> "SeedChoice":
        """With these as well."""
        return replace(
            self,
            listings=tuple(dict.fromkeys([*self.listings, *listings])),
            without=tuple(one for one in self.without if one not in listings),
        )

    def minus(self, listing: int) -> "SeedChoice":
        """Without this one, which is not proposed again."""
        return replace(
            self,
            listings=tuple(one for one in self.listings if one != listing),
            without=tuple(dict.fromkeys([*self.without, listing]))[-MOST:],
        )

    def swapped(self, listing: int, others: Sequence[int]) -> "SeedChoice":
        """With the others in the place of this one."""
        place = self.listings.index(listing)
        left = self.minus(listing)
        return replace(left, listings=(*left.listings[:place], *others, *left.listings[place:]))


def _number(text: str, *, otherwise: int) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else otherwise


def _ids(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(map(int, text.split("-")))) if IDS.fullmatch(text) else ()


def _text(ids: Sequence[int]) -> str:
    return "-".join(map(str, ids))

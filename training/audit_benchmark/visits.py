"""The pages of the log that the measurement asks for: kinds of them, as many of each as wanted, by chance."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from urllib.parse import urlencode

from django.utils import timezone

from attrx_web.auditlog.actions import Action, Kind
from catalog.paging import Cursor
from training.audit_benchmark.data import (
    BROWSERS,
    HOSTS,
    LISTINGS,
    NETWORKS,
    NEVER,
    PEOPLE,
    ROUNDS,
    SECONDS_BETWEEN,
    WITH_REASON,
)

LOG = "/audit/"
ENTRY = re.compile(rb'href="/audit/(\d+)/"|Entry (\d+) of the audit log')
"""As the log links to one, and as the entry's own page is called."""

Draw = Callable[[Random, int], str]
"""(random numbers, entries of the log) -> an address"""


def entries_on(page: bytes) -> list[int]:
    """The ids of the entries that a page shows, in order."""
    return [int(linked or own) for linked, own in ENTRY.findall(page)]


def _log(**query: object) -> str:
    return f"{LOG}?{urlencode(query)}" if query else LOG


def _person(random: Random) -> str:
    return f"person-{random.randrange(PEOPLE)}"


def _address(random: Random) -> str:
    number = random.randrange(NETWORKS * HOSTS)  # Network and host go round together.
    return f"10.0.{number % NETWORKS}.{number % HOSTS}"


def _sku(random: Random) -> str:
    return f"sku-{random.randrange(LISTINGS)}"


def _reason(random: Random, entries: int) -> int:
    """The word that one entry's reason ends with."""
    return WITH_REASON * random.randint(1, max(1, entries // WITH_REASON))


def _deep(random: Random, entries: int, **query: object) -> str:
    number = random.randint(1, entries)
    at = timezone.now() - timedelta(seconds=SECONDS_BETWEEN * (entries - number))
    return _log(**query, cursor=Cursor((at, number), random.random() < 0.5, entries - number))


def _days(random: Random, entries: int, days: int) -> dict[str, object]:
    """So many days of the time that the log covers."""
    last = timezone.now().date() - timedelta(seconds=SECONDS_BETWEEN * random.randint(0, entries))
    return {"since": last - timedelta(days=days - 1), "until": last}


KINDS: Mapping[str, Draw] = {
    "newest": lambda random, n: _log(),
    "deep page": _deep,
    "person": lambda random, n: _log(person=_person(random)),
    "person, deep page": lambda random, n: _deep(random, n, person=_person(random)),
    "act, common": lambda random, n: _log(action=Action.LABELS_SETTLED),
    "act, rare": lambda random, n: _log(action=random.choice([Action.ROUND_STARTED, Action.USER_ADDED])),
    "act that never was": lambda random, n: _log(action=NEVER),
    "person, act": lambda random, n: _log(person=_person(random), action=Action.VERSION_PROMOTED),
    "one listing": lambda random, n: _log(kind=Kind.LISTING, key=_sku(random)),
    "one round": lambda random, n: _log(kind=Kind.ROUND, key=random.randrange(ROUNDS)),
    "all rounds": lambda random, n: _log(kind=Kind.ROUND),
    "things of long ago": lambda random, n: _log(kind=Kind.IMPORT),
    "things that never were": lambda random, n: _log(kind=Kind.WORKER),
    "address": lambda random, n: _log(address=_address(random)),
    "act, address": lambda random, n: _log(action=Action.VERSION_PROMOTED, address=_address(random)),
    "a day": lambda random, n: _log(**_days(random, n, 1)),
    "person, some days": lambda random, n: _log(person=_person(random), **_days(random, n, 3)),
    "search, one listing": lambda random, n: _log(q=_sku(random).replace("-", " ")),
    "search, one reason": lambda random, n: _log(q=f"better {_reason(random, n)}"),
    "search, a thousand reasons": lambda random, n: _log(q="better"),
    "search, beginning of a word": lambda random, n: _log(q=f"gold {_reason(random, n) // 10}"),
    "search, every entry": lambda random, n: _log(q="firefox"),
    "search, a browser": lambda random, n: _log(q=f"firefox {100 + random.randrange(BROWSERS)}"),
    "search, nothing": lambda random, n: _log(q=f"nothing{random.randrange(1000)}"),
    "search, person": lambda random, n: _log(q="better", person=_person(random)),
    "search, some days": lambda random, n: _log(q="better", **_days(random, n, 30)),
    "search, a browser, a day": lambda random, n: _log(
        q=f"firefox {100 + random.randrange(BROWSERS)}", **_days(random, n, 1)
    ),
    "an entry": lambda random, n: f"{LOG}{random.randint(1, n)}/",
}
"""By name."""

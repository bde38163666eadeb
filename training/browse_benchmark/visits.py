"""The addresses that the measurement asks for: kinds of them, and as many of each as wanted, by chance."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from urllib.parse import urlencode

from catalog.paging import Cursor, Key
from training.browse_benchmark.data import ATTRIBUTES, IMPORTS, SECONDS_BETWEEN, VALUES, VERTICALS

LIST = "/listings/"
COLORS = ("red", "blue", "green", "black", "white", "striped", "plain", "navy")
SYLLABLES = ("ba", "do", "fe", "gi", "ko", "lu", "ma", "ni", "po", "ra", "se", "ti", "vu", "wa", "xe", "zo")

Draw = Callable[[Random, int], str]
"""(random numbers, listings in the catalogue) -> an address"""


def _list(**query: object) -> str:
    return f"{LIST}?{urlencode(query)}" if query else LIST


def _count(**query: object) -> str:
    return f"/listing-count/?{urlencode(query)}"


def _sku(number: int) -> str:
    return f"sku-{number:08}"


def _word(number: int) -> str:
    return "".join(SYLLABLES[number >> (4 * place) & 15] for place in range(4))


def _vertical(random: Random) -> str:
    return f"vertical-{random.randint(1, VERTICALS)}"


def _question(random: Random, attribute: int = 0) -> dict[str, object]:
    """A vertical and one of its attributes that takes one value, or the one with this number."""
    number = attribute or random.randint(1, ATTRIBUTES - 1)
    return {"vertical": _vertical(random), "attribute": f"attribute-{number}"}


def _value(random: Random) -> str:
    return f"value-{random.randint(1, VALUES - 1)}"


def _wrong(random: Random) -> dict[str, object]:
    return {"answered": f"1.{random.randint(-1, 0)}", "retired": "all", "judged": "wrong"}


def _confused(random: Random) -> dict[str, object]:
    """A cell of a confusion matrix."""
    words = {"truth": f"Value {random.randint(1, VALUES)}", "said": f"Value {random.randint(1, VALUES)}"}
    return {**_question(random), "answered": "1.0", "retired": "all"} | words


def _deep(random: Random, listings: int) -> str:
    number = random.randint(1, listings)
    places: list[tuple[str, Key]] = [
        ("newest", (number,)),
        ("id", (_sku(number),)),
        ("agreement", (0.75, number)),
    ]
    sort, key = random.choice(places)
    return _list(sort=sort, cursor=Cursor(key, random.random() < 0.5, number))


def _dates(random: Random, listings: int) -> str:
    """Some days of the time in which listings came."""
    first = date.today() - timedelta(seconds=SECONDS_BETWEEN * random.randint(0, listings))
    return _list(created_from=first, created_to=first + timedelta(days=random.randint(0, 30)))


def _listing(random: Random, listings: int) -> str:
    return f"{LIST}{_sku(random.randint(1, listings))}/"


KINDS: Mapping[str, Draw] = {
    "list, newest first": lambda random, n: _list(),
    "list by id": lambda random, n: _list(sort="id"),
    "list by lowest agreement": lambda random, n: _list(sort="agreement"),
    "list of 100": lambda random, n: _list(size=100),
    "grid": lambda random, n: _list(layout="grid"),
    "deep page": _deep,
    "vertical": lambda random, n: _list(vertical=_vertical(random)),
    "split": lambda random, n: _list(split=random.choice(["gold", "seed", "pool"])),
    "vertical, split": lambda random, n: _list(vertical=_vertical(random), split="gold"),
    "import": lambda random, n: _list(last_import=random.randint(1, IMPORTS)),
    "dates": _dates,
    "with photos": lambda random, n: _list(photos="with"),
    "without photos": lambda random, n: _list(photos="without"),
    "retired": lambda random, n: _list(retired="only"),
    "no labels": lambda random, n: _list(labels="none"),
    "some labels": lambda random, n: _list(labels="some"),
    "all required labels": lambda random, n: _list(labels="all"),
    "label": lambda random, n: _list(**_question(random), value=_value(random)),
    "label, several values": lambda random, n: _list(
        **_question(random, ATTRIBUTES), value=f"value-{VALUES}"
    ),
    "label, a state": lambda random, n: _list(**_question(random), value=":not_visible"),
    "prediction": lambda random, n: _list(**_question(random), predicted=_value(random)),
    "prediction, several values": lambda random, n: _list(
        **_question(random, ATTRIBUTES), predicted=f"value-{VALUES}"
    ),
    "prediction, a state": lambda random, n: _list(**_question(random), predicted=":not_visible"),
    "agreement": lambda random, n: _list(agreement_to=random.choice([30, 40, 60])),
    "agreement of an attribute": lambda random, n: _list(
        **_question(random), agreement_to=random.choice([40, 60])
    ),
    "prediction, agreement": lambda random, n: _list(
        **_question(random), predicted=_value(random), agreement_to=60, sort="agreement"
    ),
    "champion and label differ": lambda random, n: _list(disagrees="yes"),
    "differ, of an attribute": lambda random, n: _list(**_question(random), disagrees="yes"),
    "accepted": lambda random, n: _list(route="accepted"),
    "accepted, of an attribute": lambda random, n: _list(**_question(random), route="accepted"),
    "accepted, by lowest agreement": lambda random, n: _list(
        **_question(random), route="accepted", sort="agreement"
    ),
    "in review": lambda random, n: _list(route="review"),
    "audited, of an attribute": lambda random, n: _list(**_question(random), route="audit"),
    "neither": lambda random, n: _list(route="nothing"),
    "gold answers": lambda random, n: _list(answered="1.0", retired="all"),
    "gold answers, of a vertical": lambda random, n: _list(
        vertical=_vertical(random), answered="1.0", retired="all"
    ),
    "gold, wrong": lambda random, n: _list(**_wrong(random)),
    "gold, wrong, by id": lambda random, n: _list(**_wrong(random), sort="id"),
    "gold, unparseable": lambda random, n: _list(answered="1.0", judged="unparseable"),
    "gold, wrong, of an attribute": lambda random, n: _list(**_question(random), **_wrong(random)),
    "gold, confused": lambda random, n: _list(**_confused(random)),
    "gold, confused, several values": lambda random, n: _list(
        **_question(random, ATTRIBUTES), answered="1.0", said=f"Value {random.randint(1, VALUES)}"
    ),
    "gold, agreement": lambda random, n: _list(answered="1.0", method="majority", agreement_to=40),
    "gold, search": lambda random, n: _list(answered="1.0", judged="wrong", q=random.choice(COLORS)),
    "search, common word": lambda random, n: _list(q=random.choice(COLORS)),
    "search, two words": lambda random, n: _list(q=f"{random.choice(COLORS)} {_word(random.randint(0, 99))}"),
    "search, rare word": lambda random, n: _list(q=_word(6000 + random.randint(0, n // 16))),
    "search, beginning of a word": lambda random, n: _list(q=f"cotton {_word(random.randint(0, 999))[:4]}"),
    "search, no hit": lambda random, n: _list(q=f"nothing{random.randint(0, 999)}"),
    "search, beginning of an id": lambda random, n: _list(
        q=_sku(random.randint(1, n))[: random.randint(8, 12)]
    ),
    "search, vertical, labels, agreement": lambda random, n: _list(
        **_question(random), q=random.choice(COLORS), split="pool", labels="some", agreement_to=60
    ),
    "listing": _listing,
    "listing, in filters": lambda random, n: (
        f"{_listing(random, n)}?{urlencode(_question(random))}&labels=none"
    ),
    "count, vertical": lambda random, n: _count(vertical=_vertical(random)),
    "count, all required labels": lambda random, n: _count(labels="all"),
    "count, prediction": lambda random, n: _count(**_question(random), predicted=_value(random)),
    "listing, in gold answers": lambda random, n: f"{_listing(random, n)}?{urlencode(_wrong(random))}",
    "count, gold, wrong": lambda random, n: _count(**_wrong(random)),
    "count, accepted": lambda random, n: _count(route="accepted"),
    "count, accepted of an attribute": lambda random, n: _count(**_question(random), route="accepted"),
    "count, champion and label differ": lambda random, n: _count(disagrees="yes"),
    "count, without photos": lambda random, n: _count(photos="without"),
}
"""By name. The counts are what a page of more than a thousand listings asks for once it is there."""

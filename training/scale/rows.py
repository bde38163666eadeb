"""The rows of the large tables, drawn in portions. Pure."""

from collections.abc import Iterator

import numpy as np

from training.scale.loading import Row
from training.scale.sizes import (
    ATTRIBUTES,
    CHAINS,
    PEOPLE,
    VALUES,
    Sizes,
    attribute_of,
    sku,
    split_of,
    text,
    vertical_of,
)

PORTION = 10_000
COLORS = ("red", "blue", "green", "black", "white", "striped", "plain", "navy")
STUFFS = ("cotton", "linen", "wool", "leather", "canvas", "steel")
SYLLABLES = ("ba", "do", "fe", "gi", "ko", "lu", "ma", "ni", "po", "ra", "se", "ti", "vu", "wa", "xe", "zo")
DESCRIPTION = "As sellers write: a sentence or two about the thing, and little that a photo does not show."
LABELLED_EVERY = 23
"""Of the pool, one in so many listings was labelled: prime, so that everybody and every purpose gets some."""

LISTING = (
    *("id", "vertical", "external_id", "title", "description", "metadata", "claims", "split", "group_key"),
    *("given_group", "trained_on", "retired", "digest", "first_import", "last_import", "last_row"),
    *("created", "updated"),
)
PHOTO = ("id", "sha256", "file", "bytes", "width", "height", "created", "rendered", "render_error")
IMAGE = ("listing", "position", "photo", "source")
LABEL = (
    *("listing", "attribute", "values", "state", "provenance", "source", "created", "updated"),
    "schema_version",
)
TASK = ("id", "listing", "purpose", "asks", "status", "priority", "singly", "created")
TURN = (*("task", "number", "purpose", "vertical", "priority", "person", "started", "finished", "seconds"),)
ANNOTATION = (
    *("listing", "attribute", "values", "state", "schema_version", "task", "annotator", "idempotency_key"),
    *("reasoning_wrong", "created"),
)
PREDICTION = (
    *("model_version", "listing", "attribute", "counts", "chains", "majority", "agreement", "values"),
    "state",
)


def listings(sizes: Sizes, imports: int) -> Iterator[Row]:
    random = sizes.random("listings")
    for start in range(1, sizes.listings + 1, PORTION):
        stop = min(start + PORTION, sizes.listings + 1)
        color, stuff, brand = (random.integers(top, size=PORTION) for top in (8, 6, 500))
        words = (6000 * random.random((PORTION, 2)) ** 3).astype(int)
        retired = random.random(PORTION) < 0.01
        for place, n in enumerate(range(start, stop)):
            came, number = text(sizes.created(n)), 1 + (n - 1) * imports // sizes.listings
            split = split_of(n)
            rare = f"{_word(words[place, 0])} {_word(words[place, 1])}"
            title = f"{COLORS[color[place]]} {STUFFS[stuff[place]]} {rare}"
            yield (
                *(
                    n,
                    vertical_of(n),
                    sku(n),
                    title,
                    DESCRIPTION,
                    f'{{"brand": "brand {brand[place]}"}}',
                ),
                *(
                    "{}",
                    split,
                    f"group-{n}",
                    "",
                    int(split == "seed"),
                    int(retired[place] and split == "pool"),
                ),
                *("", number, number, n, came, came),
            )


def photos(sizes: Sizes) -> Iterator[Row]:
    now = text(sizes.until)
    for n in range(1, 2 + sizes.listings // 3):
        yield n, f"{n:064x}", f"{n}.jpg", 100_000, 600, 800, now, now, ""


def images(sizes: Sizes) -> Iterator[Row]:
    """One or two of each listing, none of one in two hundred."""
    for n in range(1, sizes.listings + 1):
        for position in range(1, 0 if n % 200 == 0 else 3 - n % 2):
            yield n, position, 1 + (n * 7 + position) % (1 + sizes.listings // 3), ""


def labelled(sizes: Sizes) -> Iterator[int]:
    """Gold, seed, and some of the pool."""
    for n in range(1, sizes.listings + 1):
        if split_of(n) != "pool" or n % LABELLED_EVERY == 7:
            yield n


def labels(sizes: Sizes) -> Iterator[Row]:
    """Of every attribute of the labelled listings."""
    random = sizes.random("labels")
    for n in labelled(sizes):
        when = text(sizes.created(n))
        for place in range(1, ATTRIBUTES + 1):
            values, state = truth(random)
            provenance = "verdict" if split_of(n) == "pool" else "annotation"
            attribute, source = attribute_of(vertical_of(n), place), f"annotator-{n % PEOPLE}"
            yield n, attribute, values, state, provenance, source, when, when, vertical_of(n)


def tasks(sizes: Sizes) -> Iterator[Row]:
    for number, n in enumerate(labelled(sizes), 1):
        yield number, n, purpose_of(n), "[]", "done", 0, False, text(sizes.created(n))


def turns(sizes: Sizes) -> Iterator[Row]:
    random = sizes.random("turns")
    for number, n in enumerate(labelled(sizes), 1):
        when, seconds = text(sizes.created(n)), round(float(random.gamma(4.0, 6.0)), 1)
        yield number, 1, purpose_of(n), vertical_of(n), 0, 1 + n % PEOPLE, when, when, seconds


def annotations(sizes: Sizes) -> Iterator[Row]:
    """What the labels come from: the same draws."""
    random = sizes.random("labels")
    for number, n in enumerate(labelled(sizes), 1):
        when = text(sizes.created(n))
        for place in range(1, ATTRIBUTES + 1):
            values, state = truth(random)
            attribute, person = attribute_of(vertical_of(n), place), 1 + n % PEOPLE
            key = f"scale-{n}-{place}"
            yield n, attribute, values, state, vertical_of(n), number, person, key, False, when


def predictions(sizes: Sizes, versions: tuple[int, int]) -> Iterator[Row]:
    """The first version's votes on the pool, then the second's, until there are as many as asked for."""
    random, left = sizes.random("predictions"), sizes.predictions
    for version in versions:
        for start in range(1, sizes.listings + 1, PORTION):
            numbers = [
                n for n in range(start, min(start + PORTION, sizes.listings + 1)) if split_of(n) == "pool"
            ]
            shape = (len(numbers), ATTRIBUTES)
            value = 1 + ((VALUES - 1) * random.random(shape) ** 2).astype(int)
            votes = CHAINS - (6 * random.random(shape) ** 2).astype(int)
            unseen = random.random(shape) < 0.03
            for row, n in enumerate(numbers):
                if left < ATTRIBUTES:
                    return
                left -= ATTRIBUTES
                yield from _votes(version, n, value[row].tolist(), votes[row].tolist(), unseen[row].tolist())


def truth(random: np.random.Generator) -> tuple[str, str]:
    """The values, as JSON, and the state of a right answer; low numbers are frequent."""
    kind, share = random.random(2)
    if kind < 0.05:
        return "[]", "unknown" if kind < 0.01 else "not_visible"
    return f'["value-{1 + int((VALUES - 1) * share**2)}"]', ""


def purpose_of(listing: int) -> str:
    """Why people looked at a labelled listing: of the pool, every third was an audit."""
    split = split_of(listing)
    return split if split != "pool" else "audit" if listing % 3 == 0 else "review"


def _votes(version: int, n: int, values: list[int], votes: list[int], unseen: list[bool]) -> Iterator[Row]:
    first = attribute_of(vertical_of(n), 1)
    for place, (value, count, no) in enumerate(zip(values, votes, unseen, strict=True)):
        majority = "not visible" if no else f"Value {value}"
        rest = f', "Value {VALUES}": {CHAINS - count}' if count < CHAINS else ""
        said = ("[]", "not_visible") if no else (f'["value-{value}"]', "")
        counts = f'{{"{majority}": {count}{rest}}}'
        yield version, n, first + place, counts, CHAINS, majority, count / CHAINS, *said


def _word(number: int) -> str:
    return "".join(SYLLABLES[number >> (4 * place) & 15] for place in range(4))

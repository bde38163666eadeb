"""Reads of what listings may show, before anybody has looked: claims, suggestions and titles."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from catalog.models import Listing
from catalog.schema.spec import VerticalSpec
from labeling.coverage import Shows, Titles
from labeling.models import Suggestion
from labeling.schema_use import SEPARATOR

Hints = dict[Shows, str]
"""{what a listing may show: who or what says so}"""

IMPORT, TITLE = "its import", "its title"


def hints_of(listing_ids: Collection[int], spec: VerticalSpec) -> dict[int, Hints]:
    """{listing: what it may show}. What came with a listing says more than a suggestion, a title least."""
    hints: defaultdict[int, Hints] = defaultdict(dict)
    titles = Titles(
        (name, (attribute.code, value.code))
        for attribute in spec.asked
        for value in attribute.offered
        for name in (value.label, *value.synonyms)
    )
    rows = Listing.objects.filter(pk__any_of=list(listing_ids)).order_by()
    claims = {}
    for pk, title, claimed in rows.values_list("pk", "title", "claims"):
        hints[pk] |= {shows: TITLE for shows in titles.shown(title)}
        claims[pk] = claimed
    for pk, shows, source in _suggested(listing_ids, spec):
        hints[pk][shows] = source
    for pk, claimed in claims.items():
        for code, claim in claimed.items():
            hints[pk] |= {(code, value): IMPORT for value in claim["values"]}
    return hints


def _suggested(listing_ids: Collection[int], spec: VerticalSpec) -> list[tuple[int, Shows, str]]:
    """(listing, a value of the answer with the largest share of its newest suggestion, the source)."""
    values = {
        (attribute.code, value.label): (attribute.code, value.code)
        for attribute in spec.asked
        for value in attribute.offered
    }
    rows = Suggestion.objects.filter(listing__in=listing_ids).order_by("pk")
    newest: dict[tuple[int, str], tuple[dict[str, float], str]] = {}
    for pk, code, shares, source in rows.values_list("listing", "attribute__code", "shares", "source"):
        newest[pk, code] = shares, source
    return [
        (pk, values[code, name], source)
        for (pk, code), (shares, source) in newest.items()
        if shares
        for name in _names(max(shares, key=lambda answer: shares[answer]), code, values)
        if (code, name) in values
    ]


def _names(answer: str, code: str, values: Mapping[tuple[str, str], Shows]) -> list[str]:
    """The names of values in an answer; a single name may have the separator in it."""
    return [answer] if (code, answer) in values else answer.split(SEPARATOR)

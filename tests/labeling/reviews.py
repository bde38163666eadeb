"""Reviews for tests: listings with an open review task, and a vote with chains behind it."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.models import Attribute, Listing
from labeling.chains import Chain
from labeling.models import Suggestion
from labeling.services import suggestion_add

VOTE = {"Red": 0.625, "Blue": 0.375}
"""Five chains of eight."""


def voted(
    listing: Listing, code: str = "colour", vote: Mapping[str, float] = VOTE, **fields: Any
) -> Suggestion:
    """A vote of eight chains on one of the listing's attributes."""
    attribute = Attribute.objects.get(vertical=listing.vertical_id, code=code)
    given = {"source": "round 1", "chains": chains(vote)} | fields
    return suggestion_add(listing=listing, attribute=attribute, shares=vote, **given)


def chains(vote: Mapping[str, float], number: int = 8) -> Sequence[Chain]:
    """The chains of a vote, those of each answer the less sure the later they come."""
    return [
        Chain(f"The body looks {answer.lower()} in photo {place}.\nAnswer: {answer}", answer, -0.25 * place)
        for answer, share in vote.items()
        for place in range(1, round(share * number) + 1)
    ]

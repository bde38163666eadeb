"""What becomes of the answers about a listing, in words."""

from collections.abc import Iterable

from training.accepted import ACCEPTED, Accepting, Routed, accepting_now, routed_of
from training.models import Prediction, Route


def routed_words(listing_id: int, shown: Iterable[Prediction]) -> dict[int, str]:
    """{attribute: what the current routing makes of the answer}, where it makes something of it.

    `shown` are the predictions that the page has; those of the routed version are looked up if it is another.
    """
    accepting = accepting_now()
    if accepting is None:
        return {}
    predictions = list(shown)
    is_shown = all(one.model_version_id == accepting.version_id for one in predictions)
    if not is_shown:
        predictions = list(Prediction.objects.filter(model_version=accepting.version_id, listing=listing_id))
    agreements = {(listing_id, one.attribute_id): one.agreement for one in predictions}
    answers = {one.attribute_id: one.majority for one in predictions}
    return {
        attribute_id: _words(accepting, routed, "" if is_shown else answers[attribute_id])
        for (_, attribute_id), routed in routed_of(accepting, [listing_id], agreements).items()
        if routed.route in WORDS
    }


WORDS = {ACCEPTED: "Accepted", Route.REVIEW.value: "In review", Route.AUDIT.value: "Audited"}


def _words(accepting: Accepting, routed: Routed, answer: str) -> str:
    """Such as "Accepted at ≥ 87.5 %, expected precision 96 %"; with the answer where another one is shown."""
    words = WORDS[routed.route]
    if routed.threshold is not None and routed.expected is not None:
        words += f" at ≥ {100 * routed.threshold:.4g} %, expected precision {100 * routed.expected:.0f} %"
    return f"{words}: {answer}, by version {accepting.version_id}" if answer else words

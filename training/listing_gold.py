"""What models answered to the gold questions about a listing: in the list, and on the listing's page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from catalog.models import Listing
from training.drilldown import Model
from training.listing_page import Vote, votes_of
from training.ml.records import Chain
from training.ml.shards import GREEDY
from training.models import GoldAnswer, Method
from training.pages.chains import Answer, answers_of
from training.selectors.chainfiles import gold_chains_of
from training.selectors.versions import NamedModel, models_recent

MOST_MODELS = 100
"""Of those that answered about a listing, to choose from."""


@dataclass(frozen=True, slots=True)
class GoldLine:
    """A gold answer in a line."""

    attribute: str
    truth: str
    said: str
    """empty: nothing that is allowed"""
    is_right: bool

    @property
    def tone(self) -> str:
        return "right" if self.is_right else "wrong"


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A gold question with all that a model said to it."""

    answer: GoldAnswer
    votes: tuple[Vote, ...]
    chains: tuple[Answer, ...]
    """what the chains say, by answer; empty where nobody asked for them, or their files are gone"""
    greedy_text: str
    """what the greedy chain says; likewise"""

    @property
    def agreement_percent(self) -> int:
        return round(100 * self.answer.agreement)


@dataclass(frozen=True, slots=True)
class GoldPart:
    """The gold answers of one model about a listing, and which others there are."""

    model: NamedModel
    models: tuple[NamedModel, ...]
    """those that answered, newest first"""
    questions: tuple[GoldQuestion, ...]
    with_chains: bool
    """chains were asked for"""

    @property
    def right(self) -> int:
        """How many greedy answers are right."""
        return sum(one.answer.greedy_correct for one in self.questions)

    @property
    def chains_missing(self) -> bool:
        """They were asked for, and no file has them."""
        return self.with_chains and not any(one.chains for one in self.questions)


def gold_lines(
    answers: QuerySet[GoldAnswer], listing_ids: Sequence[int], method: Method
) -> dict[int, list[GoldLine]]:
    """{listing: its gold answers among these, in the order of attributes}, in one query."""
    found = defaultdict[int, list[GoldLine]](list)
    rows = answers.filter(listing__in=listing_ids).order_by("attribute__position", "attribute__code")
    said = f"{method}", f"{method}_correct"
    for listing_id, label, truth, text, is_right in rows.values_list(
        "listing_id", "attribute__label", "truth", *said
    ):
        found[listing_id].append(GoldLine(label, truth, text, is_right))
    return dict(found)


def gold_part(listing: Listing, wanted: str, *, with_chains: bool) -> GoldPart | None:
    """What the wanted model, or else the newest, answered about the listing; None where no model was asked.

    Args:
        wanted: such as "12.1", the model of the first iteration of round 12.
    """
    rows = GoldAnswer.objects.filter(listing=listing).order_by("-round_id", "-iteration")
    asked = [Model(*one) for one in rows.values_list("round_id", "iteration").distinct()[:MOST_MODELS]]
    if not asked:
        return None
    named = {one.model: one for one in models_recent(*map(str, asked))}
    models = tuple(named[one] for one in asked if one in named)
    model = next((one for one in models if str(one.model) == wanted), models[0])
    answers = list(
        GoldAnswer.objects.filter(
            listing=listing, round_id=model.model.round_id, iteration=model.model.iteration
        )
        .select_related("attribute")
        .order_by("attribute__position", "attribute__code")
    )
    return GoldPart(model, models, _questions(listing, model.model, answers, with_chains), with_chains)


def _questions(
    listing: Listing, model: Model, answers: Sequence[GoldAnswer], with_chains: bool
) -> tuple[GoldQuestion, ...]:
    keys = [(listing.external_id, listing.vertical.code, one.attribute.code) for one in answers]
    chains = gold_chains_of(model, keys) if with_chains else {}
    return tuple(_question(one, chains.get(key, ())) for one, key in zip(answers, keys, strict=True))


def _question(answer: GoldAnswer, drawn: Sequence[Chain]) -> GoldQuestion:
    return GoldQuestion(
        answer=answer,
        votes=votes_of(answer),
        chains=answers_of([chain for chain in drawn if chain.index != GREEDY]),
        greedy_text=next((chain.text.strip() for chain in drawn if chain.index == GREEDY), ""),
    )

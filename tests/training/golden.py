"""A catalogue with every kind of attribute and chance labels, and rounds that answer it by chance."""

import random
from collections.abc import Callable

from catalog.models import Attribute, Listing, Status
from catalog.splits import Split
from tests.factories import AttributeFactory, ImageFactory, LabelFactory, ListingFactory, VerticalFactory
from tests.fakes import FakeStages
from training import jobs, services
from training.ml.params import Strategy
from training.ml.records import STATES, Question
from training.models import Round

GOLD = {"kurta": 23, "lamp": 11}
"""Listings of each vertical."""


def varied_catalogue(seed: int) -> None:
    """Two verticals: attributes of one value, of several, and of values whose names hold a comma."""
    kurta = VerticalFactory.create(code="kurta", label="Kurta", position=1)
    lamp = VerticalFactory.create(code="lamp", label="Lamp", position=2)
    attributes = [
        AttributeFactory.create(
            vertical=kurta, code="color", label="Colour", position=1, values=["red", "blue", "grey"]
        ),
        AttributeFactory.create(
            vertical=kurta, code="uses", position=2, multi=True, values=["home", "work, office", "sport"]
        ),
        AttributeFactory.create(vertical=lamp, code="shape", position=1, values=["round", "square"]),
    ]
    chance = random.Random(seed)
    for vertical in (kurta, lamp):
        own = [one for one in attributes if one.vertical == vertical]
        for split, count in ((Split.SEED, 2), (Split.GOLD, GOLD[vertical.code]), (Split.POOL, 2)):
            for number in range(count):
                name = f"{vertical.code}-{split}-{number}"
                listing = ListingFactory.create(vertical=vertical, external_id=name, split=split.value)
                ImageFactory.create(listing=listing)
                for attribute in own if split is not Split.POOL else ():
                    _label(listing, attribute, chance)


def _label(listing: Listing, attribute: Attribute, chance: random.Random) -> None:
    """Of chance values, or of a state."""
    if chance.random() < 0.15:
        LabelFactory.create(listing=listing, attribute=attribute, values=[], state="not_visible")
        return
    allowed = [value.code for value in attribute.values.all()]
    values = chance.sample(allowed, chance.randint(1, 2) if attribute.multi else 1)
    LabelFactory.create(listing=listing, attribute=attribute, values=values)


def guesses(seed: int) -> Callable[[int, Question], str | None]:
    """What a model says that is right more often from iteration to iteration."""

    def say(iteration: int, question: Question) -> str | None:
        chance = random.Random(f"{seed} {iteration} {question.question_id}")
        if chance.random() < 0.45 + 0.1 * iteration:
            return question.answer
        if chance.random() < 0.15:
            return None
        if chance.random() < 0.2:
            return chance.choice(STATES)
        allowed = question.attribute.allowed_values
        values = chance.sample(allowed, chance.randint(1, len(allowed)) if question.attribute.multi else 1)
        return question.attribute.answer_of(values)

    return say


def round_by_chance(seed: int, *, iterations: int = 2, strategy: Strategy = "sft_dpo") -> Round:
    """A round that is over, whose models guess."""
    round_ = services.round_start(iterations=iterations, strategy=strategy)
    claim = services.round_claim(round_id=round_.pk, worker="process 1 on laptop")
    assert claim is not None
    jobs.run_round(claim, run_stage=FakeStages(says=guesses(seed)))
    round_.refresh_from_db()
    assert round_.status == Status.DONE, round_.error
    return round_

"""A version with predictions of a pool, judged on gold well enough for a part of them to be accepted."""

from dataclasses import dataclass, field
from typing import Any

from catalog.models import Attribute, Listing, Status, Vertical
from catalog.splits import Split
from labeling.models import Provenance
from tests.factories import AnnotationFactory, AttributeFactory, LabelFactory, VerticalFactory
from tests.training.rounds import champion_of, round_in
from training.ml.policy import TargetParams
from training.ml.routing import RoutingParams
from training.models import GoldAnswer, ModelVersion, Prediction, Route, RoutedQuestion, Routing
from training.routing import run
from training.routing.settings import RoutingSettings
from training.services import routings

VALUES = ["red", "blue"]
SURE, UNSURE = 1.0, 0.5
"""Agreements: gold says that the one is nearly always right, and the other a toss."""


@dataclass
class World:
    """A vertical with the attributes color and shape; of each pool listing one is sure and one is not."""

    pool: int = 20
    gold: int = 200
    vertical: Vertical = field(init=False)
    color: Attribute = field(init=False)
    shape: Attribute = field(init=False)
    version: ModelVersion = field(init=False)
    listings: list[Listing] = field(init=False)

    def __post_init__(self) -> None:
        self.vertical = VerticalFactory.create(code="kurta", label="Kurta")
        self.color, self.shape = (
            AttributeFactory.create(vertical=self.vertical, code=code, label=code.title(), position=place)
            for place, code in enumerate(("color", "shape"), 1)
        )
        asked = {"description": "", "multi": False, "allowed_values": VALUES, "value_codes": VALUES}
        schema = [{"name": one.label, "code": one.code, **asked} for one in (self.color, self.shape)]
        vertical = {"name": "Kurta", "code": "kurta", "attributes": schema}
        self.version = champion_of(round_in(Status.DONE, inputs={"verticals": [vertical]}))
        self.listings = self._listings("pool", self.pool, Split.POOL)
        Prediction.objects.bulk_create(
            _prediction(self.version, listing, attribute, agreement)
            for listing in self.listings
            for attribute, agreement in ((self.color, SURE), (self.shape, UNSURE))
        )
        GoldAnswer.objects.bulk_create(
            gold_answer(self.version, listing, attribute, agreement=agreement, right=right)
            for number, listing in enumerate(self._listings("gold", self.gold, Split.GOLD))
            for attribute, agreement, right in (
                (self.color, SURE, number % 100 != 0),
                (self.shape, UNSURE, number % 2 == 0),
            )
        )

    def _listings(self, name: str, count: int, split: Split) -> list[Listing]:
        ids = [f"{name}-{number:03d}" for number in range(count)]
        return Listing.objects.bulk_create(
            Listing(vertical=self.vertical, external_id=one, group_key=one, split=split.value) for one in ids
        )


def _prediction(
    version: ModelVersion, listing: Listing, attribute: Attribute, agreement: float
) -> Prediction:
    """Eight chains, so many of which say red and the others blue."""
    red = round(8 * agreement)
    counts = {"red": red} | ({"blue": 8 - red} if red < 8 else {})
    return Prediction(
        model_version=version,
        listing=listing,
        attribute=attribute,
        counts=counts,
        chains=8,
        majority="red",
        values=["red"],
        agreement=agreement,
    )


def gold_answer(
    version: ModelVersion, listing: Listing, attribute: Attribute, *, agreement: float, right: bool
) -> GoldAnswer:
    """What the version said to a gold question, with eight chains; not saved yet."""
    said = "red" if right else "blue"
    return GoldAnswer(
        round=version.round,
        iteration=version.iteration,
        listing=listing,
        attribute=attribute,
        truth="red",
        greedy=said,
        greedy_correct=right,
        majority=said,
        majority_correct=right,
        agreement=agreement,
        chains=8,
        counts={said: round(8 * agreement)},
        logprob=-1.0,
    )


def answer(question: RoutedQuestion, value: str) -> None:
    """A reviewer's answer to a question that was asked, and the label that it makes."""
    about = {"listing": question.listing, "attribute": question.attribute}
    AnnotationFactory.create(**about, task=question.task, values=[value])
    LabelFactory.create(**about, values=[value], provenance=Provenance.VERDICT)


def answer_audits(routing: Routing, value: str) -> int:
    """Answer all audits with this value; returns how many."""
    audits = list(routing.questions.filter(route=Route.AUDIT).exclude(released=None))
    for question in audits:
        answer(question, value)
    return len(audits)


def settings_of(*, audit_share: float = 0.25, per_day: int = 6, **more: Any) -> RoutingSettings:
    """Settings under which a small world has something of everything."""
    return RoutingSettings(
        target=TargetParams(precision=0.9),
        routing=RoutingParams(audit_share=audit_share, per_day=per_day),
        **more,
    )


def dry_run(world: World, settings: RoutingSettings | None = None) -> Routing:
    """A routing of the world's version whose dry run has ended."""
    routing = routings.routing_start(version_id=world.version.pk, settings=settings or settings_of())
    claim = routings.routing_claim(routing_id=routing.pk, worker="process 7 on laptop")
    assert claim is not None
    run.run_routing(claim)
    routing.refresh_from_db()
    return routing

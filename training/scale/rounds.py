"""Rounds of the large database: stages, versions, gold answers, and metrics that are counted from these."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.models import Status, Vertical
from training.inputs.verticals import Material, freeze_vertical
from training.ml.metrics import wilson_interval
from training.models import ZERO_SHOT, Alias, AliasName, Method, Metric, ModelVersion, Round, RoundStage
from training.scale.loading import Row
from training.scale.sizes import (
    ATTRIBUTES,
    CHAINS,
    GOLD,
    ITERATIONS,
    VALUES,
    VERTICALS,
    WEEKS,
    Sizes,
    attribute_of,
    sku,
)

Numbers = NDArray[np.int64]
QUESTIONS = VERTICALS * GOLD * ATTRIBUTES
STAGE_MINUTES = 7
GOLD_ANSWER = (
    *("round", "iteration", "listing", "attribute", "truth", "greedy", "greedy_correct", "majority"),
    *("majority_correct", "agreement", "chains", "counts", "logprob"),
)
STAGES = [(0, "zero_shot"), (0, "sft"), (0, "evaluate")] + [
    (iteration, name)
    for iteration in range(1, ITERATIONS + 1)
    for name in ("sample", "vote", "pairs", "dpo", "evaluate")
]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a model answers on gold, all (QUESTIONS,): value numbers from 1, or 0 for nothing readable."""

    truth: Numbers
    greedy: Numbers
    majority: Numbers
    votes: Numbers


def listing_of(question: Numbers) -> Numbers:
    """Gold listings are the first of each vertical, verticals in turns."""
    return 1 + question // ATTRIBUTES


def vertical_of(question: Numbers) -> Numbers:
    return 1 + question // ATTRIBUTES % VERTICALS


def evaluation(sizes: Sizes, round_: int, iteration: int) -> Evaluation:
    """Later rounds and iterations are a little better, some attributes much harder than others."""
    known = sizes.random("truth")
    truth = 1 + (VALUES * known.random(QUESTIONS) ** 1.5).astype(np.int64)
    hardness = known.normal(0, 0.08, VERTICALS * ATTRIBUTES)
    random = sizes.random(f"gold {round_} {iteration}")
    question = np.arange(QUESTIONS)
    place = (vertical_of(question) - 1) * ATTRIBUTES + question % ATTRIBUTES
    right = np.clip(0.62 + 0.05 * (iteration + 1) + 0.004 * round_ + hardness[place], 0.05, 0.98)
    wrong = 1 + (truth + random.integers(0, VALUES - 1, QUESTIONS)) % VALUES
    greedy = np.where(random.random(QUESTIONS) < right, truth, wrong)
    greedy[random.random(QUESTIONS) < 0.01] = 0
    majority = np.where(random.random(QUESTIONS) < right + 0.01, truth, wrong)
    votes = CHAINS - (6 * random.random(QUESTIONS) ** 2).astype(np.int64)
    return Evaluation(truth, greedy, majority, votes)


def rounds_make(sizes: Sizes, *, using: str) -> None:
    """Rounds, a few weeks apart, with their stages, versions and metrics; aliases of the last two."""
    apart = timedelta(weeks=WEEKS) / sizes.rounds
    stages, versions, metrics = [], [], []
    verticals = _frozen_verticals(using)
    inputs = {"verticals": verticals, "listings": {"gold": _frozen_gold(sizes, verticals)}}
    for number in range(1, sizes.rounds + 1):
        began = sizes.until - apart * (sizes.rounds - number + 0.5)
        Round.objects.using(using).bulk_create([_round(sizes, number, began, inputs)])
        Round.objects.using(using).filter(pk=number).update(created=began)
        stages += list(_stages(number, began))
        versions += list(_versions(number))
        for iteration in range(ZERO_SHOT, ITERATIONS + 1):
            metrics += list(_metrics(number, iteration, evaluation(sizes, number, iteration)))
    RoundStage.objects.using(using).bulk_create(stages)
    ModelVersion.objects.using(using).bulk_create(versions)
    Metric.objects.using(using).bulk_create(metrics, batch_size=1000)
    champion, challenger = version_keys(sizes)
    aliases = [Alias(name=AliasName.CHAMPION, version_id=champion)]
    if challenger != champion:
        aliases.append(Alias(name=AliasName.CHALLENGER, version_id=challenger))
    Alias.objects.using(using).bulk_create(aliases)


def version_keys(sizes: Sizes) -> tuple[int, int]:
    """The champion, of the last round but one, and the challenger, of the last."""
    return _version(max(1, sizes.rounds - 1), ITERATIONS), _version(sizes.rounds, ITERATIONS)


def pool_of(sizes: Sizes, number: int) -> int:
    """The listings in the pool of a round: as the catalogue grew."""
    return (sizes.listings - QUESTIONS // ATTRIBUTES) * (number + 1) // (sizes.rounds + 1)


def gold_answers(sizes: Sizes) -> Iterator[Row]:
    question = np.arange(QUESTIONS)
    listings = listing_of(question).tolist()
    attributes = [
        attribute_of(vertical, 1 + place % ATTRIBUTES)
        for place, vertical in enumerate(vertical_of(question).tolist())
    ]
    for round_ in range(1, sizes.rounds + 1):
        for iteration in range(ZERO_SHOT, ITERATIONS + 1):
            found = evaluation(sizes, round_, iteration)
            said = zip(
                *(numbers.tolist() for numbers in (found.truth, found.greedy, found.majority, found.votes)),
                strict=True,
            )
            for listing, attribute, answers in zip(listings, attributes, said, strict=True):
                truth, greedy, majority, votes = answers
                yield (
                    *(round_, iteration, listing, attribute, f"Value {truth}"),
                    *(f"Value {greedy}" if greedy else "", int(greedy == truth)),
                    *(f"Value {majority}", int(majority == truth), votes / CHAINS, CHAINS),
                    *(f'{{"Value {majority}": {votes}}}', -4.0 / votes),
                )


def _frozen_verticals(using: str) -> list[dict[str, Any]]:
    """The schema as a round freezes it."""
    verticals = Vertical.objects.using(using).prefetch_related("attributes__values")
    return [freeze_vertical(Material(one, list(one.attributes.all()), {}, {})).schema for one in verticals]


def _frozen_gold(sizes: Sizes, verticals: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Gold listings with what people say, as a round freezes them but for texts and photos."""
    truth = evaluation(sizes, 1, ZERO_SHOT).truth.tolist()  # The same for every model.
    return [
        {
            "listing_id": sku(1 + first // ATTRIBUTES),
            "vertical": vertical["name"],
            "title": "",
            "description": "",
            "images": [],
            "answers": {
                attribute["name"]: f"Value {truth[first + place]}"
                for place, attribute in enumerate(vertical["attributes"])
            },
        }
        for first in range(0, QUESTIONS, ATTRIBUTES)
        for vertical in [verticals[first // ATTRIBUTES % VERTICALS]]
    ]


def _round(sizes: Sizes, number: int, began: datetime, inputs: dict[str, Any]) -> Round:
    ended = began + timedelta(minutes=STAGE_MINUTES * len(STAGES))
    pool = pool_of(sizes, number)
    return Round(
        pk=number,
        status=Status.DONE,
        worker="process 7 on scale",
        created=began,
        started=began,
        heartbeat=ended,
        finished=ended,
        params={
            "seed": number,
            "iterations": ITERATIONS,
            "model": {"base": "generated"},
            "sample": {"chains": CHAINS, "temperature": 1.0},
        },
        inputs=inputs,
        counts={"seed": 120, "gold": QUESTIONS // ATTRIBUTES, "pool": pool},
        artifact_path=f"rounds/generated-{number}",
        stage_count=len(STAGES),
    )


def _stages(number: int, began: datetime) -> Iterator[RoundStage]:
    for place, (iteration, name) in enumerate(STAGES):
        start = began + timedelta(minutes=STAGE_MINUTES * place)
        end = start + timedelta(minutes=STAGE_MINUTES - 1)
        result: dict[str, object] = {"seconds": 60.0 * (STAGE_MINUTES - 1)}
        if name == "vote":
            result |= {"votes": 10_000, "agreements": [0, 20, 180, 500, 900, 1300, 1700, 2300, 3100]}
        if name == "pairs":
            result |= {"pairs": 4000 + 10 * number, "drawn_of": 6000 - 400 * iteration, "from_verdicts": 12}
        yield RoundStage(
            round_id=number,
            iteration=iteration,
            name=name,
            status=Status.DONE,
            done=10_000,
            total=10_000,
            attempts=1,
            result=result,
            started=start,
            heartbeat=end,
            finished=end,
        )


def _versions(number: int) -> Iterator[ModelVersion]:
    for iteration in range(ITERATIONS + 1):
        yield ModelVersion(
            pk=_version(number, iteration),
            round_id=number,
            iteration=iteration,
            base_model="generated",
            adapter_path=f"rounds/generated-{number}/{iteration}",
            size=630_000,
        )


def _version(round_: int, iteration: int) -> int:
    return (round_ - 1) * (ITERATIONS + 1) + iteration + 1


def _metrics(round_: int, iteration: int, found: Evaluation) -> Iterator[Metric]:
    """Of everything, every vertical, every attribute."""
    question = np.arange(QUESTIONS)
    vertical, place = vertical_of(question), 1 + question % ATTRIBUTES
    frequent = np.zeros(QUESTIONS, dtype=bool)
    for number in range(1, VERTICALS + 1):
        for one in range(1, ATTRIBUTES + 1):
            asked = (vertical == number) & (place == one)
            frequent[asked] = found.truth[asked] == np.bincount(found.truth[asked]).argmax()
    slices: list[tuple[int | None, int | None]] = [(None, None)]
    for number in range(1, VERTICALS + 1):
        slices += [(number, None), *((number, one) for one in range(1, ATTRIBUTES + 1))]
    for method, answers in ((Method.GREEDY, found.greedy), (Method.MAJORITY, found.majority)):
        for of, at in slices:
            chosen = np.ones(QUESTIONS, dtype=bool)
            chosen &= True if of is None else vertical == of
            chosen &= True if at is None else place == at
            total, correct = int(chosen.sum()), int((answers == found.truth)[chosen].sum())
            low, high = wilson_interval(correct, total)
            yield Metric(
                round_id=round_,
                iteration=iteration,
                method=method,
                vertical_id=of,
                attribute_id=attribute_of(of, at) if of and at else None,
                questions=total,
                correct=correct,
                unparseable=int((answers == 0)[chosen].sum()),
                majority_class=float(frequent[chosen].mean()),
                value=correct / total,
                low=min(low, correct / total),
                high=max(high, correct / total),
            )

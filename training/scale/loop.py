"""What the rounds of the large database took, how far their chains agreed, and what routings accept."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict

import numpy as np
from django.utils import timezone

from catalog.models import Status
from training.ml.calibration import Judged
from training.ml.evidence import Pool
from training.ml.policy import Policy
from training.ml.reliability import expected_calibration_error, reliability_of
from training.ml.thresholds import choose_thresholds, held_out
from training.ml.vote import spread
from training.models import (
    AgreementSpread,
    HumanTime,
    LabelUse,
    RoundStage,
    Routing,
    RoutingState,
    RoutingThreshold,
    StageTime,
)
from training.routing.figures import Figures, total, tradeoff
from training.routing.settings import RoutingSettings
from training.scale.rounds import QUESTIONS, evaluation, pool_of, version_keys, vertical_of
from training.scale.sizes import ATTRIBUTES, CHAINS, GOLD, ITERATIONS, SEED, VERTICALS, Sizes, attribute_of

GPU = "NVIDIA H100 80GB HBM3"
TRAININGS = ("sft", "dpo")
ROUTINGS = 3


def loop_make(sizes: Sizes, *, using: str) -> None:
    """Times of stages and people and agreements of every round, and routings of the newest versions."""
    stages = RoundStage.objects.using(using).order_by("pk").values_list("pk", "round_id", "name")
    StageTime.objects.using(using).bulk_create(
        _stage_time(sizes, pk, round_, name) for pk, round_, name in stages
    )
    for round_ in range(1, sizes.rounds + 1):
        HumanTime.objects.using(using).bulk_create(_human_times(sizes, round_))
        AgreementSpread.objects.using(using).bulk_create(_spreads(sizes, round_))
    champion, _ = version_keys(sizes)
    for place in range(min(ROUTINGS, champion)):
        _routing_make(sizes, champion - place, is_current=place == 0, using=using)


def _stage_time(sizes: Sizes, stage: int, round_: int, name: str) -> StageTime:
    seconds = float(sizes.random(f"time {stage}").gamma(4.0, 90.0)) * pool_of(sizes, round_) / sizes.listings
    processes = 4 if name in TRAININGS else 1
    return StageTime(stage_id=stage, device=GPU, processes=processes, seconds=processes * seconds)


def _human_times(sizes: Sizes, round_: int) -> Iterator[HumanTime]:
    """Later rounds learn from more verdicts."""
    random = sizes.random(f"people {round_}")
    counts = {LabelUse.SEED: SEED, LabelUse.GOLD: GOLD, LabelUse.REVIEWED: 4 * (round_ - 1)}
    for vertical in range(1, VERTICALS + 1):
        for use, listings in counts.items():
            if listings:
                yield HumanTime(
                    round_id=round_,
                    vertical_id=vertical,
                    use=use,
                    listings=listings,
                    timed=listings - listings // 10,
                    turns=listings,
                    seconds=float(random.gamma(4.0 * listings, 6.0)),
                )


def _spreads(sizes: Sizes, round_: int) -> Iterator[AgreementSpread]:
    """Of the models that voted: all but the last."""
    asked = pool_of(sizes, round_) // VERTICALS * ATTRIBUTES
    for iteration in range(ITERATIONS):
        random = sizes.random(f"agreement {round_} {iteration}")
        every = np.zeros(CHAINS + 1, dtype=np.int64)
        for vertical in range(1, VERTICALS + 1):
            likely = np.linspace(0.1, 1, CHAINS + 1) ** (1.5 + 0.5 * iteration + random.random())
            counts = random.multinomial(asked, likely / likely.sum())
            every += counts
            yield _spread(round_, iteration, vertical, counts.tolist())
        yield _spread(round_, iteration, None, every.tolist())


def _spread(round_: int, iteration: int, vertical: int | None, counts: list[int]) -> AgreementSpread:
    votes = {(top, CHAINS): questions for top, questions in enumerate(counts)}
    return AgreementSpread(
        round_id=round_,
        iteration=iteration,
        vertical_id=vertical,
        questions=sum(counts),
        mean=sum(top * questions for top, questions in enumerate(counts)) / CHAINS / sum(counts),
        counts=spread(votes),
    )


def _routing_make(sizes: Sizes, version: int, *, is_current: bool, using: str) -> None:
    """A routing by what the version answered on gold; the pool is as gold, many times over."""
    settings, now = RoutingSettings(), timezone.now()
    judged = list(_judged(sizes, *divmod(version - 1, ITERATIONS + 1)))
    pool = _pool(judged, times=max(1, sizes.predictions // QUESTIONS))
    policy = choose_thresholds(judged, pool, settings.target)
    figures = {pair: _figures(policy, pair, counts) for pair, counts in pool.items()}
    curve = reliability_of(held_out(judged, settings.target))
    verticals: defaultdict[str, list[Figures]] = defaultdict(list)
    for (vertical, _), found in figures.items():
        verticals[vertical].append(found)
    routing = Routing.objects.using(using).create(
        version_id=version,
        state=RoutingState.CURRENT if is_current else RoutingState.SUPERSEDED,
        status=Status.DONE,
        params=settings.to_json(),
        started=now,
        heartbeat=now,
        finished=now,
        confirmed=now,
        superseded=None if is_current else now,
        worker="process 7 on scale",
        calibration={
            "policy": policy.to_json(),
            "reliability": [one.to_json() for one in curve],
            "error": expected_calibration_error(curve),
            "tradeoff": [asdict(point) for point in tradeoff(policy.calibration, pool)],
        },
        summary={
            "judged": len(judged),
            "queued": 0,
            "bound": min((unit.bound for unit in policy.units if unit.passed), default=None),
            "whole": total(figures.values()).to_json(),
            "verticals": {vertical: total(found).to_json() for vertical, found in verticals.items()},
        },
    )
    RoutingThreshold.objects.using(using).bulk_create(_thresholds(routing.pk, policy, figures))


def _judged(sizes: Sizes, round_: int, iteration: int) -> Iterator[Judged]:
    """The gold questions as judged ones; votes are surer of what is right."""
    found = evaluation(sizes, round_ + 1, iteration)
    random = sizes.random(f"judged {round_} {iteration}")
    for place, vertical in enumerate(vertical_of(np.arange(QUESTIONS)).tolist()):
        is_right = bool(found.majority[place] == found.truth[place])
        votes = CHAINS - int(2 * random.random() ** 2 if is_right else 7 * random.random() ** 0.5)
        attribute = f"attribute-{1 + place % ATTRIBUTES}"
        group = f"{place // ATTRIBUTES}"
        yield Judged(f"{place}", group, f"vertical-{vertical}", attribute, votes, CHAINS, is_right)


def _pool(judged: list[Judged], *, times: int) -> Pool:
    pool: defaultdict[tuple[str, str], Counter[float]] = defaultdict(Counter)
    for one in judged:
        pool[one.vertical, one.attribute][one.agreement] += times
    return pool


def _figures(policy: Policy, pair: tuple[str, str], counts: Mapping[float, int]) -> Figures:
    accepted = {level: count for level, count in counts.items() if policy.accepts(*pair, level)}
    questions = sum(counts.values())
    return Figures(
        questions=questions,
        accepted=sum(accepted.values()),
        reviewed=questions - sum(accepted.values()),
        expected_correct=sum(
            count * policy.calibration.probability(*pair, level) for level, count in accepted.items()
        ),
    )


def _thresholds(
    routing: int, policy: Policy, figures: dict[tuple[str, str], Figures]
) -> Iterator[RoutingThreshold]:
    bounds = {unit.name: unit.bound for unit in policy.units}
    for one in policy.thresholds:
        vertical, attribute = (int(name.rpartition("-")[2]) for name in (one.vertical, one.attribute))
        yield RoutingThreshold(
            routing_id=routing,
            attribute_id=attribute_of(vertical, attribute),
            threshold=one.agreement,
            why=one.why.value,
            judged=one.judged,
            above=one.above,
            correct=one.correct,
            expected=one.expected,
            unit=one.unit,
            bound=bounds.get(one.unit),
            more=one.more,
            figures=figures[one.vertical, one.attribute].to_json(),
        )

"""What verdicts bring: the champion learns from a hundred of them, chosen in one order or another."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from training.ml.metrics import mean_interval
from training.ml.params import LoopParams, OptimParams, SelfTrainingParams
from training.ml.progress import silent
from training.ml.prompts import write_chain
from training.ml.records import Chain, JsonRecord, Question
from training.ml.study.known import Known, Reviewer
from training.ml.study.live import by_value
from training.ml.study.votes import Voted

NONE = "none"


@dataclass(frozen=True, slots=True)
class GainParams:
    """How the gain is measured."""

    verdicts: int = 300
    gold_share: float = 0.3
    """Of the voted listings; verdicts are about the others."""
    replay: float = 0.25
    """Share of the seed questions that are shown once more beside the verdicts."""
    optim: OptimParams = field(default_factory=lambda: OptimParams(5e-4, 1, 16, 16))


@dataclass(frozen=True, slots=True)
class GainRun(JsonRecord):
    """One model that learned from verdicts."""

    order: str
    seed: int
    verdicts: int
    right_before: float
    """Share of the reviewed majorities that were right."""
    questions: int
    """Gold."""
    correct: int

    @property
    def accuracy(self) -> float:
        return self.correct / self.questions


@dataclass(frozen=True, slots=True)
class GainSummary(JsonRecord):
    """Percentage points of accuracy on gold per 100 verdicts, with the 95 % Student interval over seeds."""

    order: str
    against: str
    """The order that it is compared with, seed by seed."""
    seeds: int
    points: float
    low: float
    high: float


def _random(pool: Sequence[Known], count: int, seed: int) -> list[Known]:
    return random.Random(f"random {seed}").sample(pool, count)


def _low_agreement(pool: Sequence[Known], count: int, seed: int) -> list[Known]:
    shuffled = random.Random(f"low {seed}").sample(pool, len(pool))
    return sorted(shuffled, key=lambda one: one.agreement)[:count]


def _value(pool: Sequence[Known], count: int, seed: int) -> list[Known]:
    return by_value(pool, count)


ORDERS: Mapping[str, Callable[[Sequence[Known], int, int], list[Known]]] = {
    "value": _value,
    "low agreement": _low_agreement,
    "random": _random,
}


def gain_run(
    voted: Voted,
    order: str,
    reviewer: Reviewer,
    params: GainParams,
    loop: LoopParams,
    *,
    out: Path,
    seed: int,
) -> GainRun:
    """Let the champion learn from verdicts in this order (`NONE`: from the seed set alone) and measure it.

    The seed decides what is gold, what the seed set repeats and the order of training. The result is kept in
    `out`, and read from there the next time.
    """
    path = out / f"{order.replace(' ', '-')}-{reviewer.errs:g}-{seed}.json"
    if path.is_file():
        return GainRun.from_json(json.loads(path.read_text()))
    gold, pool = _divided(voted.known, params.gold_share, seed)
    chosen = ORDERS[order](pool, params.verdicts, seed) if order != NONE else []
    draw = random.Random(f"training {seed}")
    repeated = draw.sample(voted.seed, round(params.replay * len(voted.seed)))
    taught = [(one, one.answer or "") for one in repeated]
    taught += [(voted.questions[one.question_id], reviewer.answer(one)) for one in chosen]
    correct = _taught(voted, taught, [voted.questions[one.question_id] for one in gold], params, loop, seed)
    run = GainRun(
        order=order,
        seed=seed,
        verdicts=len(chosen),
        right_before=sum(one.right for one in chosen) / max(1, len(chosen)),
        questions=len(gold),
        correct=correct,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(run.to_json()) + "\n")
    return run


def summarise(runs: Sequence[GainRun]) -> list[GainSummary]:
    """Every order against no verdicts, and `value` against each other order."""
    accuracy = {(run.order, run.seed): run for run in runs}
    pairs = [(order, NONE) for order in ORDERS]
    pairs += [("value", order) for order in ORDERS if order != "value"]
    rows = []
    for order, against in pairs:
        both = [
            (run, accuracy[against, run.seed])
            for run in runs
            if run.order == order and (against, run.seed) in accuracy
        ]
        if both:
            points = [1e4 * (mine.accuracy - other.accuracy) / mine.verdicts for mine, other in both]
            rows.append(GainSummary(order, against, len(both), *mean_interval(points)))
    return rows


def _divided(known: Sequence[Known], share: float, seed: int) -> tuple[list[Known], list[Known]]:
    groups = sorted({one.group for one in known})
    gold = set(random.Random(f"gold {seed}").sample(groups, round(share * len(groups))))
    return [one for one in known if one.group in gold], [one for one in known if one.group not in gold]


def _taught(
    voted: Voted,
    taught: Sequence[tuple[Question, str]],
    gold: Sequence[Question],
    params: GainParams,
    loop: LoopParams,
    seed: int,
) -> int:
    """Gold questions that the champion answers right once it has been taught these answers."""
    from training.ml.sample import Sampler
    from training.ml.sft import retrain

    draw = random.Random(f"photos {seed}")
    chains = [
        Chain(
            one.question_id,
            0,
            write_chain(photo=draw.randint(1, len(one.listing.images)), answer=answer),
            answer,
            0.0,
        )
        for one, answer in taught
    ]
    with tempfile.TemporaryDirectory(prefix="attrx-gain-") as scratch:
        adapter = Path(scratch) / "adapter"
        retrain(
            chains,
            [one for one, _ in taught],
            replace(SelfTrainingParams(), optim=params.optim),
            loop.model,
            adapter=voted.adapter,
            out=adapter,
            seed=seed,
            progress=silent,
        )
        answers = Sampler(loop.model, adapter).greedy(gold, loop.sample)
    return sum(said.answer == one.answer for said, one in zip(answers, gold, strict=True))

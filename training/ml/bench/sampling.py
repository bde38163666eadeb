"""`bench-sampling`: chains a second of our sampler, of transformers' generate, and of the floor."""

from __future__ import annotations

import statistics
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import torch

from training.ml.bench.agreement import follows, same_distribution
from training.ml.bench.catalogue import bench_questions
from training.ml.bench.floor import CountingSampler, floor_seconds, settle
from training.ml.bench.generating import generate_texts
from training.ml.bench.models import SMALL, Size, build_random
from training.ml.encoding import open_photos, split_prompt
from training.ml.params import ModelParams, SampleParams, tiny_params
from training.ml.prompts import parse_answer
from training.ml.records import Question
from training.ml.sample import Sampler
from training.ml.tiny import PHOTO_PIXELS

P = ParamSpec("P")
Result = TypeVar("Result")

CHAINS = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured with one model."""

    listings: int
    params: SampleParams
    batches: tuple[int, ...]
    """Questions that generate is given together; the fastest counts."""
    repeats: int
    compared: int
    """Chains whose answers are compared."""


def tiny_plan(*, quick: bool) -> Plan:
    """The tiny model of this repository, whose chains end by themselves."""
    params = replace(tiny_params().sample, chains=CHAINS)
    return Plan(8 if quick else 16, params, (16, 64), 1 if quick else 2, 2_000 if quick else 10_000)


def random_plan(*, quick: bool) -> Plan:
    """A random-weight model, whose chains all have the same length."""
    params = SampleParams(
        chains=CHAINS, max_new_tokens=8 if quick else 24, listings_per_batch=4, rows_per_batch=160
    )
    return Plan(1 if quick else 4, params, (5,) if quick else (5, 20), 1, 2_000 if quick else 10_000)


def bench_tiny(*, quick: bool) -> dict[str, Any]:
    """Figures of the tiny model; `chi_square_p` compares its answers with those of generate."""
    with tempfile.TemporaryDirectory() as scratch:
        sampler, plan = CountingSampler(tiny_params().model), tiny_plan(quick=quick)
        questions = bench_questions(Path(scratch), listings=plan.listings, pixels=PHOTO_PIXELS)
        found = _figures(sampler, questions, plan)
        return found | {"chi_square_p": _answers_p(sampler, questions[:5], plan)}


def bench_random(size: Size = SMALL, *, quick: bool) -> dict[str, Any]:
    """Figures of a random-weight model; `chi_square_p` compares first tokens with a plain forward pass."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        parameters = build_random(size, folder)
        sampler = CountingSampler(ModelParams(base=str(folder), device="cpu", dtype="float32"))
        plan = random_plan(quick=quick)
        questions = bench_questions(Path(scratch), listings=plan.listings, pixels=size.pixels)
        found = _figures(sampler, questions, plan)
        p = first_token_p(sampler, questions[0], plan.compared)
        return found | {"parameters": parameters, "chi_square_p": p}


def _figures(sampler: CountingSampler, questions: Sequence[Question], plan: Plan) -> dict[str, Any]:
    """Rates of all contestants; the ratios are medians over rounds in which each of them had its turn."""
    params, total = plan.params, len(questions) * plan.params.chains
    sampler.sample(questions[:5], params, seed=0)  # Whoever is first pays for what torch sets up.
    rounds: dict[str, list[float]] = defaultdict(list)
    for number in range(plan.repeats):
        _, seconds = timed(sampler.device, sampler.sample, questions, params, seed=number)
        rounds["ours"].append(total / seconds)
        rounds["floor"].append(total / floor_seconds(sampler, questions, sampler.lengths, params))
        spent = {
            size: timed(sampler.device, generate_texts, sampler, questions, params, batch=size)[1]
            for size in (*plan.batches, 1)
        }
        rounds["generate"].append(total / min(spent[size] for size in plan.batches))
        rounds["generate_one"].append(total / spent[1])
    return {
        "chains": total,
        **{f"{name}_chains_per_second": round(statistics.median(rates), 2) for name, rates in rounds.items()},
        "ratio_generate": _ratio(rounds, "ours", "generate"),
        "ratio_generate_one": _ratio(rounds, "ours", "generate_one"),
        "share_of_floor": _ratio(rounds, "ours", "floor"),
        "greedy_equal": greedy_equal(sampler, questions, params, batch=plan.batches[0]),
    }


def greedy_equal(
    sampler: Sampler, questions: Sequence[Question], params: SampleParams, *, batch: int
) -> bool:
    """Every greedy chain is generate's."""
    ours = {chain.question_id: [chain.text] for chain in sampler.greedy(questions, params)}
    return ours == generate_texts(sampler, questions, params, batch=batch, greedy=True)


def _answers_p(sampler: Sampler, questions: Sequence[Question], plan: Plan) -> float:
    several = replace(plan.params, chains=plan.compared // len(questions))
    attributes = {question.question_id: question.attribute for question in questions}
    ours: dict[str, list[str | None]] = defaultdict(list)
    for chain in sampler.sample(questions, several, seed=99):
        ours[chain.question_id].append(chain.answer)
    torch.manual_seed(99)
    theirs: dict[str, list[str | None]] = defaultdict(list)
    part = replace(several, chains=min(several.chains, 100))
    for _ in range(several.chains // part.chains):
        for name, texts in generate_texts(sampler, questions, part, batch=len(questions)).items():
            theirs[name] += [parse_answer(text, attributes[name]) for text in texts]
    return round(same_distribution(ours, theirs), 4)


@torch.inference_mode()
def first_token_p(sampler: Sampler, question: Question, chains: int, *, bins: int = 64) -> float:
    """p that first tokens of so many chains follow the model's probabilities, in bins by their text."""
    parts = split_prompt(sampler.processor, question)
    inputs = sampler.processor(
        images=[open_photos(question.listing)],
        text=[parts.prefix + parts.suffix],
        add_special_tokens=False,
        return_tensors="pt",
    ).to(sampler.device)
    logits = sampler.model(**inputs, logits_to_keep=1).logits[0, -1].double()
    shares: dict[int, float] = defaultdict(float)
    for token, share in enumerate(torch.softmax(logits, -1).tolist()):
        text = sampler.processor.tokenizer.decode([token], skip_special_tokens=True)
        shares[_bin(text, bins)] += share
    drawn = sampler.sample([question], SampleParams(chains=chains, max_new_tokens=1), seed=99)
    return round(follows([_bin(chain.text, bins) for chain in drawn], dict(shares)), 4)


def timed(
    device: torch.device, work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs
) -> tuple[Result, float]:
    """(what the work returns, the seconds that it takes, a GPU's share included)"""
    settle(device)
    started = time.perf_counter()
    result = work(*args, **kwargs)
    settle(device)
    return result, time.perf_counter() - started


def _bin(text: str, bins: int) -> int:
    return zlib.crc32(text.strip().encode()) % bins


def _ratio(rounds: dict[str, list[float]], over: str, under: str) -> float:
    return round(statistics.median(a / b for a, b in zip(rounds[over], rounds[under], strict=True)), 3)

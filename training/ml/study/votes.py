"""Real votes with known truth: a model learns from a few listings of a folder and votes on the others."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from training.ml.folder import read_listings, read_schema
from training.ml.params import LoopParams
from training.ml.progress import Progress, silent
from training.ml.records import Chain, Listing, Question, Vote, questions_of, write_jsonl
from training.ml.study.known import Known
from training.ml.vote import count_votes

VOTES_FILE = "votes.jsonl"


@dataclass(frozen=True, slots=True)
class Voted:
    """A champion, what it learned from, and what it says of everything else."""

    adapter: Path
    seed: tuple[Question, ...]
    questions: dict[str, Question]
    """{question id: the question with its truth}, those that were voted on"""
    known: tuple[Known, ...]


def voted(
    data: Path, out: Path, params: LoopParams, *, seed_listings: int, progress: Progress = silent
) -> Voted:
    """Train on the first listings of each vertical, vote on the others; what `out` has is not done again.

    Raises:
        DataError: when the data folder cannot be used.
    """
    schema = read_schema(data / "schema.json")
    # Where an attribute shows is not said: the model must find out, as in the demo.
    listings = [replace(one, evidence={}) for one in read_listings(data, schema, check_images=False)]
    first, others = _divided(listings, seed_listings)
    seed = questions_of(first, schema, answered=True)
    questions = {one.question_id: one for one in questions_of(others, schema, answered=True)}
    adapter, votes = out / "champion", out / VOTES_FILE
    if not adapter.is_dir():
        from training.ml.sft import train_sft

        train_sft(seed, params.sft, params.model, out=adapter, seed=params.seed, progress=progress)
    if not votes.is_file():
        from training.ml.sample import Sampler

        sampler = Sampler(params.model, adapter)
        chains = sampler.sample(list(questions.values()), params.sample, seed=params.seed, progress=progress)
        write_jsonl(votes, _known(chains, questions))
    return Voted(adapter, tuple(seed), questions, tuple(read_known(votes)))


def read_known(path: Path) -> list[Known]:
    """Read what `voted` wrote."""
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [Known(**{**row, "allowed": tuple(row["allowed"])}) for row in rows]


def _divided(listings: Iterable[Listing], seed_listings: int) -> tuple[list[Listing], list[Listing]]:
    by_vertical: defaultdict[str, list[Listing]] = defaultdict(list)
    for one in listings:
        by_vertical[one.vertical].append(one)
    return (
        [one for own in by_vertical.values() for one in own[:seed_listings]],
        [one for own in by_vertical.values() for one in own[seed_listings:]],
    )


def _known(chains: Sequence[Chain], questions: dict[str, Question]) -> list[Known]:
    logprobs: defaultdict[tuple[str, str | None], list[float]] = defaultdict(list)
    for one in chains:
        logprobs[one.question_id, one.answer].append(one.logprob)
    return [
        _voted_on(vote, questions[vote.question_id], logprobs[vote.question_id, vote.majority])
        for vote in count_votes(chains)
    ]


def _voted_on(vote: Vote, question: Question, logprobs: Sequence[float]) -> Known:
    assert question.answer is not None
    return Known(
        question_id=question.question_id,
        group=question.listing.group,
        vertical=question.listing.vertical,
        attribute=question.attribute.code,
        allowed=question.attribute.allowed_values,
        truth=question.answer,
        counts=vote.counts,
        chains=vote.chains,
        logprob=sum(logprobs) / len(logprobs) if vote.majority is not None else None,
    )

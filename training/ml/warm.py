"""A model that stays in memory and answers several requests at once.

A request's chains depend on its seed, its questions and the model alone (sample.py), so that it makes no
difference which others are answered with it. The base model stays loaded; adapters on it are changed without
loading it again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from training.ml.errors import DataError
from training.ml.params import ModelParams, SampleParams
from training.ml.progress import Progress, silent
from training.ml.records import Chain, Question

logger = logging.getLogger(__name__)


class SwitchingSampler(Protocol):
    """warmsampler.WarmSampler, or a stand-in without a model."""

    def use(self, adapter: Path) -> None: ...

    def sample(
        self, questions: Sequence[Question], params: SampleParams, *, seed: int, progress: Progress = ...
    ) -> list[Chain]: ...


@dataclass(frozen=True, slots=True)
class Draw:
    """What one request asks of a model."""

    model: ModelParams
    adapter: Path
    sample: SampleParams
    seed: int
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a request is answered."""

    chains: Mapping[str, tuple[Chain, ...]]
    """{question id: its chains by index}; empty where there is a problem"""
    together: int
    """Requests that one call of the sampler answered."""
    problem: str = ""
    """Why there are no chains, and the remedy."""


def together(draws: Sequence[Draw]) -> list[list[int]]:
    """Which draws one call of the sampler can answer, by their places, the earliest first.

    They ask the same model with the same parameters, and no question of theirs has two meanings.
    """
    groups: list[tuple[list[int], dict[str, Question]]] = []
    for place, draw in enumerate(draws):
        asked = {question.question_id: question for question in draw.questions}
        for places, known in groups:
            if _same_model(draw, draws[places[0]]) and all(
                known.get(name, question) == question for name, question in asked.items()
            ):
                places.append(place)
                known |= asked
                break
        else:
            groups.append(([place], asked))
    return [places for places, _ in groups]


class WarmModel:
    """Answers draws; what it has loaded stays for the next ones.

    Args:
        make: a sampler of a base model with a first adapter; None: the real one, which loads torch.
    """

    def __init__(self, make: Callable[[ModelParams, Path], SwitchingSampler] | None = None) -> None:
        self._make = make or _sampler
        self._params: ModelParams | None = None
        self._sampler: SwitchingSampler | None = None

    def load(self, params: ModelParams, adapter: Path) -> SwitchingSampler:
        """The sampler with this adapter in use. Another base model takes the place of the one before.

        Raises:
            DataError: when base or adapter cannot be used.
        """
        if self._sampler is None or self._params != params:
            self._params = self._sampler = None  # The old model makes room before the new one comes.
            self._sampler = self._make(params, adapter)
            self._params = params
        self._sampler.use(adapter)
        return self._sampler

    def answer(self, draws: Sequence[Draw]) -> Iterator[tuple[int, Drawn]]:
        """(place of a draw, what it is answered), as soon as it is. One that fails lets the others be."""
        for places in together(draws):
            yield from self._group(draws, places)

    def _group(self, draws: Sequence[Draw], places: Sequence[int]) -> Iterator[tuple[int, Drawn]]:
        try:
            chains = self._sample([draws[place] for place in places])
        except Exception as error:
            if len(places) > 1:  # It may be the fault of one of them.
                for place in places:
                    yield from self._group(draws, [place])
                return
            yield places[0], Drawn({}, 1, _problem(error))
            return
        for place in places:
            asked = [question.question_id for question in draws[place].questions]
            yield place, Drawn({name: chains[name] for name in asked}, len(places))

    def _sample(self, draws: Sequence[Draw]) -> dict[str, tuple[Chain, ...]]:
        first = draws[0]
        questions = {one.question_id: one for draw in draws for one in draw.questions}
        sampler = self.load(first.model, first.adapter)
        drawn = sampler.sample(list(questions.values()), first.sample, seed=first.seed, progress=silent)
        chains: dict[str, list[Chain]] = {name: [] for name in questions}
        for chain in drawn:
            chains[chain.question_id].append(chain)
        return {name: tuple(of) for name, of in chains.items()}


def _same_model(one: Draw, other: Draw) -> bool:
    mine = (one.model, one.adapter, one.sample, one.seed)
    return mine == (other.model, other.adapter, other.sample, other.seed)


def _problem(error: Exception) -> str:
    if isinstance(error, DataError):
        return str(error)
    logger.error("a request could not be answered", exc_info=error)
    said = " ".join(str(error).split())[:200]
    return f"the model failed ({type(error).__name__}: {said}): the log of the model worker says more"


def _sampler(params: ModelParams, adapter: Path) -> SwitchingSampler:
    from training.ml.warmsampler import WarmSampler

    return WarmSampler(params, adapter)

"""Sampling by vLLM instead of our own sampler (arXiv 2309.06180), behind the same interface.

vLLM reads a prompt that begins like an earlier one from where they part (prefix caching), so questions of a
listing come one after the other, and it forks a prompt for its N chains. An adapter is loaded as LoRA. vLLM
is imported when a sampler is made, and by nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from training.ml.encoding import open_photos, split_prompt
from training.ml.errors import DataError
from training.ml.model import load_processor
from training.ml.params import ModelParams, SampleParams
from training.ml.progress import Progress, silent
from training.ml.prompts import parse_answer
from training.ml.records import Chain, Question
from training.ml.shards import likeness

LISTINGS = 64
"""Listings whose photos are open at the same time; vLLM makes its own batches of them."""
RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""Sizes that vLLM holds room for an adapter in."""
ADAPTER = 1
"""Number of the only adapter of a sampler."""


class VllmSampler:
    """Draws chains from one model; loading it is the costly part.

    A chain depends on the seed, its question and its index, whatever the order of questions, up to the
    rounding errors of batches, which vLLM does not keep alike.

    Raises:
        DataError: when vLLM is not installed or cannot load what is asked for.
    """

    def __init__(self, params: ModelParams, adapter: Path | None = None) -> None:
        self._vllm, request = _import_vllm()
        if params.load_in_4bit:
            raise DataError(
                "sample.engine=vllm does not take model.load_in_4bit: "
                "leave that out, or sample with the built-in engine (sample.engine=built_in)"
            )
        self.processor = load_processor(params)
        self._lora = None if adapter is None else request("attrx", ADAPTER, str(adapter))
        try:
            self._engine: Any = self._vllm.LLM(**_engine_options(params, adapter))
        except (OSError, ValueError, RuntimeError) as error:
            raise DataError(
                f"vLLM cannot load {params.base} ({error}): sample with the built-in engine "
                "(sample.engine=built_in), or mend what it names"
            ) from error

    def sample(
        self, questions: Sequence[Question], params: SampleParams, *, seed: int, progress: Progress = silent
    ) -> list[Chain]:
        """`params.chains` chains of every question at `params.temperature`, by question and index."""
        return [chain for _, chains in self._drawn(questions, params, seed, progress) for chain in chains]

    def greedy(
        self, questions: Sequence[Question], params: SampleParams, *, progress: Progress = silent
    ) -> list[Chain]:
        """The likeliest-token chain of every question, in order."""
        return [first for first, _ in self._drawn(questions, params, None, progress, greedy=True) if first]

    def greedy_and_sample(
        self, questions: Sequence[Question], params: SampleParams, *, seed: int, progress: Progress = silent
    ) -> tuple[list[Chain], list[Chain]]:
        """What `greedy` and `sample` give, from one reading of the prompts."""
        drawn = self._drawn(questions, params, seed, progress, greedy=True)
        return [first for first, _ in drawn if first], [chain for _, chains in drawn for chain in chains]

    def _drawn(
        self,
        questions: Sequence[Question],
        params: SampleParams,
        seed: int | None,
        progress: Progress,
        *,
        greedy: bool = False,
    ) -> list[tuple[Chain | None, list[Chain]]]:
        """(the greedy chain if wanted, the sampled ones if there is a seed) of each question, in order."""
        found: dict[str, tuple[Chain | None, list[Chain]]] = {}
        progress(0, len(questions))
        for part in _parts(questions):
            prompts = [prompt for listing in part for prompt in self._prompts(listing)]
            asked = [question for listing in part for question in listing]
            wanted = [self._wanted(question, params, seed, greedy) for question in asked]
            outputs = iter(
                self._engine.generate(
                    [prompt for prompt, ways in zip(prompts, wanted, strict=True) for _ in ways],
                    [way for ways in wanted for way in ways],
                    use_tqdm=False,
                    lora_request=self._lora,
                )
            )
            for question, ways in zip(asked, wanted, strict=True):
                said = [_chains(question, next(outputs)) for _ in ways]
                first = said[0][0] if greedy else None
                found[question.question_id] = first, said[-1] if seed is not None else []
            progress(len(found), len(questions))
        return [found[question.question_id] for question in questions]

    def _prompts(self, listing: Sequence[Question]) -> Iterator[dict[str, Any]]:
        """The prompts of a listing's questions, tokenized as the built-in sampler does it."""
        photos = open_photos(listing[0].listing)
        for question in listing:
            parts = split_prompt(self.processor, question)
            ids = self.processor.tokenizer(parts.prefix + parts.suffix, add_special_tokens=False).input_ids
            yield {"prompt_token_ids": ids, "multi_modal_data": {"image": photos}}

    def _wanted(self, question: Question, params: SampleParams, seed: int | None, greedy: bool) -> list[Any]:
        """vLLM's sampling parameters of a question: the greedy ones first."""
        shared = {
            "max_tokens": params.max_new_tokens,
            "stop_token_ids": [self.processor.tokenizer.eos_token_id],
            "logprobs": 0,
        }
        ways = []
        if greedy:
            ways.append(self._vllm.SamplingParams(temperature=0.0, **shared))
        if seed is not None:
            ways.append(
                self._vllm.SamplingParams(
                    n=params.chains,
                    temperature=params.temperature,
                    seed=question_seed(seed, question.question_id),
                    **shared,
                )
            )
        return ways


def question_seed(seed: int, question_id: str) -> int:
    """The seed of a question's first chain; vLLM adds the index of the chain to it."""
    digest = hashlib.sha256(f"{seed}:{question_id}".encode()).digest()
    return int.from_bytes(digest[:7], "big")


def _parts(questions: Sequence[Question]) -> Iterator[list[list[Question]]]:
    """Questions by listing, so many listings at a time, those of like length together."""
    ordered = sorted(questions, key=likeness)
    listings = [list(group) for _, group in groupby(ordered, key=lambda one: one.listing.listing_id)]
    for start in range(0, len(listings), LISTINGS):
        yield listings[start : start + LISTINGS]


def _chains(question: Question, output: Any) -> list[Chain]:
    """The chains of one request, by index."""
    return [
        Chain(
            question.question_id,
            one.index,
            one.text.strip(),
            parse_answer(one.text, question.attribute),
            round(one.cumulative_logprob, 4),
        )
        for one in sorted(output.outputs, key=lambda one: one.index)
    ]


def _engine_options(params: ModelParams, adapter: Path | None) -> dict[str, Any]:
    options: dict[str, Any] = {
        "model": params.base,
        "dtype": params.dtype,
        "seed": 0,
        "enable_prefix_caching": True,
        "gpu_memory_utilization": params.vllm_memory,
        "max_model_len": params.vllm_tokens,
        "trust_remote_code": False,
    }
    if params.max_pixels is not None:
        options["mm_processor_kwargs"] = {"max_pixels": params.max_pixels}
    if adapter is not None:
        options |= {"enable_lora": True, "max_loras": 1, "max_lora_rank": _room_for(adapter)}
    return options


def _room_for(adapter: Path) -> int:
    """The least rank of vLLM's that the adapter fits into."""
    try:
        rank = int(json.loads((adapter / "adapter_config.json").read_text())["r"])
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"{adapter} is not an adapter: it has no adapter_config.json; give a folder that sft or dpo wrote"
        ) from error
    room = [size for size in RANKS if size >= rank]
    if not room:
        raise DataError(
            f"{adapter} has rank {rank}, vLLM takes {RANKS[-1]} at most: train with a smaller lora.rank"
        )
    return room[0]


def _import_vllm() -> tuple[Any, Any]:
    """(the package, its class that names an adapter)"""
    try:
        import vllm
        from vllm.lora.request import LoRARequest
    except ImportError as error:
        raise DataError(
            f"sample.engine is vllm, which cannot be imported here ({error}): install attrx[ml,vllm] on a "
            "machine with a GPU, or sample with the built-in engine (sample.engine=built_in)"
        ) from error
    return vllm, LoRARequest

"""vLLM's offline interface (`LLM`, `SamplingParams`, `LoRARequest`) over plain transformers, for tests.

It takes what vLLM 0.30 takes, by the same names, and nothing else. Like vLLM it seeds the i-th of n chains
with seed + i, expands image tokens itself, and reports the model's own log-probabilities at any temperature.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from training.ml.model import load_model, load_processor
from training.ml.params import ModelParams
from training.ml.sample import _stop_tokens


@dataclass(kw_only=True)
class SamplingParams:
    n: int = 1
    temperature: float = 1.0
    seed: int | None = None
    max_tokens: int = 16
    stop_token_ids: list[int] = field(default_factory=list)
    logprobs: int | None = None


@dataclass
class LoRARequest:
    lora_name: str
    lora_int_id: int
    lora_path: str = ""


@dataclass
class CompletionOutput:
    index: int
    text: str
    token_ids: list[int]
    cumulative_logprob: float | None


@dataclass
class RequestOutput:
    outputs: list[CompletionOutput]


class LLM:
    """Answers prompts one by one."""

    made: list[dict[str, Any]] = []
    """The options of every engine, in order."""

    def __init__(
        self,
        model: str,
        *,
        dtype: str,
        seed: int,
        enable_prefix_caching: bool,
        gpu_memory_utilization: float,
        max_model_len: int,
        trust_remote_code: bool,
        enable_lora: bool = False,
        max_loras: int = 1,
        max_lora_rank: int = 16,
        mm_processor_kwargs: dict[str, Any] | None = None,
    ) -> None:
        if not Path(model).is_dir():
            raise ValueError(f"{model} is no folder of a model")
        self.made.append(
            {
                "prefix_caching": enable_prefix_caching,
                "lora": max_lora_rank if enable_lora else None,
                "memory": gpu_memory_utilization,
                "longest": max_model_len,
                "remote_code": trust_remote_code,
                "photos": mm_processor_kwargs,
            }
        )
        pixels = (mm_processor_kwargs or {}).get("max_pixels")
        self._params = ModelParams(base=model, device="cpu", dtype="float32", threads=1, max_pixels=pixels)
        self._processor: Any = load_processor(self._params)
        self._model: Any = load_model(self._params)
        self._adapter = ""

    def generate(
        self,
        prompts: Sequence[dict[str, Any]],
        sampling_params: Sequence[SamplingParams],
        *,
        use_tqdm: bool = True,
        lora_request: LoRARequest | None = None,
    ) -> list[RequestOutput]:
        path = lora_request.lora_path if lora_request else ""
        if path != self._adapter:
            self._model = load_model(self._params, Path(path) if path else None)
            self._adapter = path
        return [
            RequestOutput([self._chain(prompt, params, index) for index in range(params.n)])
            for prompt, params in zip(prompts, sampling_params, strict=True)
        ]

    @torch.inference_mode()
    def _chain(self, prompt: dict[str, Any], params: SamplingParams, index: int) -> CompletionOutput:
        assert prompt.keys() == {"prompt_token_ids", "multi_modal_data"}
        text = self._processor.tokenizer.decode(prompt["prompt_token_ids"])
        inputs = self._processor(
            images=[prompt["multi_modal_data"]["image"]],
            text=[text],
            add_special_tokens=False,
            return_tensors="pt",
        )
        chance = torch.Generator().manual_seed((params.seed or 0) + index)
        stops = {*params.stop_token_ids, *_stop_tokens(self._model, self._processor.tokenizer)}
        ids: list[int] = []
        total = 0.0
        for _ in range(params.max_tokens):
            logits = self._model(**_longer(inputs, ids)).logits[0, -1].double()
            shares = torch.softmax(logits / (params.temperature or 1.0), -1)
            greedy = params.temperature == 0
            token = int(logits.argmax() if greedy else torch.multinomial(shares, 1, generator=chance))
            total += float(torch.log_softmax(logits, -1)[token])
            if token in stops:
                break
            ids.append(token)
        said = self._processor.tokenizer.decode(ids, skip_special_tokens=True)
        return CompletionOutput(index, said, ids, total if params.logprobs is not None else None)


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `import vllm` find these."""
    package, lora, request = (ModuleType(name) for name in ("vllm", "vllm.lora", "vllm.lora.request"))
    package.LLM, package.SamplingParams = LLM, SamplingParams  # type: ignore[attr-defined]
    request.LoRARequest = LoRARequest  # type: ignore[attr-defined]
    for module in (package, lora, request):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(LLM, "made", [])


def _longer(inputs: Any, ids: list[int]) -> dict[str, Any]:
    """The prompt and what has been said so far."""
    added = torch.tensor([ids], dtype=torch.long)
    whole = dict(inputs)
    whole["input_ids"] = torch.cat([whole["input_ids"], added], 1)
    whole["attention_mask"] = torch.ones_like(whole["input_ids"])
    if "mm_token_type_ids" in whole:
        whole["mm_token_type_ids"] = torch.cat([whole["mm_token_type_ids"], torch.zeros_like(added)], 1)
    return whole

"""Load a base model, its processor and adapters, from a folder or a hub id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import (
    AutoConfig,
    AutoModelForImageTextToText,
    AutoProcessor,
    PreTrainedModel,
    ProcessorMixin,
)
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

from training.ml.errors import DataError
from training.ml.params import ModelParams
from training.ml.processor import photo_processor

_UNUSABLE = (OSError, ValueError, KeyError, ImportError, TypeError, AttributeError)
"""What the auto classes raise on a folder that is not, or not wholly, a model."""


def resolve_device(params: ModelParams) -> torch.device:
    """The device asked for; `auto` is CUDA, else Apple's MPS, else the CPU."""
    if params.device != "auto":
        return torch.device(params.device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def resolve_dtype(params: ModelParams) -> torch.dtype:
    """The dtype asked for; `auto` is bfloat16 on a GPU that computes in it, float32 elsewhere."""
    if params.dtype != "auto":
        named: torch.dtype = getattr(torch, params.dtype)
        return named
    on_gpu = resolve_device(params).type == "cuda" and torch.cuda.is_bf16_supported()
    return torch.bfloat16 if on_gpu else torch.float32


def load_processor(params: ModelParams) -> ProcessorMixin:
    """The base model's own processor: tokenizer, photo pre-processing and chat template.

    Raises:
        DataError: when the folder or hub id holds no processor of an image-text-to-text model.
    """
    options: dict[str, Any] = {}
    if params.max_pixels is not None:
        options["max_pixels"] = params.max_pixels
    try:
        config = AutoConfig.from_pretrained(params.base)  # nosec B615
        family = PROCESSOR_MAPPING.get(type(config), AutoProcessor)
        loaded = family if family is AutoProcessor else photo_processor(family)
        processor: ProcessorMixin = loaded.from_pretrained(params.base, backend="pil", **options)
        if not isinstance(processor, ProcessorMixin) or processor.chat_template is None:
            raise ValueError("it has no processor with a chat template")
    except _UNUSABLE as error:
        raise _not_a_model(params.base, error) from error
    return processor


def load_model(
    params: ModelParams, adapter: Path | None = None, *, trainable: bool = False
) -> PreTrainedModel | PeftModel:
    """The base model on its device, with an adapter when one is given.

    Args:
        trainable: keep the adapter's gradients, to train it further.

    Raises:
        DataError: when base or adapter is not a model folder, naming it and the remedy.
    """
    torch.set_num_threads(params.threads)
    try:
        model: Any = AutoModelForImageTextToText.from_pretrained(params.base, **_loading_options(params))  # nosec B615
    except _UNUSABLE as error:
        raise _not_a_model(params.base, error) from error
    if not params.load_in_4bit:
        model = model.to(resolve_device(params))
    model.eval()
    return model if adapter is None else _with_adapter(model, adapter, trainable=trainable)


def _loading_options(params: ModelParams) -> dict[str, Any]:
    options: dict[str, Any] = {"dtype": resolve_dtype(params), "use_safetensors": True}
    if params.load_in_4bit:
        from transformers import BitsAndBytesConfig

        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=resolve_dtype(params),
        )
        options["device_map"] = {"": resolve_device(params)}
    return options


def _with_adapter(model: PreTrainedModel, adapter: Path, *, trainable: bool) -> PeftModel:
    if not (adapter / "adapter_config.json").is_file():
        raise DataError(
            f"{adapter} is not an adapter: it has no adapter_config.json; give a folder that sft or dpo wrote"
        )
    try:
        return PeftModel.from_pretrained(model, str(adapter), is_trainable=trainable)
    except (*_UNUSABLE, RuntimeError) as error:
        raise DataError(
            f"{adapter} does not fit its base model ({error}): give the base it was trained on"
        ) from error


def _not_a_model(base: str, error: Exception) -> DataError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return DataError(
        f"{base} is not a usable image-text-to-text model ({reason}): "
        "give a folder or hub id with config.json, safetensors weights and a processor with a chat template"
    )

"""Which sampler draws chains: our own, or vLLM where the parameters say so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from training.ml.features import FeatureStore
from training.ml.params import ModelParams, SampleParams

if TYPE_CHECKING:
    from training.ml.sample import Sampler
    from training.ml.vllm_sampler import VllmSampler


def load_sampler(
    model: ModelParams,
    params: SampleParams,
    adapter: Path | None = None,
    *,
    features: FeatureStore | None = None,
) -> Sampler | VllmSampler:
    """A model that is ready to draw chains; torch is loaded here.

    Args:
        features: where features of photos are kept; vLLM keeps its own.

    Raises:
        DataError: when the model, the adapter or the engine cannot be used.
    """
    if params.engine == "vllm":
        from training.ml.vllm_sampler import VllmSampler

        return VllmSampler(model, adapter)
    from training.ml.sample import Sampler

    return Sampler(model, adapter, features=features)

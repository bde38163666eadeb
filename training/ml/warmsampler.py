"""The sampler with adapters that change without loading the base model again."""

from __future__ import annotations

from pathlib import Path

from peft import PeftModel

from training.ml.adapters import MOST_ADAPTERS, Kept
from training.ml.errors import DataError
from training.ml.params import ModelParams
from training.ml.sample import Sampler

FIRST = "default"
"""What peft calls the adapter that a model was loaded with."""


class WarmSampler(Sampler):
    """A sampler of one base model; `use` says with which adapter it draws."""

    def __init__(self, params: ModelParams, adapter: Path) -> None:
        super().__init__(params, adapter)
        assert isinstance(self.model, PeftModel), "an adapter was asked for"
        self._kept = Kept(adapter, FIRST, most=MOST_ADAPTERS, drop=self.model.delete_adapter)

    def use(self, adapter: Path) -> None:
        """Draw with this adapter from now on.

        Raises:
            DataError: when it is none, or does not fit the base model.
        """
        name = self._kept.find(adapter) or self._kept.add(adapter, lambda new: self._load(adapter, new))
        self.model.set_adapter(name)

    def _load(self, adapter: Path, name: str) -> None:
        if not (adapter / "adapter_config.json").is_file():
            raise DataError(f"{adapter} is not an adapter: it has no adapter_config.json")
        try:
            self.model.load_adapter(str(adapter), adapter_name=name, is_trainable=False)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise DataError(
                f"{adapter} does not fit its base model ({error}): give the base it was trained on"
            ) from error

"""The strategies of a round: which stages it runs, in words and as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from training.ml.params import LoopParams, Strategy


@dataclass(frozen=True, slots=True)
class Plan:
    """What a strategy does."""

    label: str
    text: str
    """For whoever chooses."""
    first: str
    """The stage that brings the adapter of iteration 0."""
    first_label: str
    """What a person calls that model."""
    repeated: tuple[str, ...] = ()
    """The stages of an iteration, with those that parameters can leave out; none: there are no iterations."""
    learns_from: str = ""
    """The repeated stage that says how much there is to learn from, and the key of its result."""
    trains: str = ""
    """The repeated stage that makes the iteration's adapter."""

    @property
    def uses_seed(self) -> bool:
        return self.first == "sft"

    @property
    def learns_from_pool(self) -> bool:
        """Without a pool it cannot run. Every strategy predicts the pool in the end, where there is one."""
        return bool(self.repeated)


SAMPLE_SEED = "sample_seed"
"""The stage that draws chains of the seed set, where pairs are made of them (PairParams.use_seed)."""
PAIRING = ("sample", SAMPLE_SEED, "vote", "pairs", "dpo", "evaluate")

PLANS: Mapping[Strategy, Plan] = {
    "sft_dpo": Plan(
        label="SFT, then DPO",
        text="Fine-tune on the seed labels, then learn from the votes on the pool, iteration by iteration.",
        first="sft",
        first_label="SFT",
        repeated=PAIRING,
        learns_from="pairs",
        trains="dpo",
    ),
    "sft": Plan(
        label="SFT only",
        text="Fine-tune on the seed labels and measure. The pool is predicted and not learned from.",
        first="sft",
        first_label="SFT",
    ),
    "champion_dpo": Plan(
        label="DPO on the champion",
        text="Go on from the champion's adapter: no SFT, the same iterations.",
        first="champion",
        first_label="Champion",
        repeated=PAIRING,
        learns_from="pairs",
        trains="dpo",
    ),
    "self_training": Plan(
        label="Self-training, to compare",
        text="SFT on the model's own confident answers instead of DPO. Expect it to be worse: it is the "
        "comparison that the method was measured against.",
        first="sft",
        first_label="SFT",
        repeated=("sample", "vote", "confident", "retrain", "evaluate"),
        learns_from="confident",
        trains="retrain",
    ),
}
"""The default first."""


def follow(params: LoopParams, strategy: Strategy) -> LoopParams:
    """The parameters for this strategy; one without iterations has none."""
    iterations = params.iterations if PLANS[strategy].repeated else 0
    return replace(params, strategy=strategy, iterations=iterations)


def repeated_stages(params: LoopParams) -> tuple[str, ...]:
    """The stages of each iteration, in order."""
    names = PLANS[params.strategy].repeated
    return names if params.pair.use_seed else tuple(name for name in names if name != SAMPLE_SEED)


def plan_of(params: Mapping[str, Any]) -> Plan:
    """The plan of a round with these parameters, as it keeps them; those of older code name no strategy."""
    return PLANS[params.get("strategy", "sft_dpo")]

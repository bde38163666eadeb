"""The arms of the study of the loop: each changes one thing against the product's defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from training.ml.errors import DataError
from training.ml.overrides import override
from training.ml.params import LoopParams, Strategy
from training.ml.strategies import follow


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to learn from the same labels and the same pool."""

    name: str
    group: str
    """What it is compared in."""
    text: str
    """For whoever reads the tables."""
    changes: tuple[str, ...] = ()
    """As --set takes them."""
    strategy: Strategy = "sft_dpo"
    pool: int | None = None
    """Listings of each vertical; None: as many as the study's size says."""
    all_labels: bool = False
    """SFT is told the truth about the pool as well."""
    verdicts: bool = False
    """After SFT reviewers answered every question of the pool: verdicts decide all pairs, and votes none."""
    poisoned: bool = False
    """Every label of the seed set is another of the allowed values."""
    at_chance: bool = False
    """One attribute of each vertical is labelled by chance, in the seed set and in gold. Nothing tells it:
    the loop can grow sure of it and never right. Let through wrongly would be a model that is worse than SFT
    with the same labels where photos tell the answer, and one that is better by luck alone."""

    @property
    def label(self) -> str:
        """What people call it."""
        return LABELS.get(self.name, self.text)

    @property
    def own_gold(self) -> bool:
        """Its gold labels are other ones than those of the other arms: nothing but its own SFT compares."""
        return self.at_chance

    @property
    def own_labels(self) -> bool:
        """Its SFT learns from other labels than the loop's."""
        return self.all_labels or self.poisoned or self.at_chance

    def own_sft(self, defaults: LoopParams) -> bool:
        """Whether the model before the first iteration is another one than that of the defaults."""
        return self.own_labels or self.params(defaults).sft != defaults.sft

    def is_loop(self, defaults: LoopParams, *, pool: int | None) -> bool:
        """Whether it changes nothing: one of the values of a sweep is the default.

        Args:
            pool: listings of each vertical of arms that do not say.
        """
        is_told = self.own_labels or self.verdicts
        return not is_told and self.pool in (None, pool) and self.params(defaults) == defaults

    def params(self, defaults: LoopParams) -> LoopParams:
        """The defaults with what the arm changes."""
        return override(follow(defaults, self.strategy), self.changes)


FIRST = "first"
"""What the arms of a seed share, as a run of its own: zero-shot and SFT."""
LOOP = "dpo"
NO_POOL = "no_pool"
SELF_TRAINING = "self_training"
MAJORITY_SFT = "majority_sft"
ALL_LABELS = "all_labels"
VERDICTS = "verdicts"
LABELS = {
    LOOP: "The loop",
    NO_POOL: "The loop without a pool",
    SELF_TRAINING: "Self-training",
    MAJORITY_SFT: "SFT on majorities",
    ALL_LABELS: "SFT with all labels",
    VERDICTS: "The loop with all verdicts",
}
"""What people call the arms that are drawn beside one another."""
CEILINGS = (ALL_LABELS, VERDICTS)
"""They are told the labels of the pool. The better of them is what no loop without is expected to pass."""
MAIN = "main"
COLLAPSE = "collapse"
"""The group of arms that are meant to fail: what the guards are for."""
POOL = "pool"
POOL_SIZES = (10, 20, 40, 80, 160)


def _swept(group: str, parameter: str, values: Sequence[object], text: str) -> list[Arm]:
    return [Arm(f"{group}-{value}", group, f"{text} {value}", (f"{parameter}={value}",)) for value in values]


ARMS: tuple[Arm, ...] = (
    Arm(LOOP, MAIN, "the loop with the product's defaults"),
    Arm(NO_POOL, MAIN, "the loop with pairs of the seed set alone", pool=0),
    Arm(SELF_TRAINING, MAIN, "SFT on confident answers instead of DPO", strategy="self_training"),
    Arm(
        MAJORITY_SFT,
        MAIN,
        "SFT on a majority chain of every question instead of DPO",
        ("self_training.agreement=0",),
        strategy="self_training",
    ),
    Arm(ALL_LABELS, MAIN, "SFT with the labels of the pool", strategy="sft", all_labels=True),
    Arm(VERDICTS, MAIN, "the loop with verdicts on the pool in place of votes", verdicts=True),
    Arm("pool_alone", "seed", "the loop without pairs of the seed set", ("pair.use_seed=false",)),
    Arm(
        "evidence",
        "evidence",
        "the loop, from labels whose evidence photos are marked",
        ("sft.use_evidence=true",),
    ),
    *(Arm(f"{POOL}-{size}", POOL, f"{size} pool listings a vertical", pool=size) for size in POOL_SIZES),
    *_swept("chains", "sample.chains", (2, 4, 8, 16), "chains a question:"),
    *_swept("temperature", "sample.temperature", (0.7, 1.0, 1.3), "temperature"),
    *_swept("threshold", "pair.vote_threshold", (0.0, 0.5, 0.7), "least agreement"),
    *_swept("weight", "pair.weighting", ("none", "margin"), "pairs weighted by"),
    *_swept("nll", "dpo.nll_weight", (0.0, 0.2), "NLL term"),
    *_swept("beta", "dpo.beta", (0.05, 0.1, 0.3), "beta"),
    Arm(
        "too_fast", COLLAPSE, "a learning rate of DPO that is far too high", ("dpo.optim.learning_rate=1e-2",)
    ),
    Arm(
        "repeated",
        COLLAPSE,
        "self-training on every majority at a learning rate that is far too high",
        ("self_training.agreement=0", "self_training.optim.learning_rate=1e-2"),
        strategy="self_training",
    ),
    Arm("poisoned", COLLAPSE, "a seed set whose labels are all wrong", poisoned=True),
    Arm("at_chance", COLLAPSE, "an attribute of each vertical that is labelled by chance", at_chance=True),
)
"""The loop itself comes first."""

GROUPS = tuple(dict.fromkeys(arm.group for arm in ARMS))


def chosen_arms(groups: Sequence[str], *, largest_pool: int | None = None) -> list[Arm]:
    """The arms of these groups, behind the loop itself, which all are compared with.

    Args:
        largest_pool: listings of a vertical that there are; arms that want more are left out.

    Raises:
        DataError: naming a group that there is not.
    """
    if unknown := [group for group in groups if group not in GROUPS]:
        raise DataError(f"there is no group {unknown[0]!r} of arms: choose from {', '.join(GROUPS)}")
    return [
        arm
        for arm in ARMS
        if (arm.name == LOOP or arm.group in groups)
        and (largest_pool is None or arm.pool is None or arm.pool <= largest_pool)
    ]


def same_start(params: LoopParams, defaults: LoopParams) -> bool:
    """Whether the models before the first iteration, and how they are measured, are those of the defaults."""
    return replace(params, dpo=defaults.dpo, pair=defaults.pair, self_training=defaults.self_training) == (
        replace(defaults, strategy=params.strategy, iterations=params.iterations)
    )

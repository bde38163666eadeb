"""When the loop stops before its last iteration (METHOD.md, step 7): four reasons, each with its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.ml.metrics import Accuracy
from training.ml.params import CollapseParams, LoopParams


@dataclass(frozen=True, slots=True)
class Judged:
    """One model of a run, as far as the rule looks at it. All shares are of the same gold questions."""

    gold: float
    """Greedy accuracy."""
    parseable: float
    """Share of greedy chains that end in an allowed answer."""
    agreement: float | None
    """Mean agreement of the sampled chains; None where the evaluation did not note it."""
    learned_from: int | None
    """Pairs or confident answers that it was trained on; None of the model before the first iteration."""


def judged(evaluated: Mapping[str, Any], *, learned_from: int | None) -> Judged:
    """What the rule looks at of a model with this result of `evaluate`."""
    whole = Accuracy.from_json(evaluated["greedy"][-1])
    return Judged(
        gold=whole.value,
        parseable=1 - whole.unparseable / whole.questions,
        agreement=evaluated.get("mean_agreement"),
        learned_from=learned_from,
    )


def stop_reason(models: Sequence[Judged], params: LoopParams) -> str:
    """Why the loop stops after the newest of these models, iteration 0's being the first; or an empty text.

    Nothing to learn from ends any iteration. The other reasons end only what would have gone on.
    """
    if models[-1].learned_from == 0:
        return _nothing_left(params)
    if len(models) > params.iterations:
        return ""
    return (
        _collapse(models, params.collapse)
        or _unreadable(models, params.collapse)
        or _impatience(models, params.patience)
    )


def _nothing_left(params: LoopParams) -> str:
    if params.strategy == "self_training":
        least = params.self_training.agreement
        return f"no confident answers are left: no question has an agreement of {least:g}"
    return "no pairs are left: every question is unanimous or below the vote threshold"


def _collapse(models: Sequence[Judged], params: CollapseParams) -> str:
    """The model is surer of its answers and no better: it repeats itself."""
    if len(models) <= params.window:
        return ""
    before, now = models[-1 - params.window], models[-1]
    if before.agreement is None or now.agreement is None:
        return ""
    if now.agreement - before.agreement < params.margin or now.gold > before.gold:
        return ""
    return (
        f"collapse: within {_iterations(params.window)} mean agreement on gold rose from "
        f"{_percent(before.agreement)} to {_percent(now.agreement)} while gold accuracy did not rise "
        f"({_percent(before.gold)} to {_percent(now.gold)})"
    )


def _unreadable(models: Sequence[Judged], params: CollapseParams) -> str:
    """The model has unlearned to end in an answer."""
    best = max(model.parseable for model in models)
    if best - models[-1].parseable < params.parseable_drop:
        return ""
    return (
        f"collapse: the share of gold chains that end in an allowed answer fell from {_percent(best)} "
        f"to {_percent(models[-1].parseable)}"
    )


def _impatience(models: Sequence[Judged], patience: int) -> str:
    gold = [model.gold for model in models]
    since_best = len(gold) - 1 - gold.index(max(gold))
    if since_best < patience:
        return ""
    return f"gold accuracy has not improved for {_iterations(since_best)}"


def _iterations(count: int) -> str:
    return "1 iteration" if count == 1 else f"{count} iterations"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"

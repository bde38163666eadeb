"""What a round would take: sizes as they are now, speed as earlier rounds had it."""

from django.db.models import F
from django.db.models.fields.json import KeyTransform

from catalog.models import Status
from catalog.selectors import listing_counts
from catalog.selectors.listings import verticals_with_counts
from catalog.splits import Split
from labeling.selectors.labels import label_count
from training.ml.estimate import Estimate, Measured, Sizes, estimate, speed_of, work
from training.ml.params import LoopParams
from training.ml.presets import PRESETS, Speed
from training.ml.strategies import PLANS
from training.models import Round, RoundStage


def round_estimate(params: LoopParams, sizes: Sizes) -> Estimate:
    """Add up a round of these sizes, at the speed of the newest one like it."""
    found = _measured(params)
    if found is None:
        return estimate(params, sizes)
    speed, source = found
    return estimate(params, sizes, measured=speed, source=source)


def sizes_now(params: LoopParams) -> Sizes:
    """The questions that a round would ask now, counted and not checked: a few may be left out of it."""
    plan = PLANS[params.strategy]
    asked = {vertical.code: vertical.asked for vertical in verticals_with_counts()}
    pool = sum(
        count * asked[vertical]
        for (vertical, split), count in listing_counts().items()
        if split is Split.POOL
    )
    return Sizes(
        seed=label_count(split=Split.SEED) if plan.uses_seed else 0,
        gold=label_count(split=Split.GOLD),
        pool=pool,
    )


def _measured(params: LoopParams) -> tuple[Speed, str] | None:
    """The speed of the newest done round on the same base model with the same preset, and its name."""
    done = Round.objects.filter(
        status=Status.DONE, params__preset=params.preset, params__model__base=params.model.base
    )
    newest = (
        done.annotate(asked=KeyTransform("questions", "inputs"))
        .order_by("-finished")
        .values_list("pk", "worker", "params", "asked")
        .first()
    )
    if newest is None or newest[3] is None:
        return None
    round_id, worker, ran_with, asked = newest
    stages = _stages(round_id, LoopParams.from_json(ran_with), Sizes(**asked))
    if not any(stage.units for stage in stages):
        return None
    speed = speed_of(stages, fallback=PRESETS[params.preset].speed)
    return speed, f"as measured in round {round_id} ({worker})"


def _stages(round_id: int, params: LoopParams, sizes: Sizes) -> list[Measured]:
    rows = (
        RoundStage.objects.filter(round_id=round_id, status=Status.DONE)
        .annotate(spent=F("finished") - F("started"))
        .values_list("name", "spent", "result__examples", "result__pairs", "result__chains")
    )
    return [
        Measured(
            name, work(name, params, sizes, reported=examples or pairs or chains or 0), spent.total_seconds()
        )
        for name, spent, examples, pairs, chains in rows
    ]

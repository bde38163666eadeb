"""What stages find -> rows: metrics and answers of an evaluation, the version of a training, predictions.

Written again for the same stage, they replace what was there. To be called within `ledger.held`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import chain
from typing import Any, TypeVar

from catalog.models import Attribute, Listing, Vertical
from catalog.services.bulk import JsonText, rows_insert
from catalog.splits import Split
from training import inputs
from training.answers import codes_of
from training.figures import figures_record
from training.ml.errors import DataError
from training.ml.golds import answers_on_gold
from training.ml.metrics import Accuracy
from training.ml.records import Chain, Question, Vote
from training.ml.run import LoopRun, Stage
from training.ml.shards import shards_of
from training.models import ZERO_SHOT, GoldAnswer, Method, Metric, ModelVersion, Prediction, Round
from training.services.accepted import predictions_changed
from training.services.loop import spreads_record
from training.services.versions import version_offer, version_record
from training.stages import SNAPSHOT

BATCH = 1000
FIELDS = (
    *("model_version_id", "listing_id", "attribute_id"),
    *("counts", "chains", "majority", "values", "state", "agreement"),
)
"""Of a prediction."""
K = TypeVar("K")
V = TypeVar("V")


def record(*, round_id: int, run: LoopRun, stage: Stage, result: Mapping[str, Any]) -> None:
    """Keep what the stage found out.

    Raises:
        DataError: when a vertical or attribute of the round is no longer in the catalogue.
    """
    match stage.name:
        case SNAPSHOT.name:
            _pool_record(round_id, result)
        case "zero_shot":
            _metrics_record(round_id, ZERO_SHOT, result)
            gold_answers_record(round_id=round_id, iteration=ZERO_SHOT, run=run, stage=stage)
            figures_record(round_id=round_id, iteration=ZERO_SHOT)
        case "evaluate":
            _metrics_record(round_id, stage.iteration, result)
            gold_answers_record(round_id=round_id, iteration=stage.iteration, run=run, stage=stage)
            figures_record(round_id=round_id, iteration=stage.iteration)
        case "sft" | "champion" | "dpo" | "retrain":
            _version_record(round_id, run, stage, result)
        case "vote":
            spreads_record(round_id=round_id, iteration=stage.iteration - 1)
        case "predict" if "voted_in" not in result:
            spreads_record(round_id=round_id, iteration=stage.iteration)


def aliases_update(*, round_id: int) -> None:
    """Offer the round's version with the best greedy gold accuracy, the earliest of equals, to people.

    The first version ever becomes the champion; from then on the newest best one is the challenger.
    """
    best = (
        Metric.objects.filter(round_id=round_id, method=Method.GREEDY, iteration__gt=ZERO_SHOT, vertical=None)
        .order_by("-value", "iteration")
        .first()
    )
    if best is None:
        return
    version = ModelVersion.objects.get(round_id=round_id, iteration=best.iteration)
    version_offer(version_id=version.pk)


def _pool_record(round_id: int, result: Mapping[str, Any]) -> None:
    frozen, pool = _inputs(round_id), Split.POOL.value
    Round.objects.filter(pk=round_id).update(
        pool={"listings": result["listings"], "sha256": result["sha256"]},
        counts=frozen["counts"] | {pool: result["listings"]},
        questions=frozen["questions"] | {pool: result["questions"]},
        left_out=[*frozen["left_out"], *result["left_out"]],
    )


def _metrics_record(round_id: int, iteration: int, result: Mapping[str, Any]) -> None:
    names = inputs.thaw_names(_inputs(round_id))
    verticals = {vertical.code: vertical for vertical in Vertical.objects.all()}
    attributes = _attributes()
    Metric.objects.filter(round_id=round_id, iteration=iteration).delete()
    metrics = []
    for method in Method:
        for accuracy in map(Accuracy.from_json, result[method.value]):
            vertical = names.verticals.get(accuracy.vertical, "")
            attribute = names.attributes.get((accuracy.vertical, accuracy.attribute), "")
            low, high = accuracy.interval
            metrics.append(
                Metric(
                    round_id=round_id,
                    iteration=iteration,
                    method=method,
                    vertical=_found(verticals, vertical) if vertical else None,
                    attribute=_found(attributes, (vertical, attribute)) if attribute else None,
                    questions=accuracy.questions,
                    correct=accuracy.correct,
                    unparseable=accuracy.unparseable,
                    majority_class=accuracy.majority_class,
                    value=accuracy.value,
                    low=min(low, accuracy.value),
                    high=max(high, accuracy.value),
                )
            )
    Metric.objects.bulk_create(metrics, batch_size=BATCH)


def gold_answers_record(*, round_id: int, iteration: int, run: LoopRun, stage: Stage) -> None:
    """Keep what the model of the iteration answered to each gold question, as the stage's shards have it.

    Raises:
        DataError: when an attribute of the round is no longer in the catalogue.
    """
    names = inputs.thaw_names(_inputs(round_id))
    attributes = _attributes()
    listings = _listing_ids([listing.listing_id for listing in run.splits.gold])
    drawn = list(chain.from_iterable(shards_of(run, stage, Chain)))
    said = {one.question_id: one for one in answers_on_gold(drawn)}
    GoldAnswer.objects.filter(round_id=round_id, iteration=iteration).delete()
    answers = []
    for question in run.questions(run.splits.gold, answered=True):
        one, vertical = said.get(question.question_id), question.listing.vertical
        if one is None or question.answer is None or question.listing.listing_id not in listings:
            continue
        attribute = names.verticals[vertical], names.attributes[vertical, question.attribute.code]
        answers.append(
            GoldAnswer(
                round_id=round_id,
                iteration=iteration,
                listing_id=listings[question.listing.listing_id],
                attribute=_found(attributes, attribute),
                truth=question.answer,
                greedy=one.greedy or "",
                greedy_correct=one.greedy == question.answer,
                majority=one.vote.majority or "",
                majority_correct=one.vote.majority == question.answer,
                agreement=one.vote.agreement,
                chains=one.vote.chains,
                counts=dict(one.vote.counts),
                logprob=one.logprob,
            )
        )
    GoldAnswer.objects.bulk_create(answers, batch_size=BATCH)


def _version_record(round_id: int, run: LoopRun, stage: Stage, result: Mapping[str, Any]) -> None:
    frozen = _inputs(round_id)
    pool = Round.objects.values_list("pool", flat=True).get(pk=round_id)
    version_record(
        round_id=round_id,
        iteration=stage.iteration,
        base_model=run.params.model.base,
        adapter=run.adapter(stage.iteration),
        manifest={
            "base_model": frozen["base_model"],
            "code": frozen["code"],
            "inputs_sha256": sha256(json.dumps([frozen, pool], sort_keys=True).encode()).hexdigest(),
            "params": run.params.to_json(),
            "result": dict(result),
        },
        start=(frozen.get("adapter") or {}).get("path", ""),
    )


def predictions_record(
    *, round_id: int, iteration: int, names: inputs.Names, asked: Sequence[Question], votes: Iterable[Vote]
) -> None:
    """Keep the votes on these questions as predictions of the model that the iteration made.

    Args:
        asked: questions of the pool, every one of a listing or none.

    Raises:
        DataError: when an attribute of the round is no longer in the catalogue.
    """
    version = ModelVersion.objects.get(round_id=round_id, iteration=iteration)
    listings = _listing_ids(list(dict.fromkeys(question.listing.listing_id for question in asked)))
    by_question = {vote.question_id: vote for vote in votes}
    for start in range(0, len(listings), BATCH):
        batch = list(listings.values())[start : start + BATCH]
        Prediction.objects.filter(model_version=version, listing__in=batch).delete()
    rows = _predictions(asked, by_question, version.pk, names, listings, _attributes())
    rows_insert(Prediction, fields=FIELDS, rows=rows)
    predictions_changed(version_id=version.pk)


def _predictions(
    asked: Sequence[Question],
    votes: Mapping[str, Vote],
    version_id: int,
    names: inputs.Names,
    listings: Mapping[str, int],
    attributes: Mapping[tuple[str, str], Attribute],
) -> Iterator[tuple[Any, ...]]:
    """FIELDS of the prediction for each question about a listing that is still there.

    While they are copied, nothing else can be asked of the database.
    """
    for question in asked:
        name = (question.listing.vertical, question.attribute.code)
        vote = votes[question.question_id]
        if question.listing.listing_id in listings:
            values, state = codes_of(vote.majority or "", names.values[name])
            yield (
                version_id,
                listings[question.listing.listing_id],
                _found(attributes, (names.verticals[name[0]], names.attributes[name])).pk,
                JsonText(json.dumps(dict(vote.counts), ensure_ascii=False)),
                vote.chains,
                vote.majority or "",
                JsonText(json.dumps(values, ensure_ascii=False)),
                state,
                vote.agreement,
            )


def _inputs(round_id: int) -> inputs.Json:
    frozen: inputs.Json = Round.objects.values_list("inputs", flat=True).get(pk=round_id)
    return frozen


def _attributes() -> dict[tuple[str, str], Attribute]:
    return {(one.vertical.code, one.code): one for one in Attribute.objects.select_related("vertical")}


def _listing_ids(external_ids: Sequence[str]) -> dict[str, int]:
    """{external id: id} of the listings that are still there."""
    found: dict[str, int] = {}
    for start in range(0, len(external_ids), BATCH):
        batch = external_ids[start : start + BATCH]
        found.update(Listing.objects.filter(external_id__in=batch).values_list("external_id", "pk"))
    return found


def _found(rows: Mapping[K, V], code: K) -> V:
    try:
        return rows[code]
    except KeyError:
        name = " / ".join(code) if isinstance(code, tuple) else code
        raise DataError(
            f"{name} was in the catalogue when the round started and is not any more: start a new round"
        ) from None

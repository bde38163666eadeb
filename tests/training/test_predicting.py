"""The last stage of a round: the best model's votes on the whole pool."""

from typing import Any

import pytest

from catalog.models import Listing, Status
from catalog.splits import Split
from tests.fakes import FakeStages
from training import jobs, services, sharding
from training.ml.errors import DataError
from training.ml.run import Stage
from training.models import Alias, Prediction, Round, RoundStage
from training.services import shards

pytestmark = pytest.mark.usefixtures("catalogue", "queue")

BETTER = {0: 0.5, 1: 0.75}
"""The last model of one iteration is the best."""
PREDICT = Stage(1, "predict")


def run(round_: Round, stages: FakeStages) -> Round:
    claim = services.round_claim(round_id=round_.pk, worker="process 1 on laptop")
    assert claim is not None
    jobs.run_round(claim, run_stage=stages)
    return Round.objects.get(pk=round_.pk)


def drawn(stages: FakeStages) -> list[int]:
    """The shards of the prediction that were drawn."""
    return [number for key, number in stages.drawn if key.endswith("-predict")]


def predicted() -> dict[int, int]:
    """{iteration: predictions of its model}"""
    counts = dict[int, int]()
    for iteration in Prediction.objects.values_list("model_version__iteration", flat=True):
        counts[iteration] = counts.get(iteration, 0) + 1
    return counts


def at_shard(number: int, act: Any) -> Any:
    """A hook that acts before a shard of the prediction."""

    def before_shard(stage: Stage, shard: int) -> None:
        if stage.name == "predict" and shard == number:
            act()

    return before_shard


def test_the_model_that_is_offered_predicts_the_whole_pool() -> None:
    stages = FakeStages(right=BETTER, per_shard=1)
    round_ = run(services.round_start(iterations=1), stages)
    assert (round_.status, stages.ran[-1], drawn(stages)) == (Status.DONE, "1-predict", [0, 1, 2, 3])
    assert predicted() == {0: 8, 1: 8}
    offered = Alias.objects.get(name="champion").version
    votes = offered.predictions.values_list("majority", "values", "agreement", "chains")
    assert {(majority, *values, *rest) for majority, values, *rest in votes} == {("red", "red", 0.75, 4)}


def test_votes_that_an_iteration_has_are_not_drawn_again() -> None:
    stages = FakeStages(right={0: 0.75, 1: 0.5, 2: 0.5})
    round_ = run(services.round_start(iterations=2), stages)
    assert (stages.ran[-1], drawn(stages)) == ("0-predict", [])
    assert RoundStage.objects.get(round=round_, name="predict").result["voted_in"] == 1
    assert Alias.objects.get(name="champion").version.predictions.count() == 8


def test_the_best_of_equals_is_the_earliest_as_it_is_for_the_aliases() -> None:
    stages = FakeStages(right={0: 0.5, 1: 0.75, 2: 0.75})
    run(services.round_start(iterations=2), stages)
    assert (stages.ran[-1], Alias.objects.get().version.iteration) == ("1-predict", 1)
    assert predicted() == {0: 8, 1: 8}, "iteration 2 asked the model of iteration 1"


def test_a_round_of_sft_alone_predicts_the_pool_and_learns_nothing_from_it() -> None:
    run(services.round_start(strategy="sft"), FakeStages())
    assert predicted() == {0: 8}
    assert set(Listing.objects.filter(trained_on=True).values_list("split", flat=True)) == {"seed"}


def test_without_a_pool_nothing_is_predicted() -> None:
    Listing.objects.filter(split=Split.POOL).delete()
    round_ = run(services.round_start(strategy="sft"), FakeStages())
    result = RoundStage.objects.get(round=round_, name="predict").result
    assert (round_.status, result["questions"], result["voted_in"]) == (Status.DONE, 0, None)
    assert not Prediction.objects.exists()


def test_a_worker_that_comes_along_draws_shards_and_records_their_votes() -> None:
    helper = FakeStages(per_shard=1)

    def help_out() -> None:
        row = RoundStage.objects.get(name="predict")
        claim = shards.shard_claim(stage_id=row.pk, worker="process 2 on laptop")
        assert claim is not None
        sharding.run_shard(claim, runner=helper)

    stages = FakeStages(right=BETTER, per_shard=1, before_shard=at_shard(0, help_out))
    run(services.round_start(iterations=1), stages)
    assert (drawn(helper), drawn(stages)) == ([1], [0, 2, 3])
    assert predicted() == {0: 8, 1: 8}


def test_a_shard_that_fails_leaves_the_others_to_the_resumed_round() -> None:
    def fail() -> None:
        raise DataError("listing 'a', photo 1: the file cannot be decoded: replace it")

    first = FakeStages(right=BETTER, per_shard=1, before_shard=at_shard(2, fail))
    round_ = run(services.round_start(iterations=1), first)
    assert (round_.status, predicted()[1]) == (Status.FAILED, 4)
    assert not Alias.objects.exists(), "a round offers its best model once that has predicted the pool"
    assert services.round_resume(round_id=round_.pk)
    second = FakeStages(right=BETTER, per_shard=1)
    assert run(round_, second).status == Status.DONE
    assert (second.ran, drawn(second)) == (["1-predict"], [2, 3])
    assert predicted() == {0: 8, 1: 8}


def test_a_prediction_can_be_cancelled_and_gone_on_with() -> None:
    round_ = services.round_start(iterations=1)

    def cancel() -> None:
        assert services.round_cancel(round_id=round_.pk)

    stages = FakeStages(right=BETTER, per_shard=1, before_shard=at_shard(1, cancel))
    assert run(round_, stages).status == Status.CANCELLED
    assert services.round_resume(round_id=round_.pk)
    second = FakeStages(right=BETTER, per_shard=1)
    assert run(round_, second).status == Status.DONE
    assert 0 not in drawn(second), "what is done is kept"
    assert drawn(second)[-2:] == [2, 3]
    assert predicted() == {0: 8, 1: 8}

"""A stage in shards: taken by any worker, drawn once, and never by two."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from catalog.models import Status
from catalog.services.ledger import Claim, worker_name
from tests.fakes import FakeStages
from tests.queues import Queue
from training import jobs, services, sharding
from training.ml.errors import DataError
from training.ml.records import Chain, Vote
from training.ml.run import LoopRun, Stage
from training.ml.shards import read_shard, shard_file, shards_of
from training.models import Prediction, Round, RoundStage, Shard
from training.services import ledger, shards
from training.services.shards import MOST_ATTEMPTS

pytestmark = pytest.mark.usefixtures("catalogue", "queue")

SAMPLE = Stage(1, "sample")
WORKER = "process 1 on laptop"


def run(round_: Round, stages: FakeStages, **options: Any) -> Round:
    claim = services.round_claim(round_id=round_.pk, worker=WORKER)
    assert claim is not None
    jobs.run_round(claim, run_stage=stages, **options)
    return Round.objects.get(pk=round_.pk)


def loop_run(round_: Round) -> LoopRun:
    return sharding.prepare(round_.pk).run


def at(key: str, act: Any) -> Any:
    """A hook that acts before the first shard of a stage, once."""
    seen: list[str] = []

    def before_shard(stage: Stage, number: int) -> None:
        if stage.key == key and key not in seen:
            seen.append(key)
            act()

    return before_shard


def other_worker(stage: Stage) -> Claim:
    """Another worker takes the next shard of the stage."""
    row = RoundStage.objects.get(iteration=stage.iteration, name=stage.name)
    claim = shards.shard_claim(stage_id=row.pk, worker="process 2 on laptop")
    assert claim is not None
    return claim


def test_one_worker_draws_every_shard_once_and_each_is_told_of(queue: Queue) -> None:
    stages = FakeStages(per_shard=1)
    round_ = run(services.round_start(iterations=1), stages)
    assert round_.status == Status.DONE
    shards = {
        "0-zero_shot": 4,
        "0-evaluate": 4,
        "1-sample": 4,
        "1-sample_seed": 2,
        "1-vote": 4,
        "1-evaluate": 4,
    }
    assert stages.drawn == [(key, number) for key, count in shards.items() for number in range(count)]
    assert {row.status for row in Shard.objects.all()} == {Status.DONE}
    rows = RoundStage.objects.filter(name="sample").values_list("done", "total")
    assert list(rows) == [(2, 2)], "what the stage itself reports comes last"
    sample = RoundStage.objects.get(name="sample")
    told = [task for task in queue.take() if task == ("training.tasks.shard_run", sample.pk)]
    assert len(told) == 3


def test_chains_votes_and_predictions_are_there_once() -> None:
    round_ = run(services.round_start(iterations=1), FakeStages(per_shard=1))
    chains = [chain for shard in shards_of(loop_run(round_), SAMPLE, Chain) for chain in shard]
    votes = [vote for shard in shards_of(loop_run(round_), Stage(1, "vote"), Vote) for vote in shard]
    assert len({(chain.question_id, chain.index) for chain in chains}) == len(chains) == 32
    assert len({vote.question_id for vote in votes}) == len(votes) == Prediction.objects.count() == 8


def test_a_shard_that_another_worker_draws_is_left_to_it() -> None:
    round_ = services.round_start(iterations=1)
    helper = FakeStages(per_shard=1)
    stages = FakeStages(
        per_shard=1,
        before_shard=at("1-sample", lambda: sharding.run_shard(other_worker(SAMPLE), runner=helper)),
    )
    assert run(round_, stages).status == Status.DONE
    assert helper.drawn == [("1-sample", 1)]
    assert [number for key, number in stages.drawn if key == "1-sample"] == [0, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_the_round_waits_for_the_last_shards_of_others() -> None:
    """The helper's thread ends its shard when the round's worker has nothing left to draw."""
    threads: list[threading.Thread] = []
    alone = threading.Event()

    def help_out() -> None:
        held_back = FakeStages(per_shard=1, before_shard=lambda *_: alone.wait(20))
        claim = other_worker(SAMPLE)
        threads.append(
            threading.Thread(target=sharding.run_shard, args=(claim,), kwargs={"runner": held_back})
        )
        threads[0].start()

    def last(stage: Stage, number: int) -> None:
        begin(stage, number)
        if (stage, number) == (SAMPLE, 3):
            alone.set()

    begin = at("1-sample", help_out)
    round_ = run(services.round_start(iterations=1), FakeStages(per_shard=1, before_shard=last))
    threads[0].join()
    assert round_.status == Status.DONE
    assert Prediction.objects.count() == 8


def test_a_late_worker_cannot_double_a_shard() -> None:
    """It is taken for dead, another one draws its shard, and then it comes back with a file of its own."""
    round_ = services.round_start(iterations=1)
    late: list[Claim] = []

    def lose() -> None:
        late.append(other_worker(SAMPLE))
        services.rounds_sweep()
        row = Shard.objects.get(pk=late[0].pk)
        assert shards.shard_lost(row, error="It was silent.")

    run(round_, FakeStages(per_shard=1, before_shard=at("1-sample", lose)))
    path = shard_file(loop_run(round_), SAMPLE, 1)
    before = path.read_bytes(), path.stat().st_mtime_ns, Prediction.objects.count()
    sharding.run_shard(late[0], runner=FakeStages(per_shard=1))
    assert (path.read_bytes(), path.stat().st_mtime_ns, Prediction.objects.count()) == before
    assert [path.suffix for path in path.parent.iterdir()] == [".parquet"] * 4
    row = Shard.objects.get(pk=late[0].pk)
    assert (row.status, row.attempts, row.worker) == (Status.DONE, 2, worker_name())


def test_bad_data_in_a_shard_fails_the_round_in_its_words_and_keeps_the_others() -> None:
    def fail(stage: Stage, number: int) -> None:
        if (stage, number) == (SAMPLE, 2):
            raise DataError("listing 'a', photo 1: the file cannot be decoded: replace it")

    round_ = run(services.round_start(iterations=1), FakeStages(per_shard=1, before_shard=fail))
    assert (round_.status, round_.error) == (
        Status.FAILED,
        "listing 'a', photo 1: the file cannot be decoded: replace it",
    )
    statuses = Shard.objects.filter(stage__name="sample").values_list("status", flat=True)
    assert list(statuses) == [Status.DONE, Status.DONE, Status.FAILED, Status.CANCELLED]
    stages = FakeStages(per_shard=1)
    services.round_resume(round_id=round_.pk)
    assert run(round_, stages).status == Status.DONE
    assert stages.drawn[:2] == [("1-sample", 2), ("1-sample", 3)]


def test_another_error_is_tried_again_and_then_fails_the_round() -> None:
    tries: list[int] = []

    def fail(stage: Stage, number: int) -> None:
        if (stage, number) == (SAMPLE, 1):
            tries.append(number)
            raise MemoryError("no room")

    round_ = run(services.round_start(iterations=1), FakeStages(per_shard=1, before_shard=fail))
    assert len(tries) == MOST_ATTEMPTS
    assert round_.status == Status.FAILED
    assert round_.error.startswith(
        f"shard 1 ended {MOST_ATTEMPTS} workers, the last time so: MemoryError: no"
    )


def test_cancelling_ends_the_shards_of_every_worker_and_keeps_what_is_done() -> None:
    round_ = services.round_start(iterations=1)
    helpers: list[Claim] = []

    def cancel() -> None:
        helpers.append(other_worker(SAMPLE))
        assert services.round_cancel(round_id=round_.pk)

    stages = FakeStages(per_shard=1, before_shard=at("1-sample", cancel))
    assert run(round_, stages).status == Status.CANCELLED
    helper = FakeStages(per_shard=1)
    sharding.run_shard(helpers[0], runner=helper)
    assert helper.drawn == []
    assert {row.status for row in Shard.objects.filter(stage__name="sample")} == {Status.CANCELLED}
    services.round_resume(round_id=round_.pk)
    again = FakeStages(per_shard=1)
    assert run(round_, again).status == Status.DONE
    assert again.drawn[:4] == [("1-sample", number) for number in range(4)]


def test_a_shard_whose_file_is_gone_is_drawn_again() -> None:
    def stop(stage: Stage) -> None:
        if stage == SAMPLE:
            raise OSError("disk")

    round_ = run(services.round_start(iterations=1), FakeStages(per_shard=1, before=stop))
    shard_file(loop_run(round_), SAMPLE, 2).unlink()
    services.round_resume(round_id=round_.pk)
    stages = FakeStages(per_shard=1)
    assert run(round_, stages).status == Status.DONE
    assert [number for key, number in stages.drawn if key == "1-sample"] == [2]


def test_a_round_that_has_had_its_turn_gives_way_to_one_that_waits(queue: Queue) -> None:
    first, second = (services.round_start(iterations=0, seed=seed) for seed in (0, 1))
    stages = FakeStages(per_shard=1)
    assert (run(first, stages, turn_seconds=0.0).status, stages.drawn) == (Status.QUEUED, [])
    waiting = run(first, stages, turn_seconds=0.0)
    assert (waiting.status, waiting.claim, stages.drawn) == (Status.QUEUED, None, [("0-zero_shot", 0)])
    assert [one.status for one in RoundStage.objects.filter(round=first)] == [Status.DONE, Status.QUEUED]
    assert services.round_claim_next(worker=WORKER).pk == second.pk  # type: ignore[union-attr]
    again = run(first, stages, turn_seconds=0.0)
    assert again.status == Status.DONE, "nobody waits any more"


def test_a_round_keeps_its_worker_for_a_whole_turn() -> None:
    first, _ = (services.round_start(iterations=0, seed=seed) for seed in (0, 1))
    assert run(first, FakeStages(per_shard=1)).status == Status.DONE


def test_the_artifact_folder_is_the_only_place_of_chains() -> None:
    round_ = run(services.round_start(iterations=1), FakeStages(per_shard=1))
    folder = Path(settings.ATTRX_ARTIFACTS_DIR) / round_.artifact_path / "shards"
    assert sorted(path.name for path in folder.iterdir()) == [
        *("0-evaluate", "0-zero_shot", "1-evaluate", "1-sample", "1-sample_seed", "1-vote")
    ]
    assert len(read_shard(folder / "1-sample" / "00000.parquet", Chain)) == 8


def test_a_stage_that_begins_again_counts_attempts_until_it_gets_further() -> None:
    claim = services.round_claim(round_id=services.round_start(iterations=1).pk, worker=WORKER)
    assert claim is not None
    seen = []
    for done in (0, 5, 5, 4, 6):
        row = ledger.stage_start(claim=claim, stage=Stage(0, "sft"))
        row.refresh_from_db()
        seen.append((row.attempts, row.reached))
        ledger.stage_progress(claim=claim, row=row, done=done, total=9)
    assert seen == [(1, 0), (2, 0), (1, 5), (2, 5), (3, 5)]

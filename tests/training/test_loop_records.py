"""What a round keeps of what it took, and of how far its chains agreed."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Attribute, Listing, Status
from labeling.models import Purpose, Task, Turn
from tests.factories import UserFactory
from tests.fakes import FakeStages
from tests.training.rounds import prediction, round_in, shard_of, stage_of, version_of
from training import jobs, services
from training.ml.params import LoopParams
from training.ml.run import LoopRun, Stage
from training.ml.splits import Splits
from training.ml.steplog import LOG_FILE, Step, StepLog
from training.models import (
    CPU,
    AgreementSpread,
    HumanTime,
    LabelUse,
    Prediction,
    Round,
    RoundStage,
    Shard,
    StageTime,
)
from training.services.loop import DeviceTime, loop_record, spreads_record
from training.stagetimes import A_GPU, stage_times

pytestmark = pytest.mark.usefixtures("catalogue")


def run(round_: Round, stages: FakeStages | None = None) -> Round:
    """Claim the round and run it on fake stages."""
    claim = services.round_claim(round_id=round_.pk, worker="process 1 on laptop")
    assert claim is not None
    jobs.run_round(claim, run_stage=stages or FakeStages())
    found = Round.objects.get(pk=round_.pk)
    assert found.status == Status.DONE, found.error
    return found


def turn(external_id: str, purpose: Purpose, seconds: float | None) -> None:
    """A finished turn at the listing."""
    listing = Listing.objects.get(external_id=external_id)
    task, _ = Task.objects.get_or_create(listing=listing, purpose=purpose)
    Turn.objects.create(
        task=task,
        number=task.turns.count() + 1,
        purpose=purpose,
        vertical=listing.vertical,
        person=UserFactory.create(),
        finished=timezone.now(),
        seconds=seconds,
    )


class TestHumanTimes:
    def test_a_round_is_started_with_what_people_spent_on_its_labels(self) -> None:
        turn("kurta-seed-0", Purpose.SEED, 60)
        turn("kurta-seed-0", Purpose.ADJUDICATION, 30)
        turn("kurta-gold-1", Purpose.GOLD, 20)
        turn("lamp-gold-0", Purpose.GOLD, 0)
        turn("kurta-pool-0", Purpose.SEED, 500)
        round_ = services.round_start(iterations=1)
        turn("kurta-seed-0", Purpose.SEED, 1000)
        rows = HumanTime.objects.filter(round=round_).select_related("vertical")
        assert {
            (row.vertical.code, row.use): (row.listings, row.timed, row.turns, row.seconds) for row in rows
        } == {
            ("kurta", LabelUse.SEED): (1, 1, 2, 90),
            ("kurta", LabelUse.GOLD): (2, 1, 1, 20),
            ("lamp", LabelUse.SEED): (1, 0, 0, 0),
            ("lamp", LabelUse.GOLD): (2, 0, 1, 0),
        }


class TestStageTimes:
    def test_every_stage_of_a_round_has_its_time_on_the_device_of_its_worker(self) -> None:
        round_ = run(services.round_start(iterations=1))
        times = StageTime.objects.filter(stage__round=round_)
        assert times.count() == RoundStage.objects.filter(round=round_).exclude(name="predict").count()
        assert {one.device for one in times} == {CPU}
        assert {one.seconds for one in times.filter(stage__name__in=["sft", "dpo", "pairs"])} == {0.5}

    def test_shards_count_for_the_device_that_drew_them(self) -> None:
        stage = stage_of(round_in(Status.RUNNING), Status.RUNNING, "sample", 1)
        for number, (device, seconds) in enumerate([("A100", 10.0), (CPU, 2.0), ("A100", 5.5)]):
            shard_of(stage, Status.DONE, number, device=device, seconds=seconds)
        shard_of(stage, Status.QUEUED, 3)
        found = stage_times(loop_run(Path("nowhere")), Stage(1, "sample"), stage, {"seconds": 99.0})
        assert sorted(found, key=lambda one: one.device) == [DeviceTime("A100", 15.5), DeviceTime(CPU, 2.0)]

    def test_a_training_counts_as_often_as_it_had_processes(self, tmp_path: Path) -> None:
        stage, row = trained(tmp_path, processes=4, devices=["cuda"])
        found = stage_times(loop_run(tmp_path), stage, row, {"seconds": 10.0, "work_seconds": 8.0})
        assert found == [DeviceTime(A_GPU, 40.0, 4)]

    def test_a_training_that_was_killed_and_went_on_counts_all_its_steps(self, tmp_path: Path) -> None:
        stage, row = trained(tmp_path, processes=1, devices=["cpu", "cpu"])
        found = stage_times(loop_run(tmp_path), stage, row, {"seconds": 10.0, "work_seconds": 25.0})
        assert found == [DeviceTime(CPU, 25.0, 1)]

    def test_shards_keep_what_they_were_drawn_on(self) -> None:
        run(services.round_start(iterations=1))
        assert set(Shard.objects.values_list("device", flat=True)) == {CPU}


class TestSpreads:
    def test_the_votes_of_each_model_on_the_pool_are_counted_by_vertical(self) -> None:
        round_ = run(services.round_start(iterations=1))
        spreads = AgreementSpread.objects.filter(round=round_, iteration=0).select_related("vertical")
        assert {
            one.vertical and one.vertical.code: (one.questions, one.mean, one.counts) for one in spreads
        } == {
            None: (8, 0.75, [0, 0, 0, 8, 0]),
            "kurta": (4, 0.75, [0, 0, 0, 4, 0]),
            "lamp": (4, 0.75, [0, 0, 0, 4, 0]),
        }

    def test_a_question_of_fewer_chains_has_its_place_among_the_others(self) -> None:
        version = version_of(round_in(Status.DONE), 2)
        color = Attribute.objects.get(vertical__code="kurta", code="color")
        first, second = Listing.objects.filter(vertical__code="kurta", split="pool")
        prediction(version, first, color, "red", agreement=0.5)
        prediction(version, second, color, agreement=0)
        Prediction.objects.filter(listing=second).update(chains=4)
        spreads_record(round_id=version.round_id, iteration=2)
        whole = AgreementSpread.objects.get(vertical=None)
        assert (whole.questions, whole.mean) == (2, 0.25)
        assert whole.counts == [1, 0, 0, 0, 1, 0, 0, 0, 0]

    def test_without_predictions_there_is_nothing_to_keep(self) -> None:
        version = version_of(round_in(Status.DONE))
        spreads_record(round_id=version.round_id, iteration=0)
        assert not AgreementSpread.objects.exists()


class TestEarlierRounds:
    def test_what_was_not_kept_is_found_out_later_but_for_the_device(self) -> None:
        turn("kurta-seed-0", Purpose.SEED, 60)
        round_ = run(services.round_start(iterations=1))
        kept = [facts(round_), times_of(round_)]
        HumanTime.objects.all().delete()
        StageTime.objects.all().delete()
        AgreementSpread.objects.all().delete()
        Shard.objects.update(device="")
        turn("kurta-seed-0", Purpose.SEED, 1000)
        rows = loop_record(round_id=round_.pk)
        assert rows == (
            HumanTime.objects.count() + StageTime.objects.count() + AgreementSpread.objects.count()
        )
        assert facts(round_) == kept[0]
        assert {stage for stage, _ in times_of(round_)} == {stage for stage, _ in kept[1]}
        assert set(StageTime.objects.values_list("device", flat=True)) == {""}

    def test_what_is_there_is_left_alone(self) -> None:
        round_ = run(services.round_start(iterations=1))
        StageTime.objects.filter(stage__name="sft").update(device="A100", seconds=7)
        assert loop_record(round_id=round_.pk) == 0
        assert StageTime.objects.get(stage__name="sft").seconds == 7

    def test_a_training_from_before_counts_from_start_to_end(self) -> None:
        stage = stage_of(round_in(Status.DONE), Status.DONE, "sft", result={"steps": 4})
        assert loop_record(round_id=stage.round_id) == 1
        assert StageTime.objects.get().seconds == pytest.approx(3)


def facts(round_: Round) -> list[Any]:
    """People's times and agreements, as kept."""
    people = HumanTime.objects.filter(round=round_).values_list("vertical", "use", "turns", "seconds")
    spreads = AgreementSpread.objects.filter(round=round_).values_list("iteration", "vertical", "questions")
    return [sorted(people), sorted(spreads, key=str)]


def times_of(round_: Round) -> set[tuple[int, str]]:
    return set(StageTime.objects.filter(stage__round=round_).values_list("stage", "device"))


def loop_run(folder: Path) -> LoopRun:
    """A run over nothing."""
    return LoopRun({}, Splits((), (), ()), LoopParams(), folder)


def trained(folder: Path, *, processes: int, devices: list[str]) -> tuple[Stage, RoundStage]:
    """A DPO stage that is done, with what it wrote down."""
    stage = Stage(1, "dpo")
    adapter = folder / stage.key / "adapter"
    adapter.mkdir(parents=True)
    (adapter / "manifest.json").write_text(json.dumps({"processes": processes}))
    log = StepLog(folder / stage.key / LOG_FILE)
    for number, device in enumerate(devices, 1):
        log.add(Step(number, 0.5, 2.0 * number, device, 1))
    return stage, stage_of(round_in(Status.RUNNING), Status.RUNNING, "dpo", 1)

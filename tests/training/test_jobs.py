import json
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from catalog.models import Status, Vertical
from catalog.services.ledger import pulse, worker_name
from labeling.models import Label
from tests.fakes import FakeStages
from tests.training.rounds import round_in
from training import jobs, services
from training.ml.errors import DataError
from training.ml.params import LoopParams
from training.ml.run import Stage
from training.models import Alias, Metric, ModelVersion, Prediction, Round, RoundStage
from training.stages import round_stages

pytestmark = pytest.mark.usefixtures("catalogue")

KEYS_OF_TWO = [
    *("0-zero_shot", "0-sft", "0-evaluate"),
    *("1-sample", "1-sample_seed", "1-vote", "1-pairs", "1-dpo", "1-evaluate"),
    *("2-sample", "2-sample_seed", "2-vote", "2-pairs", "2-dpo", "2-evaluate"),
    "2-predict",
]


def run(round_: Round, stages: FakeStages) -> Round:
    """Claim the round and run it on fake stages."""
    claim = services.round_claim(round_id=round_.pk, worker="process 1 on laptop")
    assert claim is not None
    jobs.run_round(claim, run_stage=stages)
    return Round.objects.get(pk=round_.pk)


def resume(round_: Round, stages: FakeStages) -> Round:
    assert services.round_resume(round_id=round_.pk)
    return run(round_, stages)


def fail_at(key: str, error: Exception) -> Any:
    def before(stage: Stage) -> None:
        if stage.key == key:
            raise error

    return before


def test_a_round_runs_every_stage_and_keeps_what_each_found() -> None:
    stages = FakeStages(right={-1: 0.25, 0: 0.5, 1: 0.75, 2: 1.0})
    round_ = run(services.round_start(iterations=2), stages)
    assert (round_.status, round_.claim, round_.note, round_.error) == (Status.DONE, None, "", "")
    assert stages.ran == KEYS_OF_TWO
    rows = RoundStage.objects.filter(round=round_)
    assert {(row.iteration, row.name): row.status for row in rows} == {
        (stage.iteration, stage.name): Status.DONE
        for stage in (*round_stages(LoopParams.from_json(round_.params)), Stage(2, "predict"))
    }
    assert rows.count() == round_.stage_count
    assert [version.iteration for version in ModelVersion.objects.all()] == [0, 1, 2]


def test_metrics_are_stored_for_every_model_method_and_slice() -> None:
    run(services.round_start(iterations=1), FakeStages(right={-1: 0.25, 0: 0.5, 1: 0.75}))
    whole = Metric.objects.filter(vertical=None, method="greedy").order_by("iteration")
    assert [(metric.iteration, metric.correct, metric.questions) for metric in whole] == [
        (-1, 2, 8),
        (0, 4, 8),
        (1, 6, 8),
    ]
    slices = Metric.objects.filter(iteration=1, method="majority")
    assert {(row.vertical and row.vertical.code, row.attribute and row.attribute.code) for row in slices} == {
        (None, None),
        *((vertical, attribute) for vertical in ("kurta", "lamp") for attribute in (None, "color", "shape")),
    }


def test_predictions_are_those_of_the_model_that_sampled() -> None:
    run(services.round_start(iterations=1), FakeStages())
    predictions = Prediction.objects.select_related("listing", "model_version")
    assert {prediction.listing.external_id for prediction in predictions} == {
        "kurta-pool-0",
        "kurta-pool-1",
        "lamp-pool-0",
        "lamp-pool-1",
    }
    assert {
        (one.model_version.iteration, one.majority, *one.values, one.agreement, one.chains, one.counts["red"])
        for one in predictions
    } == {(0, "red", "red", 0.75, 4, 3)}


def test_the_artifact_folder_has_a_manifest_of_the_inputs() -> None:
    round_ = run(services.round_start(iterations=0), FakeStages())
    folder = Path(settings.ATTRX_ARTIFACTS_DIR) / round_.artifact_path
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["inputs"], manifest["params"]) == (round_.inputs, round_.params)
    version = ModelVersion.objects.get()
    assert (Path(settings.ATTRX_ARTIFACTS_DIR) / version.adapter_path / "adapter_config.json").is_file()


def test_the_first_best_model_becomes_champion_and_a_later_one_challenger() -> None:
    first = run(services.round_start(iterations=2), FakeStages(right={0: 0.5, 1: 0.75, 2: 0.75}))
    second = run(services.round_start(iterations=1), FakeStages(right={0: 0.75, 1: 0.5}))
    aliases = {alias.name: (alias.version.round_id, alias.version.iteration) for alias in Alias.objects.all()}
    assert aliases == {"champion": (first.pk, 1), "challenger": (second.pk, 0)}


def test_the_loop_stops_early_and_says_why() -> None:
    stages = FakeStages(right={0: 0.5, 1: 0.25, 2: 0.25, 3: 1.0})
    round_ = run(services.round_start(iterations=3), stages)
    assert round_.status == Status.DONE
    assert round_.note == "gold accuracy has not improved for 2 iterations"
    assert stages.ran == [*KEYS_OF_TWO[:15], "0-predict"]


def test_bad_data_fails_the_round_with_its_own_words() -> None:
    error = DataError("listing 'a', photo 1: the file cannot be decoded: replace it")
    round_ = run(services.round_start(iterations=1), FakeStages(before=fail_at("0-sft", error)))
    assert (round_.status, round_.error) == (Status.FAILED, str(error))
    row = RoundStage.objects.get(name="sft")
    assert (row.status, row.error) == (Status.FAILED, str(error))
    assert not ModelVersion.objects.exists()


def test_another_error_fails_the_round_with_its_type_and_where_to_read_on() -> None:
    stages = FakeStages(before=fail_at("1-dpo", MemoryError("no room")))
    round_ = run(services.round_start(iterations=1), stages)
    assert round_.status == Status.FAILED
    assert round_.error.startswith("MemoryError: no room. The worker's log")


def test_a_resumed_round_redoes_only_what_is_not_done() -> None:
    round_ = run(services.round_start(iterations=2), FakeStages(before=fail_at("1-pairs", OSError("disk"))))
    assert round_.status == Status.FAILED
    kept = RoundStage.objects.get(round=round_, name="sft").started
    stages = FakeStages()
    round_ = resume(round_, stages)
    assert (round_.status, round_.error) == (Status.DONE, "")
    assert stages.ran == [*KEYS_OF_TWO[6:15], "0-predict"]
    assert RoundStage.objects.get(round=round_, name="sft").started == kept


def test_a_stage_that_finished_on_disk_only_is_recorded_when_the_round_goes_on() -> None:
    round_ = run(
        services.round_start(iterations=1), FakeStages(before=fail_at("0-evaluate", OSError("disk")))
    )
    RoundStage.objects.filter(name="sft").delete()
    ModelVersion.objects.all().delete()
    stages = FakeStages()
    resume(round_, stages)
    assert "0-sft" not in stages.ran
    assert ModelVersion.objects.filter(iteration=0).count() == 1


def test_a_cancelled_round_stops_and_can_go_on() -> None:
    round_ = services.round_start(iterations=1)

    def cancel(stage: Stage) -> None:
        if stage.key == "0-evaluate":
            assert services.round_cancel(round_id=round_.pk)

    round_ = run(round_, FakeStages(before=cancel))
    assert (round_.status, round_.cancel_requested, round_.error) == (Status.CANCELLED, False, "")
    assert RoundStage.objects.get(name="evaluate").status == Status.FAILED
    stages = FakeStages()
    assert resume(round_, stages).status == Status.DONE
    assert stages.ran[0] == "0-evaluate"


def test_a_swept_job_that_is_still_alive_writes_nothing_more() -> None:
    round_ = services.round_start(iterations=1)

    def sweep(stage: Stage) -> None:
        if stage.key == "0-evaluate":
            services.worker_gone(pid=1)

    claim = services.round_claim(round_id=round_.pk, worker=worker_name(1))
    assert claim is not None
    jobs.run_round(claim, run_stage=FakeStages(before=sweep))
    round_.refresh_from_db()
    assert (round_.status, round_.error) == (Status.QUEUED, "")
    assert RoundStage.objects.get(name="evaluate").status == Status.QUEUED
    assert not Metric.objects.filter(iteration=0).exists()


def test_an_attribute_that_left_the_catalogue_fails_the_round_by_name() -> None:
    def leave(stage: Stage) -> None:
        if stage.key == "0-zero_shot":
            Label.objects.filter(attribute__vertical__code="lamp").delete()
            Vertical.objects.get(code="lamp").attributes.filter(code="color").delete()

    round_ = run(services.round_start(iterations=0), FakeStages(before=leave))
    assert round_.status == Status.FAILED
    assert round_.error.startswith("lamp / color was in the catalogue when the round started")


@pytest.mark.django_db(transaction=True)
def test_a_stage_that_reports_nothing_still_gives_signs_of_life() -> None:
    claim = services.round_claim(round_id=round_in(Status.QUEUED).pk, worker="process 1 on laptop")
    assert claim is not None
    rows = Round.objects.filter(pk=claim.pk)
    first = rows.get().heartbeat
    beaten = threading.Event()
    with pulse(claim, every=0.01):
        for _ in range(1000):
            if rows.get().heartbeat != first:
                beaten.set()
                break
            beaten.wait(0.01)
    assert beaten.is_set()

import json
from pathlib import Path

import pytest
from django.conf import settings

from catalog.models import Status
from tests.fakes import FakeStages
from training import jobs, services
from training.ml.params import Strategy
from training.models import ModelVersion, Round

pytestmark = pytest.mark.usefixtures("catalogue")


def run(strategy: Strategy, stages: FakeStages, iterations: int = 1) -> Round:
    """A round with this strategy, run to its end on fake stages."""
    round_ = services.round_start(strategy=strategy, iterations=iterations)
    claim = services.round_claim(round_id=round_.pk, worker="process 1 on laptop")
    assert claim is not None
    jobs.run_round(claim, run_stage=stages)
    round_.refresh_from_db()
    assert (round_.status, round_.error) == (Status.DONE, "")
    return round_


@pytest.mark.parametrize(
    ("strategy", "keys", "versions"),
    [
        ("sft", "0-zero_shot 0-sft 0-evaluate 0-predict", [0]),
        (
            "self_training",
            "0-zero_shot 0-sft 0-evaluate 1-sample 1-vote 1-confident 1-retrain 1-evaluate 0-predict",
            [0, 1],
        ),
    ],
)
def test_a_round_runs_the_stages_of_its_strategy(strategy: Strategy, keys: str, versions: list[int]) -> None:
    stages = FakeStages()
    round_ = run(strategy, stages)
    assert " ".join(stages.ran) == keys
    assert [version.iteration for version in round_.versions.all()] == versions
    assert round_.stage_count == 1 + len(stages.ran), "and the snapshot"


def test_a_round_on_the_champion_goes_on_from_its_adapter(base_model: Path) -> None:
    first = run("sft_dpo", FakeStages(right={0: 0.5, 1: 0.75}))
    champion = ModelVersion.objects.get(aliases__name="champion")
    assert (champion.round_id, champion.iteration) == (first.pk, 1)
    stages = FakeStages()
    second = run("champion_dpo", stages)
    assert stages.ran[:3] == ["0-zero_shot", "0-champion", "0-evaluate"]
    assert second.inputs["adapter"]["path"] == champion.adapter_path
    assert second.inputs["counts"]["seed"] == 0
    assert [version.iteration for version in second.versions.all()] == [0, 1]


def test_the_note_of_a_round_names_a_collapse() -> None:
    round_ = run("sft_dpo", FakeStages(agreement={0: 0.5, 1: 0.6, 2: 0.75}), iterations=3)
    assert round_.note == (
        "collapse: within 2 iterations mean agreement on gold rose from 50.0 % to 75.0 % "
        "while gold accuracy did not rise (50.0 % to 50.0 %)"
    )


def test_the_note_of_self_training_says_when_nothing_was_confident() -> None:
    round_ = run("self_training", FakeStages(pairs=0), iterations=2)
    assert round_.note.startswith("no confident answers are left")


def test_the_artifact_folder_keeps_the_manifest() -> None:
    round_ = run("sft", FakeStages())
    kept = Path(settings.ATTRX_ARTIFACTS_DIR) / round_.artifact_path / "manifest.json"
    manifest = json.loads(kept.read_text())
    assert (manifest["format"], manifest["inputs"]) == ("attrx round manifest", round_.inputs)

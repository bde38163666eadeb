import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from catalog.models import Status
from tests.fakes import FakeStages
from training import jobs, reruns, services
from training.ml.errors import DataError
from training.ml.params import TINY_MODEL
from training.ml.runner import Runner
from training.models import Round
from training.selectors.manifests import round_manifest
from training.sharding import StageRunner

pytestmark = pytest.mark.usefixtures("catalogue")


def done(round_: Round, runner: StageRunner) -> Round:
    """The round, run to its end."""
    claim = services.round_claim(round_id=round_.pk, worker="process 1 on laptop")
    assert claim is not None
    jobs.run_round(claim, run_stage=runner)
    round_.refresh_from_db()
    assert (round_.status, round_.error) == (Status.DONE, "")
    return round_


def manifest_of(round_: Round) -> dict[str, Any]:
    """The manifest as it comes back from a file."""
    found: dict[str, Any] = json.loads(json.dumps(round_manifest(round_id=round_.pk)))
    return found


def written(tmp_path: Path, manifest: dict[str, Any]) -> Path:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest))
    return path


def test_a_manifest_names_everything_that_the_round_was_started_on() -> None:
    round_ = done(services.round_start(iterations=1, seed=5), FakeStages())
    manifest = manifest_of(round_)
    frozen = manifest["inputs"]
    assert (manifest["params"]["seed"], manifest["params"]["strategy"]) == (5, "sft_dpo")
    assert {one["listing_id"] for one in frozen["sources"]["labels"]} == {
        row["listing_id"] for split in ("seed", "gold") for row in frozen["listings"][split]
    }
    assert frozen["listings"]["gold"][0]["images"][0].keys() == {"file", "sha256", "bytes"}
    assert frozen["libraries"].keys() >= {"torch", "transformers", "peft", "trl"}
    assert frozen["base_model"]["fingerprint"] and frozen["code"]
    assert list(manifest["results"]) == ["0-zero_shot", "0-evaluate", "1-evaluate"]


def test_a_round_that_is_not_there_has_no_manifest() -> None:
    assert round_manifest(round_id=12345) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "no manifest of a round: download it"),
        (
            '{"format": "attrx round manifest", "version": 2}',
            "version 2 of the manifest: this release reads 1",
        ),
    ],
)
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        reruns.read_manifest(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"manifest.json: cannot be read \(No such file"):
        reruns.read_manifest(tmp_path / "manifest.json")


def test_another_base_model_is_refused(base_model: Path, tmp_path: Path) -> None:
    manifest = manifest_of(services.round_start())
    (base_model / "model.safetensors").write_bytes(b"other w")
    with pytest.raises(DataError, match="is not the one that the round was started on .* give that one with"):
        reruns.prepared(manifest, base=None, out=tmp_path / "out")


def test_the_base_model_may_lie_elsewhere(base_model: Path, tmp_path: Path) -> None:
    manifest = manifest_of(services.round_start())
    moved = base_model.rename(tmp_path / "moved")
    run = reruns.prepared(manifest, base=str(moved), out=tmp_path / "out")
    assert run.params.model.base == str(moved)


@pytest.mark.parametrize(
    ("content", "message"), [(None, "is missing: import"), (b"another", "is another photo than the round")]
)
def test_a_photo_that_is_not_the_rounds_is_refused(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    manifest = manifest_of(services.round_start())
    photo = Path(configured.MEDIA_ROOT) / manifest["inputs"]["listings"]["gold"][0]["images"][0]["file"]
    photo.unlink() if content is None else photo.write_bytes(content)
    with pytest.raises(DataError, match=f"listing 'kurta-seed-0', photo 1: .* {message}"):
        reruns.prepared(manifest, base=None, out=tmp_path / "out")


def test_what_may_make_a_difference_is_said() -> None:
    manifest = manifest_of(services.round_start())
    assert reruns.cautions(manifest) == []
    manifest["inputs"]["code"] = "0123"
    manifest["inputs"]["libraries"]["torch"] = "1.0"
    manifest["params"]["model"]["device"] = "auto"
    said = reruns.cautions(manifest)
    assert [one.split(" ")[0] for one in said] == ["the", "torch", "GPUs"]


def test_the_command_refuses_with_exit_code_2(base_model: Path, tmp_path: Path) -> None:
    manifest = manifest_of(services.round_start())
    (base_model / "model.safetensors").write_bytes(b"other w")
    with pytest.raises(CommandError, match="give that one with --base") as caught:
        call_command("round_rerun", written(tmp_path, manifest))
    assert caught.value.returncode == 2


def test_a_folder_with_another_run_is_not_gone_on_with(tmp_path: Path) -> None:
    first = manifest_of(services.round_start(seed=1))
    out = tmp_path / "out"
    out.mkdir()
    (out / "run.json").write_text(json.dumps(reruns.identity(first)))
    second = manifest_of(services.round_start(seed=2))
    with pytest.raises(
        CommandError, match="holds a run with another params.seed: give another --out"
    ) as caught:
        call_command("round_rerun", written(tmp_path, second), out=out)
    assert caught.value.returncode == 2


def test_a_round_run_again_from_its_manifest_has_exactly_its_accuracies(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ATTRX_BASE_MODEL = str(TINY_MODEL)
    round_ = done(services.round_start(iterations=1), Runner())
    manifest = manifest_of(round_)
    call_command("round_rerun", written(tmp_path, manifest))
    assert f"Every accuracy is exactly that of round {round_.pk}." in capsys.readouterr().out

    [*_, whole] = manifest["results"]["0-evaluate"]["greedy"]
    whole["correct"] = 1 if whole["correct"] == 0 else 0
    whole["unparseable"] = 0
    with pytest.raises(CommandError, match=f"1 figures differ from those of round {round_.pk}") as caught:
        call_command("round_rerun", written(tmp_path, manifest))
    assert caught.value.returncode == 1
    assert "0-evaluate, greedy, all: " in capsys.readouterr().out

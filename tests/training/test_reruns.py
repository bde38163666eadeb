import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from catalog.models import Image, Listing, Status
from tests.factories import PhotoFactory
from tests.fakes import FakeStages
from training import inputs, jobs, reruns, services
from training.manifests import read_manifest
from training.ml.errors import DataError
from training.ml.params import TINY_MODEL
from training.ml.pool import pool_facts
from training.ml.run import Stage
from training.ml.runner import Runner
from training.models import Prediction, Round, RoundStage
from training.selectors.manifests import manifest_lines
from training.sharding import RoundRunner

pytestmark = pytest.mark.usefixtures("catalogue")


def done(round_: Round, runner: RoundRunner) -> Round:
    """The round, run to its end."""
    claim = services.round_claim(round_id=round_.pk, worker="process 1 on laptop")
    assert claim is not None
    jobs.run_round(claim, run_stage=runner)
    round_.refresh_from_db()
    assert (round_.status, round_.error) == (Status.DONE, "")
    return round_


def frozen(round_: Round) -> Round:
    """The round, its pool frozen and nothing else done."""

    def stop(stage: Stage) -> None:
        raise DataError("that is enough")

    claim = services.round_claim(round_id=round_.pk, worker="process 1 on laptop")
    assert claim is not None
    jobs.run_round(claim, run_stage=FakeStages(before=stop, before_shard=lambda stage, number: stop(stage)))
    round_.refresh_from_db()
    assert round_.pool["listings"] == 4
    return round_


def downloaded(round_: Round, folder: Path) -> Path:
    """The manifest as the round's page gives it."""
    path = folder / f"round-{round_.pk}-manifest.json"
    lines = manifest_lines(round_id=round_.pk)
    assert lines is not None
    path.write_text("".join(lines), encoding="utf-8")
    return path


def changed(path: Path, **parts: Any) -> Path:
    """The manifest with other parts, written as any other program would."""
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | parts))
    return path


def test_a_manifest_names_everything_that_the_round_was_started_on(tmp_path: Path) -> None:
    round_ = done(services.round_start(iterations=1, seed=5), FakeStages())
    manifest = json.loads(downloaded(round_, tmp_path).read_text(encoding="utf-8"))
    frozen = manifest["inputs"]
    assert (manifest["params"]["seed"], manifest["params"]["strategy"]) == (5, "sft_dpo")
    assert {one["listing_id"] for one in frozen["sources"]["labels"]} == {
        row["listing_id"] for split in ("seed", "gold") for row in frozen["listings"][split]
    }
    assert frozen["listings"]["gold"][0]["images"][0].keys() == {"file", "sha256", "bytes"}
    assert frozen["libraries"].keys() >= {"torch", "transformers", "peft", "trl"}
    assert frozen["base_model"]["fingerprint"] and frozen["code"]
    assert list(manifest["results"]) == ["0-zero_shot", "0-evaluate", "1-evaluate"]
    names = [row["listing_id"] for row in manifest["pool_listings"]]
    assert names == ["kurta-pool-0", "kurta-pool-1", "lamp-pool-0", "lamp-pool-1"]
    assert manifest["pool"] == pool_facts(manifest["pool_listings"]).to_json() == round_.pool


def test_a_round_that_is_not_there_has_no_manifest() -> None:
    assert manifest_lines(round_id=12345) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "no manifest of a round: download it"),
        (
            '{"format": "attrx round manifest", "version": 3}',
            "version 3 of the manifest: this release reads 1 and 2",
        ),
        (
            '{"format": "attrx round manifest", "version": 2, "pool": {}}',
            "had not frozen its pool yet: once it has, download it from the round's page",
        ),
        (
            '{"format": "attrx round manifest", "version": 2, "pool": {"listings": 1}}',
            "has no listings of the pool, nor are they in .*0-snapshot/pool: download it",
        ),
    ],
)
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_manifest(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"manifest.json: cannot be read \(No such file"):
        read_manifest(tmp_path / "manifest.json")


def test_another_base_model_is_refused(base_model: Path, tmp_path: Path) -> None:
    manifest = read_manifest(downloaded(frozen(services.round_start()), tmp_path))
    (base_model / "model.safetensors").write_bytes(b"other w")
    with pytest.raises(DataError, match="is not the one that the round was started on .* give that one with"):
        reruns.prepared(manifest, base=None, out=tmp_path / "out")


def test_the_base_model_may_lie_elsewhere(base_model: Path, tmp_path: Path) -> None:
    manifest = read_manifest(downloaded(frozen(services.round_start()), tmp_path))
    moved = base_model.rename(tmp_path / "moved")
    run = reruns.prepared(manifest, base=str(moved), out=tmp_path / "out")
    assert run.params.model.base == str(moved)
    assert [one.listing_id for one in run.splits.pool] == [
        *("kurta-pool-0", "kurta-pool-1", "lamp-pool-0", "lamp-pool-1")
    ]


def test_the_manifest_of_the_artifact_folder_finds_the_pool_beside_it(tmp_path: Path) -> None:
    round_ = frozen(services.round_start())
    folder = Path(configured.ATTRX_ARTIFACTS_DIR) / round_.artifact_path
    run = reruns.prepared(read_manifest(folder / "manifest.json"), base=None, out=tmp_path / "out")
    assert len(run.splits.pool) == 4


@pytest.mark.parametrize(("split", "name"), [("gold", "kurta-gold-0"), ("pool", "kurta-pool-0")])
@pytest.mark.parametrize(
    ("content", "message"), [(None, "is missing: import"), (b"another", "is another photo than the round")]
)
def test_a_photo_that_is_not_the_rounds_is_refused(
    tmp_path: Path, split: str, name: str, content: bytes | None, message: str
) -> None:
    for number, listing in enumerate(Listing.objects.order_by("pk")):
        own = PhotoFactory.create(color=(number, 7, 7))
        Image.objects.filter(listing=listing).update(photo=own)
    manifest = read_manifest(downloaded(frozen(services.round_start()), tmp_path))
    photo = Image.objects.get(listing__external_id=name).photo
    path = Path(configured.MEDIA_ROOT) / str(photo.file)
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(DataError, match=f"listing '{name}', photo 1: .* {message}"):
        reruns.prepared(manifest, base=None, out=tmp_path / "out")
    assert not (tmp_path / "out" / "pool").exists()


def test_a_pool_that_is_not_the_rounds_is_refused(tmp_path: Path) -> None:
    path = downloaded(frozen(services.round_start()), tmp_path)
    shorter = json.loads(path.read_text(encoding="utf-8"))["pool_listings"][:-1]
    manifest = read_manifest(changed(path, pool_listings=shorter))
    with pytest.raises(DataError, match="not that of the round .3 listings .*, not 4 .*: download it"):
        reruns.prepared(manifest, base=None, out=tmp_path / "out")


def test_what_may_make_a_difference_is_said(tmp_path: Path) -> None:
    head = read_manifest(downloaded(frozen(services.round_start()), tmp_path)).head
    assert reruns.cautions(head) == []
    head["inputs"]["code"] = "0123"
    head["inputs"]["libraries"]["torch"] = "1.0"
    head["params"]["model"]["device"] = "auto"
    said = reruns.cautions(head)
    assert [one.split(" ")[0] for one in said] == ["the", "torch", "GPUs"]


def test_the_command_refuses_with_exit_code_2(base_model: Path, tmp_path: Path) -> None:
    path = downloaded(frozen(services.round_start()), tmp_path)
    (base_model / "model.safetensors").write_bytes(b"other w")
    with pytest.raises(CommandError, match="give that one with --base") as caught:
        call_command("round_rerun", path)
    assert caught.value.returncode == 2


def test_a_folder_with_another_run_is_not_gone_on_with(tmp_path: Path) -> None:
    first = read_manifest(downloaded(frozen(services.round_start(seed=1)), tmp_path))
    out = tmp_path / "out"
    out.mkdir()
    (out / "run.json").write_text(json.dumps(reruns.identity(first.head)))
    second = downloaded(frozen(services.round_start(seed=2)), tmp_path)
    with pytest.raises(
        CommandError, match="holds a run with another params.seed: give another --out"
    ) as caught:
        call_command("round_rerun", second, out=out)
    assert caught.value.returncode == 2


def test_a_round_of_an_older_release_keeps_its_pool_in_its_inputs(tmp_path: Path) -> None:
    round_ = services.round_start(iterations=1)
    rows = [row | {"answers": {}, "evidence": {}} for row in inputs.PoolRows(round_.inputs)]
    listings = round_.inputs["listings"] | {"pool": rows}
    Round.objects.filter(pk=round_.pk).update(inputs=round_.inputs | {"listings": listings})
    stages = FakeStages()
    done(round_, stages)
    assert not RoundStage.objects.filter(round=round_, name="snapshot").exists()
    assert Prediction.objects.filter(model_version__round=round_).exists()
    manifest = read_manifest(downloaded(round_, tmp_path))
    assert (manifest.head["version"], manifest.listings) == (1, None)
    run = reruns.prepared(manifest, base=None, out=tmp_path / "out")
    assert [one.listing_id for one in run.splits.pool] == [row["listing_id"] for row in rows]


def test_a_round_run_again_from_its_manifest_has_exactly_its_accuracies(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ATTRX_BASE_MODEL = str(TINY_MODEL)
    round_ = done(services.round_start(iterations=1), Runner())
    path = downloaded(round_, tmp_path)
    call_command("round_rerun", path)
    assert f"Every accuracy is exactly that of round {round_.pk}." in capsys.readouterr().out

    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    [*_, whole] = results["0-evaluate"]["greedy"]
    whole["correct"] = 1 if whole["correct"] == 0 else 0
    whole["unparseable"] = 0
    with pytest.raises(CommandError, match=f"1 figures differ from those of round {round_.pk}") as caught:
        call_command("round_rerun", changed(path, results=results))
    assert caught.value.returncode == 1
    assert "0-evaluate, greedy, all: " in capsys.readouterr().out

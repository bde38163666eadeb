"""Each stage runs from files to files; bad input ends with exit code 2, a remedy, and no output."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.training.ml.folders import read_rows, write_rows
from training.ml.cli import PROGRAM, STAGES, build_parser, main
from training.ml.commands import read_data, read_params
from training.ml.metrics import Accuracy
from training.ml.params import TINY_MODEL, LoopParams, ModelParams, tiny_params
from training.ml.presets import preset_params
from training.ml.records import Chain, Pair, Vote, read_jsonl, write_jsonl

SETTINGS = [
    *("--preset", "tiny"),
    *("--set", "model.threads=1"),
    *("--set", "sft.optim.learning_rate=1e-2"),
    *("--set", "sft.optim.epochs=16"),
    *("--set", "sft.optim.per_device_batch_size=4"),
    *("--set", "sft.optim.batch_size=4"),
    *("--set", "sft.chains_per_question=1"),
    *("--set", "sample.chains=6"),
    *("--set", "sample.max_new_tokens=32"),
    *("--set", "pair.vote_threshold=0"),
]
SPLIT = ["--labelled-per-vertical", "3", "--gold-share", "0.25"]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line; returns exit code, standard output and standard error."""

    def invoke(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return invoke


@pytest.fixture
def folder(data_folder: Path, tmp_path: Path) -> Path:
    """A data folder that the test may spoil."""
    return Path(shutil.copytree(data_folder, tmp_path / "data"))


@pytest.fixture
def model_options(qwen: ModelParams) -> list[str]:
    return [*SPLIT, *SETTINGS, "--base", qwen.base]


def spoil(folder: Path, line: int, **fields: Any) -> None:
    rows = read_rows(folder)
    rows[line - 1] |= fields
    write_rows(folder, rows)


def test_the_stages_follow_each_other_from_file_to_file(
    run: Run, data_folder: Path, model_options: list[str], tmp_path: Path
) -> None:
    common = ["--data", str(data_folder), *model_options]
    chains, votes, pairs = (tmp_path / f"{name}.jsonl" for name in ("chains", "votes", "pairs"))
    steps: list[list[str | Path]] = [
        ["sft", *common, "--out", tmp_path / "sft"],
        ["sample", *common, "--adapter", tmp_path / "sft", "--out", chains],
        ["vote", "--chains", chains, "--out", votes],
        ["pairs", *SETTINGS, "--chains", chains, "--votes", votes, "--out", pairs],
        ["dpo", *common, "--pairs", pairs, "--adapter", tmp_path / "sft", "--out", tmp_path / "dpo"],
        ["evaluate", *common, "--adapter", tmp_path / "dpo", "--out", tmp_path / "metrics.jsonl"],
    ]
    shown = []
    for step in steps:
        code, out, err = run(*step)
        assert code == 0, err
        shown.append(out)
    asked = {vote.question_id for vote in read_jsonl(votes, Vote)}
    assert len(asked) == 9
    assert len(read_jsonl(chains, Chain)) == 6 * len(asked)
    assert {pair.question_id for pair in read_jsonl(pairs, Pair)} <= asked
    assert (tmp_path / "dpo" / "adapter_model.safetensors").is_file()
    assert read_jsonl(tmp_path / "metrics.jsonl", Accuracy)[-1].questions == 6
    assert "9 examples" in shown[0]
    assert "majority class" in shown[-1]
    assert not list(tmp_path.glob("*.partial"))


def test_the_loop_prints_tables_and_last_one_json_object_and_can_be_repeated(
    run: Run, data_folder: Path, model_options: list[str], tmp_path: Path
) -> None:
    arguments = [
        "loop",
        "--data",
        data_folder,
        *model_options,
        "--iterations",
        "1",
        "--out",
        tmp_path / "run",
    ]
    code, out, err = run(*arguments)
    assert code == 0, err
    summary = json.loads(out.splitlines()[-1])
    assert list(summary) == [
        *("zero_shot", "sft", "iterations", "majority", "majority_class", "questions", "pool", "loop_seconds")
    ]
    assert (summary["questions"], summary["pool"], len(summary["iterations"])) == (6, 6, 1)
    assert "bag / parts" in out
    assert "0-sft" in err
    assert "1-dpo" in err
    assert run(*arguments)[1].splitlines()[-1] == out.splitlines()[-1]


def test_a_run_is_not_continued_with_other_options(
    run: Run, data_folder: Path, model_options: list[str], tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    arguments = ["loop", "--data", data_folder, *model_options, "--out", tmp_path / "run"]
    (tmp_path / "run" / "run.json").write_text(json.dumps({"params": {"seed": 7}}))
    code, _, err = run(*arguments)
    assert code == 2
    assert "holds a run with another" in err
    assert "give another --out" in err
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["run.json"]


def test_the_command_line_loads_neither_torch_nor_django() -> None:
    code = "import sys, training.ml.cli; print(*{'torch', 'transformers', 'django'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.example.split()[0])
def test_every_stage_has_an_example_that_parses(stage: Any, capsys: pytest.CaptureFixture[str]) -> None:
    options = build_parser().parse_args(stage.example.split())
    assert options.run is stage.run
    with pytest.raises(SystemExit) as ended:
        main([options.stage, "--help"])
    assert ended.value.code == 0
    assert f"{PROGRAM} {stage.example}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["train"],
        ["vote", "--chains", "chains.jsonl"],
        ["sft", "--data", "d", "--out", "o", "--labelled-per-vertical", "0"],
        ["sft", "--data", "d", "--out", "o", "--labelled-per-vertical", "ten"],
        ["sft", "--data", "d", "--out", "o", "--gold-share", "1"],
        ["loop", "--data", "d", "--out", "o", "--iterations", "-1"],
    ],
)
def test_a_command_that_is_not_one_ends_with_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("stage", ["sft", "sample", "evaluate", "loop"])
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"attributes": {"colour": "mauve"}}, r"listings.jsonl, line 2: attributes.colour = 'mauve'"),
        ({"images": ["images/gone.png"]}, "line 2: image"),
        ({"images": ["schema.json"]}, "cannot be decoded"),
    ],
)
def test_a_row_that_cannot_be_used_ends_every_stage_that_reads_it(
    run: Run, folder: Path, tmp_path: Path, stage: str, fields: dict[str, Any], message: str
) -> None:
    spoil(folder, 2, **fields)
    code, out, err = run(stage, "--data", folder, *SPLIT, "--out", tmp_path / "out")
    assert (code, out) == (2, "")
    assert err.startswith(f"{stage}: ")
    assert message in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--labelled-per-vertical", "100"], "the pool is empty: label fewer listings per vertical"),
        (["--group-by", "^(sofa-.*)"], "group pattern '^(sofa-.*)' does not match listing id 'cap-0'"),
        (["--set", "sample.chains=many"], "--set sample.chains=many: 'many' does not fit: expected int"),
        (["--strategy", "champion_dpo"], "--adapter goes with --strategy champion_dpo, and only with it"),
        (["--adapter", "runs/sft"], "--adapter goes with --strategy champion_dpo, and only with it"),
    ],
)
def test_options_that_do_not_fit_the_data_end_with_their_remedy(
    run: Run, data_folder: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    code, _, err = run("loop", "--data", data_folder, *options, "--out", tmp_path / "out")
    assert code == 2
    assert message in err
    assert not (tmp_path / "out").exists()


def test_a_vertical_without_labels_ends_with_its_remedy(run: Run, folder: Path, tmp_path: Path) -> None:
    rows = read_rows(folder)
    write_rows(
        folder, [{**row, "attributes": {} if row["vertical"] == "bag" else row["attributes"]} for row in rows]
    )
    code, _, err = run("sft", "--data", folder, *SPLIT, "--out", tmp_path / "out")
    assert code == 2
    assert "vertical 'bag' (8 listings) has no labelled listing for the seed set: label" in err


def test_a_folder_that_is_no_data_folder_ends_with_its_remedy(run: Run, tmp_path: Path) -> None:
    code, _, err = run("sft", "--data", tmp_path, "--out", tmp_path / "out")
    assert code == 2
    assert "a data folder needs a schema.json" in err


@pytest.mark.parametrize("stage", ["sft", "sample", "evaluate", "loop"])
@pytest.mark.parametrize(
    "missing", ["config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"]
)
def test_a_model_folder_that_is_not_one_ends_with_its_remedy(
    run: Run, data_folder: Path, qwen: ModelParams, tmp_path: Path, stage: str, missing: str
) -> None:
    base = Path(shutil.copytree(qwen.base, tmp_path / "base"))
    (base / missing).unlink()
    options = [*SPLIT, *SETTINGS, "--base", base]
    code, _, err = run(stage, "--data", data_folder, *options, "--out", tmp_path / "out")
    assert code == 2
    assert f"{base} is not a usable image-text-to-text model" in err
    assert [path.name for path in tmp_path.iterdir()] == ["base"]


def test_a_language_model_is_no_image_text_to_text_model(run: Run, data_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "config.json").write_text(json.dumps({"model_type": "llama"}))
    options = [*SPLIT, "--base", tmp_path / "base"]
    code, _, err = run("sft", "--data", data_folder, *options, "--out", tmp_path / "out")
    assert code == 2
    assert "is not a usable image-text-to-text model" in err


@pytest.mark.parametrize("adapter", ["none", "data"])
def test_an_adapter_folder_that_is_not_one_ends_with_its_remedy(
    run: Run, folder: Path, model_options: list[str], tmp_path: Path, adapter: str
) -> None:
    pairs = tmp_path / "pairs.jsonl"
    write_jsonl(
        pairs, [Pair(f"{vertical}-{n}/colour", "a", "b", 2, 1, 3) for vertical in ("cap",) for n in range(1)]
    )
    options = ["--data", str(folder), *model_options, "--adapter", str(tmp_path / adapter)]
    code, _, err = run("sample", *options, "--out", tmp_path / "out")
    assert code == 2
    assert f"{tmp_path / adapter} is not an adapter" in err
    assert not (tmp_path / "out").exists()


def test_records_of_another_stage_end_with_file_and_line(run: Run, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "votes.jsonl", [Vote("a/colour", {"red": 2}, 2, "red", 1.0)])
    code, _, err = run("vote", "--chains", tmp_path / "votes.jsonl", "--out", tmp_path / "out.jsonl")
    assert code == 2
    assert "votes.jsonl, line 1: not a chain" in err
    assert not (tmp_path / "out.jsonl").exists()


def test_an_output_folder_is_never_overwritten(
    run: Run, data_folder: Path, model_options: list[str], tmp_path: Path
) -> None:
    (tmp_path / "thesis.tex").touch()
    for stage in ("sft", "loop"):
        code, _, err = run(stage, "--data", data_folder, *model_options, "--out", tmp_path)
        assert code == 2
        assert "give another" in err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_hidden_text_is_left_out_of_every_split(data_folder: Path) -> None:
    arguments = ["sft", "--data", str(data_folder), *SPLIT, "--out", "out"]
    for more, texts in (([], {"Plain cap", "Plain bag"}), (["--hide-text"], {""})):
        options = build_parser().parse_args([*arguments, *more])
        _, splits = read_data(options, seed=0)
        assert {one.title for one in (*splits.seed, *splits.gold, *splits.pool)} == texts


@pytest.mark.parametrize(
    ("arguments", "params"),
    [
        ([], tiny_params(base=str(TINY_MODEL))),
        (["--base", "some/model"], preset_params("gpu24", base="some/model", iterations=3, seed=0)),
        (["--base", "some/model", "--preset", "tiny", "--seed", "4"], tiny_params(base="some/model", seed=4)),
        (["--iterations", "1"], tiny_params(iterations=1)),
    ],
)
def test_a_preset_is_chosen_by_the_base_model(arguments: list[str], params: LoopParams) -> None:
    assert read_params(build_parser().parse_args(["loop", "--data", "d", "--out", "o", *arguments])) == params


def test_pre_training_on_photos_without_evidence_ends_with_the_listing(
    run: Run, data_folder: Path, tmp_path: Path
) -> None:
    folders = ["--studio", data_folder, "--snapshots", data_folder, "--held-out", data_folder]
    code, _, err = run("pretrain-tiny", *folders, "--steps", "1", "--out", tmp_path / "tiny")
    assert code == 2
    assert "cap-0 has no answer or no evidence for 'colour'" in err
    assert not (tmp_path / "tiny").exists()

"""manage.py study: the same study as on the command line, stored; or one that has ended."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.fakes import FakeStages
from tests.training.ml.folders import write_folder
from tests.training.ml.study.ended import study_folder
from training.management.commands.study import Command
from training.ml.cli import build_parser
from training.ml.progress import Progress
from training.ml.run import LoopRun, Stage
from training.models import Study, StudyRun

pytestmark = pytest.mark.django_db

RIGHT = {"first": {-1: 0.25, 0: 0.5}, "dpo": {1: 0.75, 2: 1.0}}
"""{arm: {iteration: share of gold answered right}}"""


@dataclass
class Stages:
    """A runner without a model, that notes which arms ran."""

    ran: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, run: LoopRun, stage: Stage, *, progress: Progress) -> Mapping[str, Any]:
        arm = run.folder.name
        if not run.path(stage).is_dir():
            self.ran.append((arm, stage.key))
        return FakeStages(right=RIGHT.get(arm, {}))(run, stage, progress=progress)


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    data = write_folder(tmp_path / "data")
    sizes = ["--labelled-per-vertical", "2", "--gold-share", "0.25", "--pool-per-vertical", "3"]
    rest = ["--iterations", "2", "--groups", "main", "--out", str(tmp_path / "out")]
    return ["--data", str(data), *sizes, *rest]


def call(*words: str, runner: Any = None) -> tuple[str, str]:
    """(what it wrote on standard output through Django, on standard error)"""
    out, err = io.StringIO(), io.StringIO()
    call_command(Command(runner=runner), *words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_study_is_run_and_stored_and_its_last_line_is_json(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = call(*asked, "--seeds", "1", "2", "--title", "First", runner=Stages())
    study = Study.objects.get()
    assert out == ""
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == study.summary
    assert (study.title, study.summary["gain_points"], study.sizes["labelled"]) == ("First", 50.0, 2)
    assert len(study.source["data"]) == 64 and study.source["gold_share"] == 0.25
    assert err == f"First is stored: /studies/{study.pk}/\n"


def test_a_second_call_goes_on_and_the_study_grows(asked: list[str]) -> None:
    call(*asked, "--seeds", "1", runner=Stages())
    runner = Stages()
    call(*asked, "--seeds", "1", "2", runner=runner)
    assert ("dpo", "2-evaluate") in runner.ran
    assert len([one for one in runner.ran if one[0] == "first"]) == 3
    assert Study.objects.get().summary["seeds"] == [1, 2]
    assert StudyRun.objects.count() == 2 * 7


def test_a_study_that_has_ended_is_stored(tmp_path: Path) -> None:
    out, err = call("--record", str(study_folder(tmp_path, seeds=(1, 2))))
    study = Study.objects.get()
    assert json.loads(out) == study.summary
    assert err == f"Study {study.pk} is stored: /studies/{study.pk}/\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give --out FOLDER to run a study there, or --record FOLDER"),
        (["--out", "a", "--record", "b"], "give --out FOLDER to run a study there, or --record FOLDER"),
        (["--record", "nowhere"], "nowhere has no study.json: its study has not ended"),
        (["--record", "nowhere", "--title", "x" * 201], "--title is longer than 200 characters"),
        (["--out", "a", "--groups", "pools"], "there is no group 'pools' of arms"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_give(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CommandError) as caught:
        call(*words)
    assert said in str(caught.value)
    assert caught.value.returncode == 2
    assert not Study.objects.exists()


def test_it_takes_the_options_of_the_command_line() -> None:
    words = ["--quick", "--seeds", "1", "--set", "dpo.beta=0.3", "--iterations", "2", "--out", "a"]
    told = vars(build_parser().parse_args(["study", *words]))
    here = vars(Command().create_parser("manage.py", "study").parse_args(words))
    assert {name: here[name] for name in told.keys() - {"stage", "run"}} == {
        name: value for name, value in told.items() if name not in ("stage", "run")
    }

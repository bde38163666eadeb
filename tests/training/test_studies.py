"""Studies are stored once, grow under their number, and are forgotten; the log knows."""

import json
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from attrx_web.auditlog.actions import Action
from attrx_web.auditlog.models import Event
from attrx_web.roles import Role
from tests.factories import user_with
from tests.training.ml.study.ended import study_folder
from tests.training.studied import study_row
from training.ml.study.arms import MAIN
from training.ml.study.recorded import read_study
from training.models import Study, StudyArm, StudyFigure, StudyMeasure, StudyRun, StudyStep
from training.selectors.studies import study_document, study_whole
from training.services.studies import study_record, study_remove

pytestmark = pytest.mark.django_db


def test_every_figure_of_every_seed_is_a_row(tmp_path: Path) -> None:
    study = study_row(tmp_path, seeds=(1, 2))
    whole = study_whole(study_id=study.pk)
    assert whole is not None
    assert [arm.name for arm in whole.arms] == [
        "first",
        "dpo",
        "no_pool",
        "self_training",
        "majority_sft",
        "all_labels",
        "verdicts",
    ]
    written = json.loads((tmp_path / "study.json").read_text())
    assert len(whole.runs) == len(written["runs"]) == 14
    rows = {(run.arm.name, run.seed): run for run in whole.runs}
    for run in written["runs"]:
        row = rows[run["arm"], run["seed"]]
        assert (row.pool, row.questions, row.majority_class, row.seconds) == (
            *(run["pool"], run["questions"], run["majority_class"], run["seconds"]),
        )
        assert [(step.name, step.greedy, step.majority, step.learned_from) for step in row.steps.all()] == [
            (step["name"], step["greedy"], step["majority"], step["learned_from"]) for step in run["steps"]
        ]
    gain = next(
        one
        for one in whole.figures
        if (one.arm.name, one.step, one.measure, one.vertical) == ("dpo", "3", StudyMeasure.GAIN, "")
    )
    line = written["summary"]
    assert [gain.mean, gain.low, gain.high] == [line["gain_points"], *line["gain_points_interval"]]
    assert study.summary == {name: value for name, value in line.items() if name != "steps"}
    assert study_document(study_id=study.pk) == written


def test_the_same_results_are_stored_once(tmp_path: Path) -> None:
    first = study_row(tmp_path / "one", title="Old words")
    again = study_row(tmp_path / "two", title="New words")
    assert (again.pk, Study.objects.get().title) == (first.pk, "New words")
    assert study_row(tmp_path / "three").title == "New words"
    assert Event.objects.filter(action=Action.STUDY_RECORDED).count() == 1


def test_a_study_that_went_on_keeps_its_number_and_name(tmp_path: Path) -> None:
    study = study_row(tmp_path, title="The defaults", seeds=(1, 2))
    grown = study_row(tmp_path, seeds=(1, 2, 3), groups=(MAIN, "beta"))
    assert (grown.pk, grown.title) == (study.pk, "The defaults")
    assert Study.objects.get().summary["seeds"] == [1, 2, 3]
    assert StudyRun.objects.count() == 3 * 10
    assert StudyArm.objects.filter(group="beta").count() == 3
    assert not StudyFigure.objects.exclude(seeds=3).exists()


def test_a_study_with_other_results_or_fewer_is_another_one(tmp_path: Path) -> None:
    study_row(tmp_path / "one", seeds=(1, 2))
    study_row(tmp_path / "one", seeds=(1,))
    better = study_folder(tmp_path / "two", seeds=(1, 2), groups=(MAIN,), final=0.9)
    study_record(recorded=read_study(better))
    assert Study.objects.count() == 3
    assert len(set(Study.objects.values_list("identity", flat=True))) == 1


def test_a_study_with_other_settings_is_another_one(tmp_path: Path) -> None:
    study_row(tmp_path / "one")
    other = study_folder(tmp_path / "two", seeds=(11, 12, 13), groups=(MAIN,))
    source = json.loads((other / "run.json").read_text())
    (other / "run.json").write_text(json.dumps({**source, "verticals": ["lamp"]}))
    whole = json.loads((other / "study.json").read_text())
    (other / "study.json").write_text(json.dumps({**whole, "remark": "fewer verticals"}))
    study_record(recorded=read_study(other))
    assert Study.objects.count() == 2


def test_a_study_is_forgotten_with_its_rows_and_can_be_recorded_again(tmp_path: Path) -> None:
    admin = user_with(Role.ADMIN)
    study = study_row(tmp_path, title="A mistake")
    assert study_remove(study_id=study.pk, by=admin)
    assert not study_remove(study_id=study.pk, by=admin)
    assert not StudyStep.objects.exists() and not StudyFigure.objects.exists()
    assert study_row(tmp_path).pk != study.pk
    events = Event.objects.filter(object_kind="study").order_by("pk")
    assert [(one.action, one.person, one.object_name) for one in events][:2] == [
        (Action.STUDY_RECORDED, "", "A mistake"),
        (Action.STUDY_REMOVED, "admin", "A mistake"),
    ]


def test_what_cannot_be_is_refused_by_the_database(tmp_path: Path) -> None:
    study_row(tmp_path)
    figure, step = StudyFigure.objects.all()[0], StudyStep.objects.all()[0]
    for row, changes in (
        (figure, {"low": figure.mean + 1}),
        (figure, {"low": None}),
        (figure, {"measure": "luck"}),
        (figure, {"seeds": 0}),
        (step, {"greedy": 1.1}),
        (step, {"agreement": -0.1}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(row)._default_manager.filter(pk=row.pk).update(**changes)

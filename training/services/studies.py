"""Writes of studies: what a finished study found, stored as rows that pages read."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from training.ml.study.paired import Paired, paired
from training.ml.study.recorded import Recorded, RecordedRun
from training.models import Study, StudyArm, StudyFigure, StudyRun, StudyStep


@transaction.atomic
def study_record(*, recorded: Recorded, title: str = "") -> Study:
    """Store what a study found.

    The same results are stored once. A study that went on, with all that it had before and more arms or
    seeds, takes the place of what is stored of it, under its number; any other one is another study.

    Args:
        title: what people call it; empty: as before, or its number.
    """
    document = dict(recorded.document)
    digest = _digest(document)
    if same := Study.objects.filter(digest=digest).first():
        if title and title != same.title:
            Study.objects.filter(pk=same.pk).update(title=title)
            same.title = title
        return same
    facts: dict[str, Any] = {
        "digest": digest,
        "recorded": timezone.now(),
        "source": dict(recorded.source),
        "params": document["params"],
        "sizes": document["sizes"],
        "summary": recorded.line,
        "document": document,
    }
    facts["identity"] = _digest({name: facts[name] for name in ("source", "params", "sizes")})
    if title:
        facts["title"] = title
    study = _stored(facts)
    _fill(study, recorded)
    seeds = sorted({run.seed for run in recorded.runs})
    after = {"arms": len(recorded.arms), "seeds": seeds, "digest": digest}
    event_record(Action.STUDY_RECORDED, kind=Kind.STUDY, key=study.pk, name=str(study), after=after)
    return study


@transaction.atomic
def study_remove(*, study_id: int, by: User) -> bool:
    """Forget a study; False when it is not there. Its folder, if it still is, can be recorded again."""
    study = Study.objects.filter(pk=study_id).defer("document").first()
    if study is None:
        return False
    before = {"title": study.title, "digest": study.digest}
    event_record(Action.STUDY_REMOVED, kind=Kind.STUDY, key=study_id, name=str(study), by=by, before=before)
    study.delete()
    return True


def _stored(facts: Mapping[str, Any]) -> Study:
    """The study that these results go on, emptied, or a new one."""
    grown = _runs(facts["document"])
    for study in Study.objects.select_for_update().filter(identity=facts["identity"]):
        if _runs(study.document) <= grown:
            study.arms.all().delete()
            for name, value in facts.items():
                setattr(study, name, value)
            study.save()
            return study
    return Study.objects.create(**facts)


def _runs(document: Mapping[str, Any]) -> set[str]:
    """Each run as a text: equal for equal results."""
    return {json.dumps(run, sort_keys=True) for run in document["runs"]}


def _fill(study: Study, recorded: Recorded) -> None:
    arms = {
        arm.name: StudyArm(study=study, position=place, name=arm.name, group=arm.group, text=arm.text)
        for place, arm in enumerate(recorded.arms)
    }
    StudyArm.objects.bulk_create(arms.values())
    StudyFigure.objects.bulk_create(_figure(arms[one.arm], one) for one in paired(recorded))
    runs = [(_run(arms[run.arm], run), run) for run in recorded.runs]
    StudyRun.objects.bulk_create(row for row, _ in runs)
    StudyStep.objects.bulk_create(
        StudyStep(
            run=row,
            position=place,
            name=step.name,
            greedy=step.greedy,
            majority=step.majority,
            agreement=step.agreement,
            learned_from=step.learned_from,
            names_evidence=step.names_evidence,
        )
        for row, run in runs
        for place, step in enumerate(run.steps)
    )


def _run(arm: StudyArm, run: RecordedRun) -> StudyRun:
    return StudyRun(
        arm=arm,
        seed=run.seed,
        pool=run.pool,
        questions=run.questions,
        majority_class=run.majority_class,
        seconds=run.seconds,
    )


def _figure(arm: StudyArm, one: Paired) -> StudyFigure:
    return StudyFigure(
        arm=arm,
        position=one.position,
        step=one.step,
        measure=one.measure.value,
        vertical=one.vertical,
        mean=one.points.mean,
        low=one.points.low,
        high=one.points.high,
        seeds=one.points.seeds,
    )


def _digest(row: Mapping[str, Any]) -> str:
    return sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()

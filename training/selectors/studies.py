"""Reads of studies, each kind of row in one query."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from training.models import Study, StudyArm, StudyFigure, StudyRun, StudyStep


@dataclass(frozen=True, slots=True)
class StudyWhole:
    """A study and everything that it found."""

    study: Study
    arms: list[StudyArm]
    figures: list[StudyFigure]
    runs: list[StudyRun]
    """With their arms and steps."""


def studies() -> QuerySet[Study]:
    """Every study, newest first, without its document."""
    return Study.objects.defer("document")


def studies_whole() -> QuerySet[Study]:
    """The same with their arms and figures, in order."""
    figures = StudyFigure.objects.order_by("position", "vertical", "measure")
    arms = StudyArm.objects.order_by("position").prefetch_related(Prefetch("figures", queryset=figures))
    return studies().prefetch_related(Prefetch("arms", queryset=arms))


def study_whole(*, study_id: int) -> StudyWhole | None:
    """The study; None: there is none with this number."""
    study = studies().filter(pk=study_id).first()
    if study is None:
        return None
    figures = StudyFigure.objects.filter(arm__study=study).select_related("arm")
    runs = StudyRun.objects.filter(arm__study=study).select_related("arm")
    return StudyWhole(
        study=study,
        arms=list(study.arms.order_by("position")),
        figures=list(figures.order_by("arm__position", "position", "vertical", "measure")),
        runs=list(
            runs.order_by("arm__position", "seed").prefetch_related(
                Prefetch("steps", queryset=StudyStep.objects.order_by("position"))
            )
        ),
    )


def study_document(*, study_id: int) -> dict[str, Any] | None:
    """What the study wrote, whole; None: there is no such study."""
    return Study.objects.filter(pk=study_id).values_list("document", flat=True).first()

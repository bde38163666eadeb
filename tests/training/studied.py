"""Studies that are stored."""

from collections.abc import Sequence
from pathlib import Path

from tests.training.ml.study.ended import study_folder
from training.ml.study.arms import MAIN
from training.ml.study.recorded import read_study
from training.models import Study
from training.services.studies import study_record


def study_row(
    out: Path, *, title: str = "", seeds: Sequence[int] = (11, 12, 13), groups: Sequence[str] = (MAIN,)
) -> Study:
    """A study that ended in this folder, stored."""
    return study_record(recorded=read_study(study_folder(out, seeds=seeds, groups=groups)), title=title)

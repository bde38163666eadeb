"""What the guards said of a study's runs: the gate that promotes, and the rule that stops a loop."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.ml.study.arms import COLLAPSE, MAIN
from training.ml.study.guard_counts import NOBODY, GuardRow, recorded_counts
from training.models import StudyArm
from training.pages.study_charts import arm_label
from training.selectors.studies import StudyWhole

OTHERS = "Another pool or parameter"


@dataclass(frozen=True, slots=True)
class GuardLine:
    """The runs of an arm, or of several."""

    label: str
    counts: GuardRow


@dataclass(frozen=True, slots=True)
class Guards:
    """Every arm that the guards were asked about."""

    arms: Sequence[tuple[StudyArm, GuardRow]]

    @classmethod
    def of(cls, whole: StudyWhole) -> "Guards":
        """In the order of the arms."""
        counts = recorded_counts(whole.study.summary)
        return cls([(arm, counts[arm.name]) for arm in whole.arms if arm.name in counts])

    @property
    def lines(self) -> list[GuardLine]:
        """Of each main arm and of each that is meant to fail; of all others together."""
        shown = [(arm, counts) for arm, counts in self.arms if arm.group in (MAIN, COLLAPSE)]
        others = [counts for arm, counts in self.arms if arm.group not in (MAIN, COLLAPSE)]
        lines = [GuardLine(arm_label(arm), counts) for arm, counts in shown]
        return [*lines, GuardLine(OTHERS, sum(others, NOBODY))] if others else lines

    @property
    def all(self) -> GuardRow:
        """Of all arms together."""
        return sum((counts for _, counts in self.arms), NOBODY)

    @property
    def sentence(self) -> str:
        """What the table comes to, for whoever reads one line."""
        found = self.all
        worse = f"{found.worse or 'None'} of {_runs(found.seeds)} ended worse than SFT."
        return f"{worse} {self._gate()} The stop rule would have ended {found.stopped or 'none'}."

    def _gate(self) -> str:
        found = self.all
        if not found.passed:
            return "The gate would let none through."
        if not found.passed_worse:
            return f"The gate would let {found.passed} through, all of them better than SFT."
        return (
            f"The gate would let {found.passed} through, {found.passed_worse} of them wrongly: "
            "nothing is gained there, or nothing but luck."
        )


def _runs(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"

"""What the pages of studies show, from stored rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.text import capfirst

from training.base_model import is_hub_id
from training.ml.study.arms import FIRST, LOOP, MAIN, POOL
from training.ml.study.targets import Outcome, Target, targets
from training.models import Study, StudyArm, StudyMeasure, StudyRun
from training.pages.durations import duration_text
from training.pages.study_cells import Cell, Figures
from training.pages.study_charts import SWEEPS, Drawing, arm_label, drawings, step_label
from training.pages.study_guards import Guards
from training.selectors.studies import StudyWhole

COMPARED = (
    StudyMeasure.GREEDY,
    StudyMeasure.GAIN,
    StudyMeasure.AGAINST_LOOP,
    StudyMeasure.MAJORITY,
    StudyMeasure.HEAD_ROOM,
)
GROUPS = {FIRST: "Before the pool", MAIN: "Ways to go on from SFT", POOL: "Sizes of the pool", **SWEEPS}
DEMO = "the demo catalogue"


@dataclass(frozen=True, slots=True)
class StudyLine:
    """A study in the list."""

    study: Study
    targets: Sequence[Target]

    @property
    def listings(self) -> str:
        return listings_text(self.study.source)

    @property
    def seeds(self) -> int:
        return len(self.study.summary.get("seeds") or ())

    @property
    def met(self) -> int:
        return _count(self.targets, Outcome.MET)

    @property
    def missed(self) -> int:
        return _count(self.targets, Outcome.MISSED)

    @property
    def sft(self) -> str:
        return _percent(self.study.summary.get("sft"))

    @property
    def final(self) -> str:
        return _percent(self.study.summary.get("final"))

    @property
    def gain(self) -> Cell | None:
        """The loop over SFT."""
        mean = self.study.summary.get("gain_points")
        if not isinstance(mean, int | float):
            return None
        low, high = self.study.summary.get("gain_points_interval") or (None, None)
        return Cell(StudyMeasure.GAIN, mean, low, high, self.seeds)


@dataclass(frozen=True, slots=True)
class ComparedArm:
    """An arm after its last step."""

    arm: StudyArm
    step: str
    cells: Sequence[Cell | None]
    """One for each of COMPARED."""
    seeds: int

    @property
    def label(self) -> str:
        return arm_label(self.arm)

    @property
    def step_label(self) -> str:
        """Empty where the arm is called so."""
        told = step_label(self.step)
        return "" if told == self.label else told


@dataclass(frozen=True, slots=True)
class ComparedGroup:
    """Arms that are held against each other."""

    title: str
    arms: Sequence[ComparedArm]


@dataclass(frozen=True, slots=True)
class SeedRow:
    """One step of an arm on one seed."""

    run: StudyRun
    label: str
    step: str
    greedy: float
    majority: float
    agreement: float | None
    learned_from: int | None
    names_evidence: float | None

    @property
    def greedy_text(self) -> str:
        return _percent(self.greedy)

    @property
    def majority_text(self) -> str:
        return _percent(self.majority)

    @property
    def agreement_text(self) -> str:
        """Empty where it is not known, as the next."""
        return _percent(self.agreement)

    @property
    def evidence_text(self) -> str:
        return _percent(self.names_evidence)


@dataclass(frozen=True, slots=True)
class StudyPage:
    """Everything that the page of a study shows."""

    line: StudyLine
    groups: Sequence[ComparedGroup]
    guards: Guards
    """Empty where the study did not ask them."""
    drawings: Sequence[Drawing]
    seeds: Sequence[SeedRow]
    """Of every arm."""
    arm: StudyArm | None
    """Whose seeds are shown; None: those of the main arms."""
    facts: Sequence[tuple[str, str]]
    params: Sequence[tuple[str, str]]
    """(dotted name, value) of every parameter."""

    @property
    def study(self) -> Study:
        return self.line.study

    @property
    def main_groups(self) -> list[ComparedGroup]:
        """What is compared in the page's table; the others are under their charts."""
        return [one for one in self.groups if one.arms[0].arm.group in (FIRST, MAIN)]

    @property
    def seeds_shown(self) -> list[SeedRow]:
        """A page with all of them would be long in coming."""
        if self.arm:
            return [row for row in self.seeds if row.run.arm == self.arm]
        return [row for row in self.seeds if row.run.arm.group in (FIRST, MAIN)]

    @property
    def open(self) -> int:
        """Targets that were not measured."""
        return _count(self.line.targets, Outcome.OPEN)


def study_lines(studies: Iterable[Study]) -> list[StudyLine]:
    """A line for each study, in their order."""
    return [StudyLine(study, targets(study.summary)) for study in studies]


def study_page(whole: StudyWhole, *, arm: str = "") -> StudyPage:
    """The page of a study.

    Args:
        arm: the name of the arm whose seeds are shown; empty, or of none: the main arms'.
    """
    figures = Figures.of(whole.figures)
    return StudyPage(
        line=StudyLine(whole.study, targets(whole.study.summary)),
        groups=list(_groups(whole.arms, figures)),
        guards=Guards.of(whole),
        drawings=drawings(whole.arms, figures),
        seeds=list(_seed_rows(whole.runs)),
        arm=next((one for one in whole.arms if one.name == arm), None),
        facts=_facts(whole.study, whole.runs),
        params=list(_flat(whole.study.params)),
    )


def listings_text(source: Mapping[str, Any]) -> str:
    """What a study learned from, in words."""
    if source.get("data"):
        return f"a data folder ({str(source['data'])[:8]})"
    verticals = source.get("verticals")
    return f"{DEMO}: {', '.join(map(str, verticals))}" if verticals else DEMO


def _groups(arms: Sequence[StudyArm], figures: Figures) -> Iterator[ComparedGroup]:
    for group in dict.fromkeys(arm.group for arm in arms):
        rows = [_compared(arm, figures) for arm in arms if arm.group == group and arm.name in figures.steps]
        if rows:
            yield ComparedGroup(GROUPS.get(group, group.capitalize()), rows)


def _compared(arm: StudyArm, figures: Figures) -> ComparedArm:
    cells = [figures.last(arm.name, measure) for measure in COMPARED]
    if arm.name == FIRST:  # It is SFT itself.
        cells[COMPARED.index(StudyMeasure.GAIN)] = None
    return ComparedArm(arm, figures.steps[arm.name][-1], cells, max(cell.seeds for cell in cells if cell))


def _seed_rows(runs: Iterable[StudyRun]) -> Iterator[SeedRow]:
    for run in runs:
        for step in run.steps.all():
            yield SeedRow(
                run=run,
                label=GROUPS[FIRST] if run.arm.name == FIRST else arm_label(run.arm),
                step=step_label(step.name),
                greedy=step.greedy,
                majority=step.majority,
                agreement=step.agreement,
                learned_from=step.learned_from,
                names_evidence=step.names_evidence,
            )


def _facts(study: Study, runs: Sequence[StudyRun]) -> list[tuple[str, str]]:
    """What the study is of; a fact that its folder does not tell is left out."""
    sizes = study.sizes
    per_vertical = [f"{sizes[name]} {name}" for name in ("labelled", "gold", "pool") if sizes.get(name)]
    base = str((study.params.get("model") or {}).get("base") or "")
    loop = next((run for run in runs if run.arm.name == LOOP), None)
    facts = [
        ("Listings", capfirst(listings_text(study.source))),
        ("Of each vertical", ", ".join(per_vertical)),
        ("Gold questions", f"{loop.questions:,}" if loop else ""),
        ("Most frequent answer", _percent(study.summary.get("majority_class"))),
        ("Seeds", ", ".join(map(str, study.summary.get("seeds") or ()))),
        ("Base model", base if is_hub_id(base) else Path(base).name),
        ("Iterations", str(study.params.get("iterations") or "")),
        ("Time of all runs", duration_text(sum(run.seconds for run in runs))),
    ]
    return [(name, text) for name, text in facts if text]


def _flat(row: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        elif f"{before}{name}" == "model.base":
            yield "model.base", value if is_hub_id(str(value)) else Path(str(value)).name
        else:
            yield f"{before}{name}", "none" if value is None else str(value)


def _percent(share: object) -> str:
    return f"{100 * share:.1f} %" if isinstance(share, int | float) else ""


def _count(found: Iterable[Target], outcome: Outcome) -> int:
    return sum(target.outcome is outcome for target in found)

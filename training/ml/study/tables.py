"""The study in words: a line an arm, a table, and the lines of its charts."""

from __future__ import annotations

from collections.abc import Sequence

from training.ml.study.arm_run import SFT, ArmRun
from training.ml.study.arm_summary import Points, StepRow, Summary
from training.ml.study.arms import ALL_LABELS, LABELS, LOOP, MAIN, Arm
from training.ml.study.charts import Chart, Line

HEADER = (
    "arm",
    "step",
    "greedy",
    "majority",
    "head-room",
    "gain",
    "agreement",
    "learned from",
    "looks right",
)


def told(run: ArmRun) -> str:
    """One line about a run."""
    steps = ", ".join(f"{step.name} {step.greedy:.3f} ({100 * step.head_room:+.1f})" for step in run.steps)
    return f"seed {run.seed}, {run.arm}: greedy (head-room in points) {steps}; {run.seconds:.0f} s"


def table(summary: Summary) -> str:
    """A row a step, in points; means over seeds, with 95 % intervals where they are told."""
    lines = [HEADER, *(_cells(row) for row in summary.steps)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def charts(summary: Summary, arms: Sequence[Arm]) -> dict[str, Chart]:
    """{file name: chart}: accuracy by iteration of the main arms, and the gain by size of the pool."""
    found = {"iterations": _iterations(summary, arms)}
    if summary.pool:
        found["pool"] = _pool(summary)
    return found


def _cells(row: StepRow) -> tuple[str, ...]:
    def share(value: float | None) -> str:
        return "" if value is None else f"{100 * value:.1f}"

    return (
        row.arm,
        row.step,
        f"{row.greedy.mean:.1f}",
        f"{row.majority.mean:.1f}",
        str(row.head_room),
        str(row.gain),
        share(row.agreement),
        "" if row.learned_from is None else f"{row.learned_from:.0f}",
        share(row.names_evidence),
    )


def _iterations(summary: Summary, arms: Sequence[Arm]) -> Chart:
    iterations = [row.step for row in summary.steps if row.arm == LOOP]
    names = [arm.name for arm in arms if arm.group == MAIN]
    place = {step: number for number, step in enumerate(iterations)}
    lines = [_line(name, [row for row in summary.steps if row.arm == name], place) for name in names]
    voted = [row.majority for row in summary.steps if row.arm == LOOP]
    return Chart(
        title="Accuracy on gold, mean over seeds",
        ticks=["SFT" if step == SFT else step for step in iterations],
        below="iteration",
        beside="questions answered right, %",
        lines=[*lines, _points(f"{LABELS[LOOP]}, majority", voted, list(range(len(voted))))],
    )


def _line(name: str, rows: Sequence[StepRow], place: dict[str, int]) -> Line:
    """SFT with all labels has no iterations: it is the same at each, for the others to be seen beside it."""
    label, greedy = LABELS.get(name, name), [row.greedy for row in rows]
    if name == ALL_LABELS:
        return _points(label, greedy * len(place), list(place.values()))
    return _points(label, greedy, [place[row.step] for row in rows])


def _points(label: str, found: Sequence[Points], places: Sequence[int]) -> Line:
    return Line(
        label=label,
        places=places,
        values=[one.mean for one in found],
        lows=[one.low for one in found],
        highs=[one.high for one in found],
    )


def _pool(summary: Summary) -> Chart:
    sizes = sorted(summary.pool)
    return Chart(
        title="What the pool brings, against SFT of the same seed",
        ticks=[str(size) for size in sizes],
        below="pool listings of each vertical",
        beside="gain of the last iteration, points",
        lines=[_points(LABELS[LOOP], [summary.pool[size] for size in sizes], list(range(len(sizes))))],
    )

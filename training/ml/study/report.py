"""The study as a Markdown page: targets, every seed, every step, the pool, verticals and guards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace

from training.ml.markdown import table
from training.ml.study.arm_run import ArmRun
from training.ml.study.arm_summary import Points, StepRow, Summary
from training.ml.study.arms import FIRST, LABELS, LOOP, Arm
from training.ml.study.targets import targets


def report(summary: Summary, first: Sequence[ArmRun], runs: Sequence[ArmRun], arms: Sequence[Arm]) -> str:
    """The page.

    Args:
        first: zero-shot and SFT of each seed.
        runs: of every arm on every seed.
    """
    parts = (
        _intro(summary),
        _targets(summary),
        _seeds(summary, first, runs, arms),
        _steps(summary, arms),
        _pool(summary, arms),
        _verticals(summary),
        _guards(summary, arms),
    )
    return "\n".join(line for part in parts for line in part)


def _intro(summary: Summary) -> Iterator[str]:
    yield "# Study of the loop"
    yield ""
    yield (
        f"Seeds {', '.join(map(str, summary.seeds))}; {summary.questions:,} gold questions each, of which "
        f"always giving the most frequent answer gets {_share(summary.majority_class)} right. Accuracies are "
        "of greedy answers where nothing else is said. Gains are points over SFT of the same seed; intervals "
        "are Student's, 95 %, paired over seeds. No iteration was chosen by gold: the last one counts."
    )
    yield ""
    yield "![Accuracy by iteration](iterations.svg)"
    yield ""


def _targets(summary: Summary) -> Iterator[str]:
    yield from _headed("Targets")
    rows = ((one.name, one.wanted, one.found, one.outcome.value) for one in targets(summary.line()))
    yield from table(("target", "wanted", "found", "outcome"), rows, left=range(4))
    yield ""


def _seeds(
    summary: Summary, first: Sequence[ArmRun], runs: Sequence[ArmRun], arms: Sequence[Arm]
) -> Iterator[str]:
    """A row a seed: every step of the loop, and where the others end."""
    last = {(run.arm, run.seed): run.last.greedy for run in runs}
    loop = {run.seed: run for run in runs if run.arm == LOOP}
    others = [arm.name for arm in arms if arm.name in LABELS and arm.name != LOOP]
    iterations = [row.step for row in summary.steps if row.arm == LOOP][1:]
    before = ("zero-shot", "its majority", "SFT", "its majority")
    rows = [
        (
            str(run.seed),
            *(_share(value) for step in run.steps for value in (step.greedy, step.majority)),
            *(_share(step.greedy) for step in loop[run.seed].steps[1:]),
            *(_share(last.get((arm, run.seed))) for arm in others),
        )
        for run in first
    ]
    yield from _headed("Every seed")
    head = ("seed", *before, *(f"iteration {step}" for step in iterations), *map(LABELS.__getitem__, others))
    yield from table(head, rows, left=())
    yield ""


def _steps(summary: Summary, arms: Sequence[Arm]) -> Iterator[str]:
    """Every step of every arm, over its seeds; SFT once, where it is that of all."""
    shared = [row for row in summary.steps if row.arm == FIRST]
    labels = {FIRST: "before the pool", **{arm.name: arm.label for arm in arms}}
    yield from _headed("Every arm")
    head = ("arm", "step", "greedy", "majority", "head-room", "gain", "agreement", "learned from")
    looks = ("looks right", "right there", "right elsewhere")
    rows = [
        (
            *(labels[row.arm], row.step, _percent(row.greedy), _percent(row.majority)),
            *(str(row.head_room), str(row.gain), _share(row.agreement)),
            "" if row.learned_from is None else f"{row.learned_from:,.0f}",
            *map(_share, (row.names_evidence, row.right_there, row.right_elsewhere)),
        )
        for row in summary.steps
        if row.arm == FIRST or replace(row, arm=FIRST) not in shared
    ]
    yield from table((*head, *looks), rows, left=(0, 1))
    yield ""


def _pool(summary: Summary, arms: Sequence[Arm]) -> Iterator[str]:
    """Gains by the number of pool listings, where that was varied."""
    if not summary.pool:
        return
    sized = {arm.name: arm.pool for arm in arms if arm.pool is not None}
    by_arm: defaultdict[str, list[StepRow]] = defaultdict(list)
    for row in summary.steps:
        if row.arm in sized and row.learned_from is not None:
            by_arm[row.arm].append(row)
    ended = {arm: row.stopped for arm, row in summary.guards.items()}
    iterations = [f"iteration {row.step}" for row in max(by_arm.values(), key=len)]
    rows = [
        (
            *(str(sized[arm]), *(f"{row.gain.mean:+.1f}" for row in found), _interval(found[-1].gain)),
            *(f"{found[0].learned_from:,.0f}", f"{ended.get(arm, 0)} of {found[-1].gain.seeds}"),
        )
        for arm, found in by_arm.items()
    ]
    yield from _headed("Size of the pool")
    yield "Gain in points; what the first iteration learned from; runs that the stop rule would have ended."
    yield ""
    head = ("pool listings of a vertical", *iterations, "interval of the last", "learned from", "stopped")
    yield from table(head, rows, left=())
    yield ""
    yield "![Gain by size of the pool](pool.svg)"
    yield ""


def _verticals(summary: Summary) -> Iterator[str]:
    yield from _headed("Verticals")
    rows = ((name, f"{one.mean:+.1f}", _interval(one)) for name, one in summary.verticals.items())
    yield from table(("vertical", "gain of the loop", "interval"), rows)
    yield ""


def _guards(summary: Summary, arms: Sequence[Arm]) -> Iterator[str]:
    """What the gate and the stop rule say of the runs that were asked."""
    if not summary.guards:
        return
    rows = (
        (arm.label, *map(str, astuple(summary.guards[arm.name])))
        for arm in arms
        if arm.name in summary.guards
    )
    yield from _headed("Guards")
    yield from table(("arm", "runs", "worse than SFT", "let through", "wrongly", "stopped"), rows)
    yield ""


def _headed(title: str) -> Iterator[str]:
    yield f"## {title}"
    yield ""


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _percent(points: Points) -> str:
    return f"{points.mean / 100:.3f}"


def _interval(points: Points) -> str:
    if points.low is None or points.high is None:
        return ""
    return f"{points.low:+.1f} to {points.high:+.1f}"

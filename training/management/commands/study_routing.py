"""Whether routing keeps its word where the truth is known: manage.py study_routing."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from catalog import demo
from training.ml.errors import DataError
from training.ml.params import LoopParams, tiny_params
from training.ml.progress import progress_bar
from training.ml.runfolder import claimed
from training.ml.study import blocks
from training.ml.study.blocks import Plan, Source
from training.ml.study.gain import NONE, ORDERS, GainParams, GainRun, GainSummary, gain_run, summarise
from training.ml.study.known import Known, Reviewer
from training.ml.study.live import LiveSummary
from training.ml.study.precision import EvidenceParams, TargetSummary
from training.ml.study.simulated import SimulatedParams
from training.ml.study.votes import VOTES_FILE, Voted, voted

TARGETS = (0.90, 0.95, 0.98)
SEED_LISTINGS = 10
REVIEWERS = {
    "knowing": Reviewer(),
    "erring": Reviewer(errs=0.1),
    "erring, settled": Reviewer(errs=0.1, settled=True),
}
"""Who audits and reviews. Gold labels are settled with each of them."""
LEAST_HELD = 0.95
LEAST_COVERED = 0.93


class Command(BaseCommand):
    help = (
        "Route questions whose truth is known, again and again: of the demo catalogue with the votes of "
        "the tiny model, and of a simulated sampler as good as a model of 3 B parameters. Prints how precise "
        "accepted answers are at each target, how often the audited estimate of live accuracy covers the "
        "truth, and what 100 verdicts bring in each order of review; last a line of JSON. Exit code 1 when a "
        "promise is not kept. A second run goes on in the same folder."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seeds", type=int, default=100, help="draws of what is judged (default 100)")
        parser.add_argument("--live-runs", type=int, default=200, help="audits that are drawn (default 200)")
        parser.add_argument("--gain-seeds", type=int, default=6, help="trainings of each order; 0: none")
        parser.add_argument("--verdicts", type=int, default=GainParams().verdicts, help="of each training")
        parser.add_argument("--per-vertical", type=int, default=130, help="demo listings of each vertical")
        parser.add_argument("--simulated", type=int, default=400, help="simulated listings of each vertical")
        parser.add_argument("--audit-share", type=float, default=0.1, help="of the listings (default 0.1)")
        parser.add_argument("--gold", type=int, default=20, help="gold listings of each vertical")
        parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
        parser.add_argument("--threads", type=int, default=2, help="of torch (default 2)")
        parser.add_argument("--out", type=Path, help="folder to go on in (default study_routing in var)")

    def handle(self, *args: Any, **options: Any) -> None:
        check(options)
        out: Path = options["out"] or settings.ATTRX_VAR_DIR / "study_routing"
        plan = Plan(
            TARGETS,
            options["seeds"],
            options["live_runs"],
            EvidenceParams(gold_per_vertical=options["gold"], audit_share=options["audit_share"]),
        )
        tiny = tiny_params()
        loop = replace(tiny, model=replace(tiny.model, threads=options["threads"]))
        try:
            with claimed(out, {"study": "routing", "per_vertical": options["per_vertical"]}):
                figures = self.study(out, plan, loop, options)
        except DataError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(json.dumps(figures))
        if not figures["met"]:
            raise CommandError("routing did not keep what it promises: see the figures above")

    def study(self, out: Path, plan: Plan, loop: LoopParams, options: dict[str, Any]) -> dict[str, Any]:
        """Every block, printed as it ends."""
        data = out / "catalogue"
        if not data.is_dir():
            demo.write_folder(data, per_vertical=options["per_vertical"], look="seller", seed=0)
        with progress_bar("the model votes") as bar:
            model = voted(data, out, loop, seed_listings=SEED_LISTINGS, progress=bar)
        simulated = SimulatedParams(listings=options["simulated"])
        self.stdout.write(f"simulated sampler: {simulated}")
        sources = {"demo": Source(votes=out / VOTES_FILE), "simulated": Source(simulated=simulated)}
        figures: dict[str, Any] = {
            name: self.of_source(name, source, plan, options["jobs"]) for name, source in sources.items()
        }
        gain = list(self.gains(model, loop, out, options))
        figures["gain"] = [asdict(row) for row in gain]
        figures["met"] = all(self.is_met(figures[name]) for name in sources) and not_worse(gain)
        return figures

    def of_source(self, name: str, source: Source, plan: Plan, jobs: int) -> dict[str, Any]:
        """Precision at each target, and live accuracy, with either reviewer."""
        questions = source.questions(0)
        figures: dict[str, Any] = {
            "questions": len(questions),
            "accuracy": sum(one.right for one in questions) / len(questions),
            "calibration_error": blocks.calibration_error(questions),
        }
        self.stdout.write(f"\n{name}: {_described(questions, figures)}")
        best = {target: blocks.best_coverage(questions, target) for target in plan.targets}
        by_reviewer = blocks.targets_of(source, REVIEWERS, plan, jobs=jobs)
        for reviewer, who in REVIEWERS.items():
            rows = by_reviewer[reviewer]
            live = blocks.live_of(source, who, plan)
            self.stdout.write(f"  {reviewer} reviewer, errs in {100 * who.errs:g} % of the answers")
            for row in rows:
                self.stdout.write(f"    {_target_line(row, best[row.target])}")
            self.stdout.write(f"    {_live_line(live)}")
            figures[reviewer] = {"targets": [asdict(row) for row in rows], "live": asdict(live)}
        figures["best_coverage"] = {str(target): share for target, share in best.items()}
        return figures

    def gains(
        self, model: Voted, loop: LoopParams, out: Path, options: dict[str, Any]
    ) -> Iterator[GainSummary]:
        """What verdicts bring in each order, from the reviewer who knows."""
        params = GainParams(verdicts=options["verdicts"])
        runs: list[GainRun] = []
        for seed in range(options["gain_seeds"]):
            for order in (NONE, *ORDERS):
                folder = out / f"gain-{params.verdicts}"
                run = gain_run(model, order, Reviewer(), params, loop, out=folder, seed=seed)
                self.stderr.write(f"seed {seed}, {order}: {run.correct} of {run.questions} gold questions")
                runs.append(run)
        if runs:
            self.stdout.write("\npoints of gold accuracy per 100 verdicts, 95 % interval over seeds")
        for row in summarise(runs):
            self.stdout.write(
                f"  {row.order} against {row.against}: {row.points:+.2f} [{row.low:+.2f}, {row.high:+.2f}], "
                f"{row.seeds} seeds"
            )
            yield row

    def is_met(self, figures: dict[str, Any]) -> bool:
        """Whether targets were kept and estimates covered, with either reviewer."""
        held = all(
            row["held"] >= LEAST_HELD * row["runs"]
            for reviewer in REVIEWERS
            for row in figures[reviewer]["targets"]
        )
        lives = [figures[reviewer]["live"] for reviewer in REVIEWERS]
        return held and all(live["covered"] >= LEAST_COVERED * live["runs"] for live in lives)


def check(options: dict[str, Any]) -> None:
    """Refuse numbers with which nothing can be measured.

    Raises:
        CommandError: naming the option and what to give.
    """
    for name in ("seeds", "live_runs", "per_vertical", "simulated", "gold", "jobs", "threads", "verdicts"):
        if options[name] < 1:
            raise CommandError(f"--{name.replace('_', '-')} {options[name]}: give at least 1", returncode=2)
    if options["gain_seeds"] == 1 or options["gain_seeds"] < 0:
        raise CommandError(
            f"--gain-seeds {options['gain_seeds']}: an interval takes at least 2; 0 leaves the trainings out",
            returncode=2,
        )
    if not 0 < options["audit_share"] < 1:
        raise CommandError(
            f"--audit-share {options['audit_share']:g}: give a share between 0 and 1", returncode=2
        )


def not_worse(rows: list[GainSummary]) -> bool:
    """Whether nothing shows that review by value loses to random review."""
    return all(row.high >= 0 for row in rows if (row.order, row.against) == ("value", "random"))


def _described(questions: list[Known], figures: dict[str, Any]) -> str:
    groups = len({one.group for one in questions})
    return (
        f"{len(questions)} questions of {groups} listings, "
        f"majority right in {100 * figures['accuracy']:.1f} %, "
        f"expected calibration error {figures['calibration_error']:.4f}"
    )


def _target_line(row: TargetSummary, best: float) -> str:
    low, high = row.interval
    text = (
        f"target {100 * row.target:g} %: kept in {row.held} of {row.runs} runs "
        f"[{100 * low:.1f}, {100 * high:.1f}] %, {row.accepting} accepted anything; "
        f"coverage {100 * row.coverage:.1f} % of at best {100 * best:.1f} %"
    )
    if row.precision is None or row.lowest is None or row.expected is None:
        return text
    return text + (
        f"; precision {100 * row.precision:.2f} %, lowest {100 * row.lowest:.2f} %, "
        f"expected {100 * row.expected:.2f} %"
    )


def _live_line(live: LiveSummary) -> str:
    low, high = live.interval
    return (
        f"live accuracy {100 * live.truth:.1f} %: estimate {100 * live.estimate:.1f} %, interval "
        f"{100 * live.width:.1f} points wide, covers in {live.covered} of {live.runs} runs "
        f"[{100 * low:.1f}, {100 * high:.1f}] % (verticals {100 * live.verticals_covered:.1f} %); "
        f"naive, from the review queue: {100 * live.naive:.1f} %"
    )

"""Runs a soak: python -m tests.soak --minutes 10 --people 50. Exit code 1: something was lost or failed."""

import json
import subprocess
import sys
import tempfile
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any

from attrx_web.env import REPOSITORY
from tests.services import ensure_installed
from tests.soak.people import Browser, Seen, annotate, read
from tests.soak.stack import Stack, running

TARGETS_MS = {"lease": 50.0, "answer": 50.0, "finish": 50.0, "page": 200.0}
"""At the 95th percentile, by the first word of a kind (docs/experiments.md)."""
READERS, READER_PAUSE_SECONDS = 4, 1.0
TASKS = 1800
WARM_UP_SECONDS = 10.0
"""Whose times do not count, but whose errors do."""
END_SECONDS = 300.0
LOOK_SECONDS = 1.0


def main() -> int:
    """Run the phases, print figures and last a line of JSON; the exit code."""
    options = _options()
    ensure_installed()
    folder = Path(options.folder or tempfile.mkdtemp(prefix="attrx-soak-"))
    print(f"logs and data: {folder}", file=sys.stderr)
    with running(folder) as stack:
        made = world(stack, "make", TASKS, options.people, options.rows, folder / "rows")
        warm, calm, killed = Seen(), Seen(), Seen()
        with People(stack, made, warm, options) as people:
            _wait(WARM_UP_SECONDS)
            people.turn_to(calm)
            _wait(options.minutes * 60)
            people.turn_to(killed)
            back = {name: _kill(stack, name, options.rest) for name in stack.names()} if options.kill else {}
        end = _settled(stack, made)
    calm.errors += warm.errors
    calm.acknowledged |= warm.acknowledged
    return _report(calm, killed, back, end, stack, options)


def world(stack: Stack, *words: object) -> Any:
    """Run tests/soak/world.py in the stack's environment; what it printed."""
    command = [sys.executable, "-m", "tests.soak.world", *map(str, words)]
    ran = subprocess.run(command, env=stack.environment, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE)
    return json.loads(ran.stdout.splitlines()[-1])


class People:
    """Everybody, each in a thread."""

    def __init__(self, stack: Stack, made: Any, seen: Seen, options: Namespace) -> None:
        self._ended = threading.Event()
        self._browsers: list[Browser] = []
        ids = {"round": made["round"], "import": made["import"]}
        works: list[Callable[[], None]] = []
        for session in made["annotators"].values():
            works.append(partial(annotate, self._browser(stack, session, seen, options.pause)))
        for _ in range(READERS):
            works.append(partial(read, self._browser(stack, made["reader"], seen, READER_PAUSE_SECONDS), ids))
        self._threads = [threading.Thread(target=self._work, args=[work]) for work in works]

    def _browser(self, stack: Stack, session: str, seen: Seen, pause: float) -> Browser:
        browser = Browser(stack.ports["https"], session, seen, pause=pause, ended=self._ended)
        self._browsers.append(browser)
        return browser

    def __enter__(self) -> "People":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def turn_to(self, seen: Seen) -> None:
        """Count what happens from now on elsewhere."""
        for browser in self._browsers:
            browser.seen = seen

    def _work(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self._browsers[0].seen.failure("stopped", error)
            print(f"somebody stopped: {error!r}", file=sys.stderr)


def _kill(stack: Stack, name: str, rest: float) -> float:
    seconds = stack.kill(name)
    print(f"{name} was killed, and the site was back after {seconds:.1f} s", file=sys.stderr)
    _wait(rest)
    return round(seconds, 1)


def _settled(stack: Stack, made: Any) -> Any:
    """How everything ended, once round and import are done."""
    deadline = time.monotonic() + END_SECONDS
    while True:
        end = world(stack, "end", made["round"], made["import"])
        active = {end["round"], end["import"]} & {"queued", "running"}
        if not active or time.monotonic() > deadline:
            return end
        _wait(LOOK_SECONDS)


def _report(calm: Seen, killed: Seen, back: Any, end: Any, stack: Stack, options: Namespace) -> int:
    kept = {key.rpartition(":")[2] for key in end["answers"]}
    lost = sorted((calm.acknowledged | killed.acknowledged) - kept)
    figures = {kind: _figures(times) for kind, times in sorted(_grouped(calm).items())}
    met = {
        "nothing_failed": not calm.errors,
        "nothing_lost": not lost and bool(calm.acknowledged),
        "round_done": end["round"] == "done",
        "import_done": end["import"] == "done" and end["listings"] == options.rows,
        "nobody_stopped": not [
            kind for kind in killed.errors if kind.startswith("stopped") or " was " in kind
        ],
        "stopped_well": not any(stack.exit_codes.values()),
        "p95": all(one["p95_ms"] <= TARGETS_MS[kind] for kind, one in figures.items()),
    }
    for kind, one in figures.items():
        print(f"{kind:<8}" + "".join(f"{name} {value:>9.1f}   " for name, value in one.items()))
    summary = {
        "minutes": options.minutes,
        "people": options.people,
        "figures": figures,
        "errors": dict(calm.errors),
        "errors_while_killed": dict(killed.errors),
        "acknowledged": len(calm.acknowledged | killed.acknowledged),
        "lost": lost,
        "back_seconds": back,
        "restarts": stack.restarts,
        "exit_codes": stack.exit_codes,
        "end": {name: value for name, value in end.items() if name != "answers"},
        "met": met,
    }
    print(json.dumps(summary))
    return 0 if all(met.values()) else 1


def _grouped(seen: Seen) -> dict[str, list[float]]:
    grouped: dict[str, list[float]] = {}
    for kind, times in seen.times.items():
        grouped.setdefault(kind.split()[0], []).extend(times)
    return grouped


def _figures(times: list[float]) -> dict[str, float]:
    cuts = quantiles([*times, *times[:1]], n=20, method="inclusive")
    figures = {"requests": len(times), "p50_ms": cuts[9], "p95_ms": cuts[18], "worst_ms": max(times)}
    return {name: round(value, 1) for name, value in figures.items()}


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="of load before anything is killed")
    parser.add_argument("--people", type=int, default=50, help="who label")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between two answers of a person")
    parser.add_argument("--rows", type=int, default=2000, help="of the import")
    parser.add_argument("--rest", type=float, default=10.0, help="seconds of load after each kill")
    parser.add_argument("--no-kill", dest="kill", action="store_false", help="end after the load")
    parser.add_argument("--folder", help="a new folder for logs and data (default: a temporary one)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

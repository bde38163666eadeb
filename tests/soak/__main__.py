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
from typing import Any

from attrx_web.env import REPOSITORY
from tests.services import ensure_installed
from tests.soak.people import Browser, Seen, annotate, read
from tests.soak.report import Back, Soaked, report
from tests.soak.shop import PREDICT, SHOPS, Shop
from tests.soak.stack import Stack, running
from training.predict_benchmark.clients import Product

READERS, READER_PAUSE_SECONDS = 4, 1.0
TASKS = 1800
WARM_UP_SECONDS = 10.0
"""Whose times do not count, but whose errors do."""
END_SECONDS = 300.0
AGAIN_SECONDS = 60.0
"""After a kill, until predictions are answered again."""
LOOK_SECONDS = 1.0


def main() -> int:
    """Run the phases, print figures and last a line of JSON; the exit code."""
    options = _options()
    ensure_installed()
    folder = Path(options.folder or tempfile.mkdtemp(prefix="attrx-soak-"))
    print(f"logs and data: {folder}", file=sys.stderr)
    with running(folder) as stack:
        made = world(stack, "make", TASKS, options.people, options.rows, folder / "rows")
        warm, calm, killed = Seen(), Seen(), dict[str, Seen]()
        with People(stack, made, warm, options) as people:
            _wait(WARM_UP_SECONDS)
            people.turn_to(calm)
            _wait(options.minutes * 60)
            back = dict[str, Back]()
            for name in stack.names() if options.kill else ():
                killed[name] = Seen()
                people.turn_to(killed[name])
                back[name] = _kill(stack, name, killed[name], options.rest)
        end = _settled(stack, made)
    calm.errors += warm.errors
    calm.acknowledged |= warm.acknowledged
    soaked = Soaked(calm, killed, back, end, stack.restarts, stack.exit_codes)
    return report(soaked, minutes=options.minutes, people=options.people, rows=options.rows)


def world(stack: Stack, *words: object) -> Any:
    """Run tests/soak/world.py in the stack's environment; what it printed."""
    command = [sys.executable, "-m", "tests.soak.world", *map(str, words)]
    ran = subprocess.run(command, env=stack.environment, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE)
    return json.loads(ran.stdout.splitlines()[-1])


class People:
    """Everybody, each in a thread."""

    def __init__(self, stack: Stack, made: Any, seen: Seen, options: Namespace) -> None:
        self._ended = threading.Event()
        self._clients: list[Browser | Shop] = []
        products = [Product(made["vertical"], tuple(map(Path, photos))) for photos in made["products"]]
        ids = {"round": made["round"], "import": made["import"]}
        works: list[Callable[[], None]] = []
        for session in made["annotators"].values():
            works.append(partial(annotate, self._browser(stack, session, seen, options.pause)))
        for _ in range(READERS):
            works.append(partial(read, self._browser(stack, made["reader"], seen, READER_PAUSE_SECONDS), ids))
        for number in range(SHOPS):
            shop = Shop(stack.ports["https"], made["token"], products[number::SHOPS], seen, ended=self._ended)
            self._clients.append(shop)
            works.append(shop.ask)
        self._threads = [threading.Thread(target=self._work, args=[work]) for work in works]

    def _browser(self, stack: Stack, session: str, seen: Seen, pause: float) -> Browser:
        browser = Browser(stack.ports["https"], session, seen, pause=pause, ended=self._ended)
        self._clients.append(browser)
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
        for client in self._clients:
            client.seen = seen

    def _work(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self._clients[0].seen.failure("stopped", error)
            print(f"somebody stopped: {error!r}", file=sys.stderr)


def _kill(stack: Stack, name: str, seen: Seen, rest: float) -> Back:
    began = time.monotonic()
    site, answered = stack.kill(name), seen.count(PREDICT)
    while seen.count(PREDICT) == answered and time.monotonic() - began < AGAIN_SECONDS:
        _wait(LOOK_SECONDS / 10)
    predictions = time.monotonic() - began if seen.count(PREDICT) > answered else None
    said = "were answered no more" if predictions is None else f"were answered after {predictions:.1f} s"
    print(f"{name} was killed: the site was back after {site:.1f} s, predictions {said}", file=sys.stderr)
    _wait(rest)
    return Back(site, predictions)


def _settled(stack: Stack, made: Any) -> Any:
    """How everything ended, once round and import are done."""
    deadline = time.monotonic() + END_SECONDS
    while True:
        end = world(stack, "end", made["round"], made["import"])
        active = {end["round"], end["import"]} & {"queued", "running"}
        if not active or time.monotonic() > deadline:
            return end
        _wait(LOOK_SECONDS)


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

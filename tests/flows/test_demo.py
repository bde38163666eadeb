"""The demo as a person runs it: it outlives its worker, and reuses what is done."""

import json
import os
import signal

from tests.flows.laptop import Laptop

SIZES = ("--seed-set", 1, "--gold", 1, "--per-vertical", 1, "--iterations", 1)
DEMO = ("demo", "--no-serve", "--verticals", "cap", *SIZES)


def test_the_demo_survives_its_worker_and_is_not_done_twice(laptop: Laptop) -> None:
    first = laptop.start(*DEMO)
    laptop.wait(first, lambda: (0, "sft") in laptop.stages("running"))
    killed = laptop.worker_pid()
    os.kill(killed, signal.SIGKILL)
    shown, err = first.communicate()
    assert first.returncode == 0, err
    assert (
        f"the worker (process {killed}) ended with -9: starting another one"
        in (laptop.var_dir / "worker.log").read_text()
    )
    result = json.loads(shown.splitlines()[-1])
    assert list(result) == [
        *("zero_shot", "sft", "iterations", "majority"),
        *("questions", "pool", "loop_seconds"),
    ]
    assert (len(result["iterations"]), len(result["majority"])) == (1, 2)
    assert (result["questions"], result["pool"]) == (4, 1)
    assert result["loop_seconds"] > 0
    assert laptop.rows("SELECT id, status FROM training_round") == [(1, "done")]
    assert laptop.rows("SELECT purpose, status FROM labeling_task") == [("seed", "open")]

    second = laptop.start(*DEMO)
    out, err = second.communicate()
    assert (second.returncode, out) == (0, shown)
    assert "round 1 has these settings and is done: reusing its figures" in err
    assert laptop.rows("SELECT count(*) FROM labeling_task") == [(1,)]

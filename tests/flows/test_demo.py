"""The demo as a person runs it: it dies with its worker, goes on from there, and reuses what is done."""

import json
import os
import signal

from tests.flows.laptop import Laptop

SIZES = ("--seed-set", 1, "--gold", 1, "--per-vertical", 1, "--iterations", 1)
DEMO = ("demo", "--no-serve", "--verticals", "cap", *SIZES)


def test_the_demo_survives_its_worker_and_is_not_done_twice(laptop: Laptop) -> None:
    first = laptop.start(*DEMO)
    laptop.wait(first, lambda: (0, "sft") in laptop.stages("running"))
    os.kill(laptop.worker_pid(), signal.SIGKILL)
    out, err = first.communicate()
    assert first.returncode == 1
    assert out == ""
    assert "the worker died during round 1: read " in err
    assert laptop.rows("SELECT status FROM training_round") == [("queued",)]  # for any worker

    second = laptop.manage(*DEMO)
    result = json.loads(second.splitlines()[-1])
    assert list(result) == [
        *("zero_shot", "sft", "iterations", "majority"),
        *("questions", "pool", "loop_seconds"),
    ]
    assert (len(result["iterations"]), len(result["majority"])) == (1, 2)
    assert (result["questions"], result["pool"]) == (4, 1)
    assert result["loop_seconds"] > 0
    assert laptop.rows("SELECT id, status FROM training_round") == [(1, "done")]
    assert laptop.rows("SELECT purpose, status FROM labeling_task") == [("seed", "open")]

    third = laptop.start(*DEMO)
    out, err = third.communicate()
    assert (third.returncode, out) == (0, second)
    assert "round 1 has these settings and is done: reusing its figures" in err
    assert laptop.rows("SELECT count(*) FROM labeling_task") == [(1,)]

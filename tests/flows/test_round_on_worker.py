"""A round on two real workers, one of which is killed with kill -9 in the middle."""

import os
import signal
from pathlib import Path

from attrx_web.processes import child_of, embedded_redis, worker_process
from catalog.demo import write_folder
from tests.flows.laptop import Laptop

EVERY_STAGE = {
    *((0, name) for name in ("snapshot", "zero_shot", "sft", "evaluate")),
    *((1, name) for name in ("sample", "sample_seed", "vote", "pairs", "dpo", "evaluate")),
}


def test_a_round_outlives_the_worker_that_runs_it(laptop: Laptop, tmp_path: Path) -> None:
    load_catalogue(laptop, tmp_path / "catalogue")
    with (
        embedded_redis(laptop.var_dir),
        worker_process(laptop.var_dir) as first,
        worker_process(laptop.var_dir, log="worker-2.log", number=2) as second,
    ):
        assert laptop.manage("round_start", "--iterations", 1) == "round 1 is queued: /rounds/1/\n"
        laptop.wait(first, lambda: (0, "sft") in laptop.stages("running"))
        killed = laptop.worker_pid()
        assert killed in (child_of(first), child_of(second))
        os.kill(killed, signal.SIGKILL)
        assert laptop.rows("SELECT * FROM training_modelversion") == []
        [zero_shot] = laptop.rows("SELECT finished FROM training_roundstage WHERE name = 'zero_shot'")
        laptop.wait(
            second, lambda: laptop.rows("SELECT 1 FROM training_round WHERE status IN ('done', 'failed')")
        )
        assert killed not in (child_of(first), child_of(second))
        assert first.poll() is second.poll() is None, "the keepers outlive their workers"

    assert laptop.rows("SELECT status, error, claim FROM training_round") == [("done", "", None)], (
        laptop.log()
    )
    [(best,)] = laptop.rows(
        "SELECT iteration FROM training_modelversion v JOIN training_alias a ON a.version_id = v.id"
    )
    assert laptop.stages("done") == EVERY_STAGE | {(best, "predict")}
    assert laptop.rows("SELECT finished FROM training_roundstage WHERE name = 'zero_shot'") == [zero_shot]
    assert laptop.rows("SELECT attempts FROM training_roundstage WHERE name = 'sft'") == [(2,)]
    assert laptop.rows("SELECT DISTINCT status FROM training_shard") == [("done",)]
    assert laptop.rows("SELECT iteration FROM training_modelversion ORDER BY iteration") == [(0,), (1,)]
    assert laptop.rows("SELECT name FROM training_alias") == [("champion",)]
    # 2 verticals of 4 attributes with 1 gold and 2 pool listings each, once for every model up to the best
    assert laptop.rows("SELECT count(*) FROM training_prediction") == [(16 * (1 + best),)]
    assert laptop.rows("SELECT count(*) FROM training_goldanswer") == [(3 * 8,)]
    whole = "SELECT iteration, method, questions FROM training_metric WHERE vertical_id IS NULL ORDER BY 1, 2"
    assert laptop.rows(whole) == [
        (iteration, method, 8) for iteration in (-1, 0, 1) for method in ("greedy", "majority")
    ]


def load_catalogue(laptop: Laptop, folder: Path) -> None:
    write_folder(folder, per_vertical=4, look="seller", seed=0, size=64, verticals=["cap", "lamp"], jobs=1)
    laptop.migrate()
    laptop.manage("catalog_import", folder, "--gold", 1, "--seed-set", 1)
    laptop.manage("label_import")

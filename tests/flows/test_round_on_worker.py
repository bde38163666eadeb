"""A round on a real worker, through a kill -9 in the middle."""

from pathlib import Path

from attrx_web.processes import embedded_redis, worker_process
from catalog.demo import write_folder
from tests.flows.laptop import Laptop

SWEEP = """
from datetime import timedelta
from training.services import rounds_sweep
rounds_sweep(silent_for=timedelta())
"""
EVERY_STAGE = {
    *((0, name) for name in ("zero_shot", "sft", "evaluate")),
    *((1, name) for name in ("sample", "vote", "pairs", "dpo", "evaluate")),
}


def test_a_round_whose_worker_is_killed_is_swept_resumed_and_done(laptop: Laptop, tmp_path: Path) -> None:
    load_catalogue(laptop, tmp_path / "catalogue")
    with embedded_redis(laptop.var_dir):
        with worker_process(laptop.var_dir) as worker:
            assert laptop.manage("round_start", "--iterations", 1) == "round 1 is queued: /rounds/1/\n"
            laptop.wait(worker, lambda: (0, "sft") in laptop.stages("running"))
            worker.kill()
            worker.wait()
        assert laptop.rows("SELECT status FROM training_round") == [("running",)]
        assert laptop.rows("SELECT * FROM training_modelversion") == []

        laptop.manage("shell", "-c", SWEEP)
        [(status, error)] = laptop.rows("SELECT status, error FROM training_round")
        assert status == "failed"
        assert "stopped answering during SFT. Resume the round" in error
        assert laptop.stages("failed") == {(0, "sft")}
        [zero_shot] = laptop.rows("SELECT finished FROM training_roundstage WHERE name = 'zero_shot'")

        laptop.manage("round_resume", 1)
        with worker_process(laptop.var_dir) as worker:
            laptop.wait(
                worker, lambda: laptop.rows("SELECT 1 FROM training_round WHERE status IN ('done', 'failed')")
            )

    assert laptop.rows("SELECT status, error, claim FROM training_round") == [("done", "", None)], (
        laptop.log()
    )
    assert laptop.stages("done") == EVERY_STAGE
    assert laptop.rows("SELECT finished FROM training_roundstage WHERE name = 'zero_shot'") == [zero_shot]
    assert laptop.rows("SELECT iteration FROM training_modelversion ORDER BY iteration") == [(0,), (1,)]
    assert laptop.rows("SELECT name FROM training_alias") == [("champion",)]
    # 2 verticals of 4 attributes with 1 gold and 2 pool listings each
    assert laptop.rows("SELECT count(*) FROM training_prediction") == [(16,)]
    whole = "SELECT iteration, method, questions FROM training_metric WHERE vertical_id IS NULL ORDER BY 1, 2"
    assert laptop.rows(whole) == [
        (iteration, method, 8) for iteration in (-1, 0, 1) for method in ("greedy", "majority")
    ]


def load_catalogue(laptop: Laptop, folder: Path) -> None:
    write_folder(folder, per_vertical=4, look="seller", seed=0, size=64, verticals=["cap", "lamp"], jobs=1)
    laptop.manage("migrate", "--verbosity", 0)
    laptop.manage("catalog_import", folder, "--gold", 1, "--seed-set", 1)
    laptop.manage("label_import")

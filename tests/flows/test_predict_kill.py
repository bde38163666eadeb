"""A real model worker: it answers, is killed, and nobody who asks is left hanging."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest
import torch
from peft import LoraConfig, get_peft_model
from pytest_django.fixtures import Settings

from attrx_web.env import REPOSITORY, embedded_redis_url
from attrx_web.processes import MODEL_LOG, embedded_redis, model_process
from tests.factories import photo_bytes
from tests.flows.laptop import Laptop, set_environment
from tests.training.predicting.working import ask_of
from training.ml.model import load_model
from training.ml.params import LoraParams, ModelParams, SampleParams
from training.predicting import queue
from training.predicting.queue import Unanswered, answer_to
from training.predicting.wire import Ask, Reply
from training.presence import queue_redis

TINY = ModelParams(base=str(REPOSITORY / "training" / "ml" / "tiny"), device="cpu", dtype="float32")
ASK = ask_of(
    "kurta",
    photo_bytes((20, 60, 180), (64, 64)),
    model=TINY,
    sample=SampleParams(chains=4, max_new_tokens=24),
)


@pytest.fixture
def laptop(tmp_path: Path, settings: Settings) -> Iterator[Laptop]:
    """A machine with an adapter of the tiny model, and a Redis."""
    before = dict(os.environ)
    set_environment(tmp_path / "var", Path(TINY.base))
    laptop = Laptop(tmp_path / "var")
    laptop.migrate()
    torch.manual_seed(0)
    adapted = get_peft_model(load_model(TINY), LoraConfig(r=4, target_modules=LoraParams().target_modules))
    adapted.save_pretrained(str(laptop.var_dir / "artifacts" / ASK.adapter))
    settings.ATTRX_REDIS_URL = embedded_redis_url(laptop.var_dir)
    with embedded_redis(laptop.var_dir):
        yield laptop
    laptop.stop()
    os.environ.clear()
    os.environ |= before


def asked(ask: Ask = ASK) -> Reply:
    with queue_redis() as client:
        return answer_to(client, ask)


def is_there() -> bool:
    with queue_redis() as client:
        return bool(queue.workers(client))


def ready(laptop: Laptop, worker: "Popen[bytes]") -> None:
    laptop.wait(worker, is_there)


def test_a_worker_that_hangs_or_dies_is_told_of_and_the_next_one_answers(laptop: Laptop) -> None:
    with pytest.raises(Unanswered, match="no model worker runs"):
        asked()
    with model_process(laptop.var_dir) as worker:
        ready(laptop, worker)
        first = asked()
        assert not first.problem and [len(of) for of in first.chains.values()] == [4, 4]
        worker.send_signal(signal.SIGSTOP)  # It says nothing any more, as one that is dead.
        with pytest.raises(Unanswered, match="ended over it"):
            asked()
        worker.kill()
        worker.wait()
        with pytest.raises(Unanswered, match="no model worker runs"):
            asked()
    with model_process(laptop.var_dir) as worker:
        ready(laptop, worker)
        assert asked().chains == first.chains, "the same question gets the same answer"
        worker.terminate()
        assert worker.wait() == 0
    assert not is_there()
    assert "Traceback" not in (laptop.var_dir / MODEL_LOG).read_text()

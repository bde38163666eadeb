"""How many predictions on request are answered a second: manage.py benchmark_predict."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from attrx_web.accounts import user_ensure
from attrx_web.processes import MODEL_LOG, model_process, web_process
from attrx_web.roles import Role
from catalog.imaging.storage import media_local
from catalog.rest.scopes import Scope
from catalog.selectors import listings_of
from catalog.services.tokens import token_make
from catalog.splits import Split
from training import services
from training.management.commands.demo import PASSWORD
from training.management.commands.demo import Command as Demo
from training.management.scratching import is_inside, run_inside
from training.management.serving import free_port
from training.management.supervising import queue, worker
from training.management.watching import watch_round
from training.predict_benchmark.clients import Load, Product, load_of
from training.predicting.queue import workers
from training.presence import queue_redis
from training.selectors import champion_id
from training.selectors.predicting import Predictor, predictor_of
from training.selectors.versions import version_with

CLIENTS = (1, 4, 16)
VERTICAL = "cap"
READY_SECONDS = 120.0
LOOK_SECONDS = 0.2


class Command(BaseCommand):
    help = (
        "Train a demo version on a scratch laptop, serve it, and ask it over HTTP with 1, 4 and 16 clients "
        "at once; then have transformers' generate answer the same one by one. Needs two cores with nothing "
        "else to do. Prints requests a second and milliseconds, and last a line of JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seconds", type=float, default=20.0, help="of each load (default 20)")
        parser.add_argument("--clients", type=int, nargs="+", default=CLIENTS, help="at once, in turn")

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_inside():
            words = ["--seconds", options["seconds"], "--clients", *options["clients"]]
            run_inside("benchmark_predict", *words, database="attrx_benchmark_predict")
            return
        call_command("migrate", verbosity=0)
        sizes = {"per_vertical": 24, "seed_set": 10, "gold": 8}
        Demo().load_catalogue({**sizes, "verticals": [VERTICAL], "seed": 0})
        token = token_make(
            person=user_ensure(username="asks", password=PASSWORD, role=Role.REVIEWER),
            name="benchmark",
            scopes=[Scope.PREDICT],
            days=1,
        )[1]
        with queue():
            self.train()
            predictor, products = _predictor(), _products()
            with _serving(most=max(options["clients"])) as port:
                load_of(port, token, products, clients=1, seconds=2.0)  # The first is slower than all others.
                loads = [
                    self.load(port, token, products, clients, options["seconds"])
                    for clients in options["clients"]
                ]
        self.report(predictor, loads, _peer(predictor, products, options["seconds"]))

    def train(self) -> None:
        """A round of SFT, which leaves a champion."""
        self.stderr.write("a round of SFT")
        with worker():
            progress = watch_round(services.round_start(iterations=0, threads=2).pk)
        if not progress.is_done:
            raise CommandError(f"the round is {progress.status}: read {settings.ATTRX_VAR_DIR}")

    def load(self, port: int, token: str, products: list[Product], clients: int, seconds: float) -> Load:
        """Ask from so many clients."""
        self.stderr.write(f"{clients} client(s)")
        found = load_of(port, token, products, clients=clients, seconds=seconds)
        if not found.times:
            log = (settings.ATTRX_VAR_DIR / MODEL_LOG).read_text()
            raise CommandError(f"no request was answered ({dict(found.statuses)}): {log[-2000:]}")
        return found

    def report(self, predictor: Predictor, loads: list[Load], peer: float) -> None:
        """A line for each load and the peer, and last one of JSON."""
        rows = [load.summary() for load in loads]
        for row in rows:
            self.stdout.write(
                f"{row['clients']:>4} client(s): {row['per_second']:7.2f} requests/s, "
                f"p50 {row['p50_ms']:8.1f} ms, p95 {row['p95_ms']:8.1f} ms, {row['refused']} refused"
            )
        self.stdout.write(f"generate, one by one: {peer:7.2f} requests/s")
        summary = {
            "attributes": len(predictor.schema[VERTICAL]),
            "chains": predictor.sample.chains,
            "loads": rows,
            "peer_per_second": round(peer, 2),
            "ratio": round(loads[-1].rate / peer, 2),
            "ratio_batched": round(loads[-1].rate / loads[0].rate, 2),
        }
        self.stdout.write(json.dumps(summary))


def _predictor() -> Predictor:
    number = champion_id()
    version = None if number is None else version_with(version_id=number)
    if version is None:
        raise CommandError("the round left no champion")
    return predictor_of(version)


def _products() -> list[Product]:
    """What the pool's listings show."""
    products = []
    for listing in listings_of(split=Split.POOL):
        names = [str(image.file.name) for image in listing.images.all()]
        paths = media_local(names)
        products.append(Product(VERTICAL, tuple(paths[name] for name in names)))
    return products


def _peer(predictor: Predictor, products: list[Product], seconds: float) -> float:
    from training.predict_benchmark.peer import peer_rate  # Loads torch.

    attributes = tuple(predictor.schema[VERTICAL].values())
    asked = [(one, predictor.names[VERTICAL], attributes) for one in products]
    adapter = Path(settings.ATTRX_ARTIFACTS_DIR) / predictor.version.adapter_path
    return peer_rate(predictor.model, adapter, predictor.sample, asked, seconds=seconds)


@contextmanager
def _serving(*, most: int) -> Iterator[int]:
    """The site, with a thread for each client, and a model worker that is ready; yields the port."""
    folder, port = settings.ATTRX_VAR_DIR, free_port()
    environment = {"ATTRX_PREDICT_WAITERS": str(most)}
    with (
        model_process(folder) as model,
        web_process(folder, port=port, threads=most, environment=environment),
    ):
        until = time.monotonic() + READY_SECONDS
        with queue_redis() as client:
            while not workers(client):
                if model.poll() is not None or time.monotonic() > until:
                    raise CommandError(f"the model worker does not come up: read {folder / MODEL_LOG}")
                time.sleep(LOOK_SECONDS)
        yield port

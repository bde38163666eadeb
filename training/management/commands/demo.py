"""From nothing to a per-vertical accuracy table: manage.py demo."""

import json
import tempfile
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from subprocess import Popen
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from attrx_web.accounts import user_ensure
from attrx_web.roles import Role
from catalog import demo
from catalog.errors import CatalogError
from catalog.importing.folder import folder_plan
from catalog.management.importing import run_import
from catalog.selectors import listing_counts, listings_of
from catalog.services import imports
from catalog.splits import Split
from labeling.services import labels_record_claims
from training import dashboards, selectors, services
from training.management import supervising
from training.management.reporting import accuracy_table
from training.management.watching import watch_round
from training.ml.errors import DataError
from training.selectors import RoundProgress
from training.services.listings import Action, Chosen, listings_act

SEED_LISTINGS = 10
GOLD_LISTINGS = 20
POOL_LISTINGS = 24
"""Listings of each vertical, by default."""
TO_LABEL = 2
"""Listings of each vertical that wait for people afterwards."""
ITERATIONS = 3
PASSWORD = "attrx-demo"
USERS = {role.value: role for role in Role}


class Command(BaseCommand):
    help = (
        "Load the demo catalogue, run a round on it, print its table and a line of JSON, then serve the site."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="stop after the table")
        parser.add_argument("--per-vertical", type=int, default=POOL_LISTINGS, help="pool listings of each")
        parser.add_argument("--seed-set", type=int, default=SEED_LISTINGS, help="seed listings of each")
        parser.add_argument("--gold", type=int, default=GOLD_LISTINGS, help="gold listings of each")
        parser.add_argument("--iterations", type=int, default=ITERATIONS, help="DPO iterations at most")
        parser.add_argument(
            "--seed", type=int, default=0, help="of catalogue and round: the same gives the same"
        )
        parser.add_argument("--verticals", nargs="+", metavar="NAME", help="some of the demo's verticals")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "the demo makes users with known passwords: run it with ATTRX_DEBUG=1", returncode=2
            )
        call_command("migrate", verbosity=0)
        for username, role in USERS.items():
            user_ensure(username=username, password=PASSWORD, role=role)
        try:
            self.load_catalogue(options)
            round_id = self.finished_round(iterations=options["iterations"], seed=options["seed"])
        except (CatalogError, DataError, ValueError) as error:
            raise CommandError(str(error), returncode=2) from error
        self.report(round_id)
        if not options["no_serve"]:
            self.stderr.write(f"users: {', '.join(USERS)}; password of each: {PASSWORD}")
            supervising.serve(port=options["port"], out=self.stderr)

    def load_catalogue(self, options: dict[str, Any]) -> None:
        """Render, import and label the demo catalogue, unless it is there."""
        wanted = {
            Split.SEED: options["seed_set"],
            Split.GOLD: options["gold"],
            Split.POOL: options["per_vertical"],
        }
        verticals = options["verticals"] or list(demo.demo_schema())
        there = listing_counts()
        if all(
            there.get((vertical, split), 0) >= wanted[split] for vertical in verticals for split in wanted
        ):
            self.stderr.write("the demo catalogue is there: reusing it")
        else:
            self.import_catalogue(wanted, options)
        for vertical in verticals:
            labels_record_claims(source="demo", vertical=vertical)

    def import_catalogue(self, wanted: dict[Split, int], options: dict[str, Any]) -> None:
        """Render the catalogue into a folder and import that."""
        with tempfile.TemporaryDirectory(prefix="attrx-demo-") as scratch:
            folder = Path(scratch) / "catalogue"
            demo.write_folder(
                folder,
                per_vertical=sum(wanted.values()),
                look="seller",
                seed=options["seed"],
                verticals=options["verticals"],
            )
            # The model must find out by itself which photo shows an attribute.
            plan = replace(
                folder_plan(with_evidence=False),
                gold=str(wanted[Split.GOLD]),
                seed=str(wanted[Split.SEED]),
            )
            import_id = imports.folder_open(folder=folder, plan=plan).pk
            imports.import_load(import_id=import_id, send=False)
            run_import(import_id, out=self.stderr)

    def finished_round(self, *, iterations: int, seed: int) -> int:
        """The id of a done round with these settings: one that is there, one gone on with, or a new one."""
        round_id = services.round_like(iterations=iterations, seed=seed)
        if round_id is not None and self.progress(round_id).is_done:
            self.stderr.write(f"round {round_id} has these settings and is done: reusing its figures")
            return round_id
        with supervising.queue(), supervising.worker() as worker:
            if round_id is None:
                round_id = services.round_start(iterations=iterations, seed=seed).pk
            else:
                self.go_on(round_id, worker)
            progress = self.watch(round_id, worker)
        if not progress.is_done:
            error = selectors.rounds().get(pk=round_id).error
            raise CommandError(f"round {round_id} is {progress.status}: {error}")
        self.send_to_labelling()
        return round_id

    def send_to_labelling(self) -> None:
        """Give people something to do: listings of the pool, so that the round's labels stay as they are."""
        pool: dict[int, list[Chosen]] = {}
        for listing in listings_of(split=Split.POOL):
            pool.setdefault(listing.vertical_id, []).append(Chosen(listing.pk, listing.external_id))
        chosen = [one for listings in pool.values() for one in listings[:TO_LABEL]]
        admin = user_ensure(username=Role.ADMIN.value, password=PASSWORD, role=Role.ADMIN)
        listings_act(action=Action.LABEL_SEED, chosen=chosen, by=admin)

    def go_on(self, round_id: int, worker: Popen[bytes]) -> None:
        """Take up a round that an earlier demo left queued, running with nobody, failed or cancelled."""
        self.stderr.write(f"round {round_id} has these settings and is not done: going on with it")
        if self.progress(round_id).is_running:
            self.watch(round_id, worker)
        if not services.round_resume(round_id=round_id):
            services.round_send(round_id=round_id)

    def watch(self, round_id: int, worker: Popen[bytes]) -> RoundProgress:
        """Wait for the round's end; die with the worker."""

        def check() -> None:
            if worker.poll() is not None:
                log = settings.ATTRX_VAR_DIR / "worker.log"
                raise CommandError(
                    f"the worker died during round {round_id}: read {log}; the next demo goes on from there"
                )

        return watch_round(round_id, check=check)

    def progress(self, round_id: int) -> RoundProgress:
        """Where the round is now."""
        return selectors.round_progress(selectors.rounds().get(pk=round_id))

    def report(self, round_id: int) -> None:
        """Print the table, and last one line of JSON."""
        dashboard = dashboards.round_dashboard(round_id=round_id)
        self.stdout.write(accuracy_table(dashboard))
        summary = dashboard.summary() | {
            "pool": selectors.listing_counts(round_id=round_id)["pool"],
            "loop_seconds": round(self.progress(round_id).seconds, 1),
        }
        self.stdout.write(json.dumps(summary))

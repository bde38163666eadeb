"""The way from a folder to a second round that has learned from reviews, step by step, by the real services.

Whoever answers knows the truth: what the demo's listings came with.
"""

from pathlib import Path

from django.contrib.auth.models import User
from django.core.management import call_command

from catalog.demo import write_folder
from catalog.models import Listing, Status
from catalog.splits import Split
from labeling.leases import Lease
from labeling.models import Purpose, Task
from labeling.services.imports import labels_record_claims
from labeling.services.tasks import tasks_open
from tests.labeling.workspace import answer, claim, message, send, statuses
from training import jobs, services
from training.ml.params import Strategy
from training.models import ModelVersion, Round, Routing
from training.routing.run import run_routing
from training.routing.settings import RoutingSettings
from training.services import routings
from training.services.releasing import routing_release
from training.sharding import RUNNER, RoundRunner

VERTICALS = ["cap", "lamp"]
ATTRIBUTES = 4
"""Of each."""
WORKER = "process 7 on laptop"


def import_catalogue(folder: Path, *, gold: int, seed: int, pool: int) -> None:
    """So many listings of each vertical and split, rendered and imported."""
    write_folder(
        folder, per_vertical=gold + seed + pool, look="seller", seed=0, size=64, verticals=VERTICALS, jobs=1
    )
    call_command("catalog_import", str(folder), gold=str(gold), seed_set=str(seed), verbosity=0)


def label_gold() -> None:
    """Gold labels come with the catalogue."""
    labels_record_claims(source="catalogue", splits=[Split.GOLD])


def ask_seed() -> None:
    """Have people asked everything about the seed set."""
    listings = Listing.objects.filter(split=Split.SEED.value)
    tasks_open(listing_ids=list(listings.values_list("pk", flat=True)), purpose=Purpose.SEED)


def answer_all(person: User, purpose: Purpose) -> int:
    """The person answers everything that waits for them; returns how many questions that was."""
    count = 0
    while leases := claim(person, purpose=purpose):
        count += sum(_answer(person, lease) for lease in leases)
    return count


def _answer(person: User, lease: Lease) -> int:
    """Answer every question of a turn rightly; returns how many there were."""
    task = Task.objects.select_related("listing").get(pk=lease.task_id)
    truth = task.listing.claims
    asked = task.asks or sorted(truth)
    said = [answer(lease, code, *truth[code]["values"], state=truth[code]["state"]) for code in asked]
    replies = send(person, *said, message("finish", lease, seconds=4))
    assert statuses(replies) == ["done"] * (len(asked) + 1), replies
    return len(asked)


def run_round(
    strategy: Strategy, *, iterations: int = 0, by: User | None = None, runner: RoundRunner = RUNNER
) -> Round:
    """A round over the catalogue as it is, run to its end in this process."""
    services.round_start(strategy=strategy, iterations=iterations, created_by=by)
    return work_off(runner)


def work_off(runner: RoundRunner) -> Round:
    """Run the round that is queued to its good end, as a worker would."""
    taken = services.round_claim_next(worker=WORKER)
    assert taken is not None
    jobs.run_round(taken, run_stage=runner)
    round_ = Round.objects.get(pk=taken.pk)
    assert (round_.status, round_.error) == (Status.DONE, "")
    return round_


def count_routing(version: ModelVersion, settings: RoutingSettings, *, by: User) -> Routing:
    """A dry run over the version's predictions that has ended."""
    routing = routings.routing_start(version_id=version.pk, settings=settings, created_by=by)
    return run_waiting(routing.pk)


def run_waiting(routing_id: int) -> Routing:
    """Run a dry run that is queued to its good end, as a worker would."""
    taken = routings.routing_claim(routing_id=routing_id, worker=WORKER)
    assert taken is not None
    run_routing(taken)
    routing = Routing.objects.get(pk=routing_id)
    assert (routing.status, routing.error) == (Status.DONE, "")
    return routing


def confirm(routing: Routing, *, by: User) -> int:
    """Let the routing count, and ask people what it has for them today; returns how many questions."""
    assert routings.routing_confirm(routing_id=routing.pk, by=by)
    return release(routing.pk)


def release(routing_id: int) -> int:
    """Ask people what the routing has for them today, as a worker would; returns how many questions."""
    return routing_release(routing_id=routing_id)

"""What a soak begins with, and what it must have at its end; run in the environment of the stack.

python -m tests.soak.world make TASKS PEOPLE ROWS FOLDER    prints what make() returns as JSON
python -m tests.soak.world end ROUND IMPORT                 prints what end() returns as JSON
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attrx_web.settings")

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management.color import no_style  # noqa: E402
from django.db import connection  # noqa: E402

from attrx_web.accounts import session_content  # noqa: E402
from attrx_web.roles import Role  # noqa: E402
from catalog.importing.folder import folder_plan  # noqa: E402
from catalog.models import Import, Listing  # noqa: E402
from catalog.rest.scopes import Scope  # noqa: E402
from catalog.services import imports  # noqa: E402
from catalog.services.tokens import token_make  # noqa: E402
from labeling.models import Annotation, Purpose  # noqa: E402
from labeling.services.tasks import tasks_open  # noqa: E402
from tests.factories import photo_bytes  # noqa: E402
from tests.soak.champion import VERTICAL, champion_make, products_make  # noqa: E402
from training import services  # noqa: E402
from training.models import Round  # noqa: E402
from training.round_benchmark.data import GOLD, SEED, catalogue_generate  # noqa: E402

QUESTIONS = 10_000
ITERATIONS = 2
PREFIX = "soaked-"


def make(tasks: int, people: int, rows: int, folder: Path) -> dict[str, Any]:
    """A catalogue, a champion, tasks, people, a round and an import that workers have been told of.

    Returns {annotators: {name: session}, reader: session, token: of a shop, vertical: code of what it sells,
    products: [photos], round, import}.
    """
    pool = catalogue_generate(questions=QUESTIONS, tell=lambda what: None)
    _continue_keys()
    products = products_make()
    champion_make()
    first = SEED + GOLD + 1
    tasks_open(listing_ids=range(first, first + min(tasks, pool)), purpose=Purpose.GOLD)
    names = [f"person-{number}" for number in range(people)]
    reader = _signed_in("reader", Role.ADMIN)
    round_ = services.round_start(strategy="sft_dpo", preset="", iterations=ITERATIONS, seed=0)
    opened = imports.import_open(
        name="soak",
        path=str(_rows(folder, rows)),
        photos=str(folder),
        plan=folder_plan(),
        by=User.objects.get(username="reader"),
    )
    imports.import_load(import_id=opened.pk)
    return {
        "annotators": {name: _signed_in(name, Role.ANNOTATOR) for name in names},
        "reader": reader,
        "token": _token(),
        "vertical": VERTICAL,
        "products": products,
        "round": round_.pk,
        "import": opened.pk,
    }


def end(round_id: int, import_id: int) -> dict[str, Any]:
    """Where work is, and what there is: {round, import, error, listings, answers}."""
    return {
        "round": Round.objects.get(pk=round_id).status,
        "import": Import.objects.get(pk=import_id).status,
        "error": Round.objects.get(pk=round_id).error or Import.objects.get(pk=import_id).error,
        "listings": Listing.objects.filter(external_id__startswith=PREFIX).count(),
        "answers": list(Annotation.objects.values_list("idempotency_key", flat=True)),
    }


def _rows(folder: Path, number: int) -> Path:
    """A file of so many listings, each with a photo of its own."""
    folder.mkdir()
    path = folder / "listings.jsonl"
    with path.open("w") as file:
        for row in range(number):
            (folder / f"{row}.png").write_bytes(photo_bytes((row // 65536, row // 256 % 256, row % 256)))
            one = {
                "listing_id": f"{PREFIX}{row}",
                "vertical": f"vertical-{1 + row % 12}",
                "images": [f"{row}.png"],
            }
            file.write(json.dumps(one) + "\n")
    return path


def _token() -> str:
    """Of a shop's program, which may ask for predictions and nothing else."""
    shop = _person("shop", Role.REVIEWER)
    return token_make(person=shop, name="soak", scopes=[Scope.PREDICT], days=1)[1]


def _continue_keys() -> None:
    """The catalogue came with its keys: counters go on behind them."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)


def _person(name: str, role: Role) -> User:
    user = User.objects.create(username=name, password="!")
    user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    return user


def _signed_in(name: str, role: Role) -> str:
    store = SessionStore()
    store.update(session_content(_person(name, role)))
    store.save()
    return str(store.session_key)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", tasks, people, rows, folder]:
            print(json.dumps(make(int(tasks), int(people), int(rows), Path(folder))))
        case ["end", round_id, import_id]:
            print(json.dumps(end(int(round_id), int(import_id))))

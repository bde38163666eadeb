"""The five rules of the design over the whole tree, and each rule's checker over offences it must find."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.import_rules import (
    REPOSITORY,
    Module,
    constraints,
    direction,
    layers,
    ledgers,
    modules,
    state_changes,
)

Checker = Callable[[Module], list[str]]
CHECKERS: list[Checker] = [direction, layers, state_changes, constraints, ledgers]

TORCH_FREE = ("records", "params", "prompts", "vote", "pairs", "metrics", "splits", "cli")

LOAD_WEB_PROCESS = """
import django
django.setup()
from django.contrib import admin
from django.urls import get_resolver
admin.autodiscover()
def load(patterns):
    for pattern in patterns:
        load(getattr(pattern, "url_patterns", []))
load(get_resolver().url_patterns)
"""


@pytest.mark.parametrize("checker", CHECKERS, ids=lambda checker: checker.__name__)
def test_the_tree_keeps_the_rule(checker: Checker) -> None:
    assert [offence for module in modules() for offence in checker(module)] == []


def test_the_tree_that_is_checked_has_every_package() -> None:
    names = {module.name for module in modules()}
    assert names >= {
        "catalog.models",
        "labeling.models",
        "training.models",
        "training.ml.cli",
        "attrx_web.urls",
    }


def test_importing_training_runs_no_code() -> None:
    assert (REPOSITORY / "training" / "__init__.py").read_text() == ""


def loaded_by(code: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after this code."""
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint('loaded', *sys.modules)"],
        cwd=REPOSITORY,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "attrx_web.settings"},
        capture_output=True,
        text=True,
    )
    assert shown.returncode == 0, shown.stderr
    return {name.partition(".")[0] for name in shown.stdout.splitlines()[-1].split()}


def test_the_training_command_line_loads_no_django() -> None:
    assert "django" not in loaded_by("import training.ml.cli")


@pytest.mark.parametrize("name", TORCH_FREE)
def test_module_of_the_loop_loads_no_torch(name: str) -> None:
    assert "torch" not in loaded_by(f"import training.ml.{name}")


def test_the_web_process_loads_no_torch_and_no_pyarrow() -> None:
    loaded = loaded_by(LOAD_WEB_PROCESS)
    assert {"catalog", "labeling", "training"} <= loaded
    assert not {"torch", "pyarrow"} & loaded


def test_what_a_fresh_interpreter_loaded_is_seen() -> None:
    assert "colorsys" in loaded_by("import colorsys")


@pytest.mark.parametrize(
    ("checker", "name", "source"),
    [
        (direction, "catalog.services", "import labeling.selectors"),
        (direction, "catalog.services", "def later():\n    from training.services import round_start"),
        (direction, "catalog.models", "if TYPE_CHECKING:\n    from labeling import models"),
        (direction, "catalog.importing.rows", "from ...training import services"),
        (direction, "labeling.apps", "importlib.import_module('training.services')"),
        (direction, "labeling.services", "apps.get_model('training', 'Round')"),
        (direction, "labeling.services", "apps.get_model('training.round')"),
        (direction, "labeling.models", "round = models.ForeignKey('training.Round', models.CASCADE)"),
        (direction, "labeling.models", "rounds = models.ManyToManyField(to='training.Round')"),
        (direction, "catalog.services", "from attrx_web.settings import ENV"),
        (direction, "catalog.services", "from attrx_web import celery_app"),
        (direction, "attrx_web.health", "from training.selectors import rounds_running"),
        (direction, "attrx_web.env", "from attrx_web.roles import Role"),
        (direction, "training.services", "from tests.factories import RoundFactory"),
        (direction, "training.ml.vote", "from django.conf import settings"),
        (direction, "training.ml.vote", "from catalog.states import STATES"),
        (direction, "training.ml.vote", "from .. import models"),
        (layers, "training.views", "from training.models import Round"),
        (layers, "training.api", "from . import models"),
        (layers, "labeling.views", "if TYPE_CHECKING:\n    from catalog.models import Listing"),
        (layers, "training.tasks", "def run(pk):\n    import training.models"),
        (layers, "training.tasks", "get_model('training.Round')"),
        (layers, "catalog.management.commands.load", "def run(self):\n    Listing.objects.count()"),
        (layers, "training.services", "from training.views import round_page"),
        (layers, "training.services", "from training.management.commands.demo import Command"),
        (layers, "training.selectors", "from training.services import round_start"),
        (layers, "training.models", "from training import selectors"),
        (layers, "catalog.apps", "from django.dispatch import receiver"),
        (layers, "catalog.models", "from django.db.models.signals import post_save"),
        (layers, "training.apps", "from django.db.models import signals"),
        (layers, "training.tasks", "from celery.signals import worker_ready"),
        (layers, "attrx_web.accounts", "from django.contrib.auth.signals import user_logged_in"),
        (layers, "attrx_web.auditlog.signing_in", "from django.db.models.signals import post_save"),
        (direction, "attrx_web.auditlog.services", "from catalog.models import Listing"),
        (state_changes, "training.services", "def end(row):\n    row.status = 'done'"),
        (state_changes, "training.jobs", "row.status, row.error = 'done', ''"),
        (state_changes, "training.jobs", "setattr(row, 'status', 'done')"),
        (state_changes, "training.tasks", "claimed = rows.filter(pk=1).update(status='running')"),
        (state_changes, "training.services", "claimed = Round.objects.update(status='running')"),
        (state_changes, "training.services", "rows = Round.objects.all()\nrows.update(status='running')"),
        (constraints, "catalog.models", "models.UniqueConstraint(fields=['code'])"),
        (constraints, "catalog.models", "CheckConstraint(condition=Q(share__lte=1))"),
        (constraints, "catalog.models", "class Meta:\n    unique_together = [('vertical', 'code')]"),
        (
            ledgers,
            "training.models",
            "class Round(Model):\n    heartbeat = DateTimeField()\n    status = CharField()",
        ),
    ],
)
def test_checker_finds_the_offence(checker: Checker, name: str, source: str) -> None:
    [offence] = checker(Module(name, source))
    assert offence.startswith(f"{name}:")


@pytest.mark.parametrize(
    ("checker", "name", "source"),
    [
        (direction, "training.jobs", "from catalog.models import Listing\nfrom training.ml import loop"),
        (direction, "labeling.services", "from attrx_web.roles import Role\nlisting = 'catalog.Listing'"),
        (direction, "training.ml.cli", "from . import vote\nfrom training.ml.records import Question"),
        (direction, "attrx_web.urls", "from training import views"),
        (direction, "labeling.services", "log = 'training.jsonl'"),
        (layers, "training.views", "from training import selectors, services\nfrom django.db import models"),
        (layers, "training.admin", "from training.models import Round"),
        (
            layers,
            "attrx_web.auditlog.signing_in",
            "from django.contrib.auth.signals import user_logged_in",
        ),
        (layers, "training.services", "from training.models import Round\nRound.objects.count()"),
        (
            state_changes,
            "training.services",
            "won = Round.objects.filter(pk=1, status='a').update(status='b') == 1",
        ),
        (
            state_changes,
            "training.services.ledger",
            "rows = Round.objects.filter(pk=1)\nwon = rows.update(status='b')",
        ),
        (state_changes, "training.views", "shown = row.status"),
        (
            constraints,
            "catalog.models",
            "models.UniqueConstraint(fields=['code'], name='catalog_code_unique')",
        ),
        (
            ledgers,
            "training.models",
            "class Round(Model):\n"
            + "".join(
                f"    {name} = Field()\n" for name in ("status", "error", "started", "heartbeat", "finished")
            ),
        ),
        (ledgers, "training.ml.records", "class Beat:\n    heartbeat: float"),
    ],
)
def test_checker_lets_good_code_pass(checker: Checker, name: str, source: str) -> None:
    assert checker(Module(name, source)) == []

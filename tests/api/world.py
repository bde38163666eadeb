"""A small catalogue with work, a round, versions and a routing: something of everything that is listed."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.models import Event
from attrx_web.auditlog.services import event_record
from catalog.models import Attribute, Import, ImportProblem, Listing, Status
from catalog.models.imports import Stage
from labeling.models import Label, Task
from tests.factories import ImportFactory
from tests.labeling.workspace import tasks
from tests.training.rounds import champion_of, metric, prediction, round_in, small_catalogue, stage_of
from tests.training.studied import study_row
from training.models import (
    GateCheck,
    Method,
    ModelVersion,
    Round,
    Routing,
    RoutingState,
    RoutingThreshold,
    Study,
)


@dataclass(frozen=True, slots=True)
class World:
    """What there is."""

    round: Round
    champion: ModelVersion
    challenger: ModelVersion
    routing: Routing
    import_: Import
    listing: Listing
    study: Study

    @property
    def keys(self) -> dict[str, Any]:
        """{the first part of an address: a key that there is}"""
        return {
            "verticals": "kurta",
            "imports": self.import_.pk,
            "labels": Label.objects.values_list("pk", flat=True)[0],
            "tasks": Task.objects.values_list("pk", flat=True)[0],
            "listings": self.listing.pk,
            "rounds": self.round.pk,
            "versions": self.champion.pk,
            "routings": self.routing.pk,
            "studies": self.study.pk,
            "audit": Event.objects.values_list("pk", flat=True)[0],
        }


def world() -> World:
    """Make it."""
    small_catalogue()
    tasks(2)
    attribute = Attribute.objects.filter(vertical__code="kurta").first()
    listing = Listing.objects.filter(vertical__code="kurta", split="pool").first()
    assert attribute and listing
    round_ = round_in(Status.DONE)
    stage_of(round_, Status.DONE, result={"chains": 8})
    champion = champion_of(round_)
    challenger = ModelVersion.objects.create(
        round=round_, iteration=1, base_model="tiny", adapter_path="adapter-1", parent=champion
    )
    for iteration in (-1, 0, 1):
        metric(round_, iteration, correct=60 + 10 * iteration)
    metric(round_, 1, correct=66, method=Method.MAJORITY, vertical=attribute.vertical, attribute=attribute)
    GateCheck.objects.create(version=challenger, champion=champion, passed=False, outcome={"reasons": []})
    prediction(champion, listing, attribute, "red")
    event_record(Action.ROUND_STARTED, kind=Kind.ROUND, key=round_.pk, after={"seed": 0})
    with tempfile.TemporaryDirectory() as folder:
        study = study_row(Path(folder), seeds=(1, 2))
    return World(round_, champion, challenger, _routing(champion, attribute), _import(), listing, study)


def _routing(version: ModelVersion, attribute: Attribute) -> Routing:
    now = timezone.now()
    routing = Routing.objects.create(
        version=version,
        params={},
        status=Status.DONE,
        state=RoutingState.CURRENT,
        started=now,
        heartbeat=now,
        finished=now,
        confirmed=now,
    )
    RoutingThreshold.objects.create(
        routing=routing,
        attribute=attribute,
        threshold=0.75,
        why="",
        judged=9,
        above=8,
        correct=8,
        expected=0.97,
    )
    return routing


def _import() -> Import:
    now = timezone.now()
    times = {"started": now, "heartbeat": now, "finished": now}
    row = ImportFactory.create(status=Status.CANCELLED, stage=Stage.LOAD, rows=3, **times)
    ImportProblem.objects.create(of=row, row=2, field="price", reason="It is no number.", remedy="Mend it.")
    return row

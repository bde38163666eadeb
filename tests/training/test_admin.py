from pathlib import Path

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attrx_web.roles import Role
from catalog.models import Status
from tests.factories import AttributeFactory, ListingFactory, user_with
from tests.training.health.filled import fill
from tests.training.loops import human_time, spread
from tests.training.registry import gold_answer
from tests.training.rounds import metric, round_figures, round_in, stage_of, version_of
from tests.training.studied import study_row
from training.models import (
    AgreementSpread,
    Alert,
    AlertRule,
    Alias,
    AliasChange,
    AliasName,
    ChangeKind,
    Confusion,
    Delivery,
    Difference,
    GateCheck,
    GoldAnswer,
    HealthRun,
    HumanTime,
    LabelUse,
    Metric,
    ModelVersion,
    Prediction,
    Round,
    RoundFigure,
    RoundStage,
    Route,
    RoutedQuestion,
    Routing,
    StageTime,
    Study,
    StudyArm,
    StudyFigure,
    StudyRun,
    StudyStep,
    WeeklyFigure,
)

pytestmark = pytest.mark.django_db

MODELS: list[type[Model]] = [
    *(Round, RoundStage, ModelVersion, Prediction, Metric),
    *(Alias, AliasChange, GateCheck, GoldAnswer, Routing, RoutedQuestion),
    *(RoundFigure, Confusion, Difference),
    *(StageTime, HumanTime, AgreementSpread),
    *(HealthRun, WeeklyFigure, Alert, AlertRule, Delivery),
    *(Study, StudyArm, StudyRun, StudyStep, StudyFigure),
]


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(user_with(Role.ADMIN))
    return client


@pytest.fixture(autouse=True)
def rows(tmp_path: Path) -> None:
    round_ = round_in(Status.DONE)
    StageTime.objects.create(stage=stage_of(round_, Status.DONE), device="A100", processes=1, seconds=3)
    version = version_of(round_)
    Alias.objects.create(name=AliasName.CHAMPION, version=version)
    AliasChange.objects.create(alias=AliasName.CHAMPION, kind=ChangeKind.BEGAN, to_version=version)
    GateCheck.objects.create(version=version_of(round_, 1), champion=version, passed=False, outcome={})
    listing = ListingFactory.create()
    attribute = AttributeFactory.create(vertical=listing.vertical)
    Prediction.objects.create(
        model_version=version, listing=listing, attribute=attribute, chains=8, majority="red", agreement=0.5
    )
    gold_answer(round_, 0, listing.pk, attribute, truth="red", said="red").save()
    metric(round_, 0, correct=5, vertical=listing.vertical, attribute=attribute)
    round_figures(round_, attribute)
    human_time(round_, listing.vertical, LabelUse.SEED, listings=1, timed=1, seconds=30)
    spread(round_, 0, None, [0, 1])
    routing = Routing.objects.create(version=version, params={})
    RoutedQuestion.objects.create(
        routing=routing, listing=listing, attribute=attribute, route=Route.REVIEW, rank=1
    )
    now = timezone.now()
    alert = fill()
    HealthRun.objects.create(week=alert.week)
    Delivery.objects.create(alert=alert, channel="mail", event="opened", due=now)
    study_row(tmp_path, seeds=(1,))


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:training_{model.__name__.lower()}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS)
def test_list_and_detail_pages_load(client: Client, model: type[Model]) -> None:
    row = model._default_manager.all()[0]
    assert client.get(address(model, "changelist"), {"q": ""}).status_code == 200
    assert client.get(address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_what_services_wrote_is_not_written_by_hand(client: Client, model: type[Model]) -> None:
    row = model._default_manager.all()[0]
    assert client.get(address(model, "add")).status_code == 403
    assert client.post(address(model, "change", row.pk), {}).status_code == 403


def test_every_model_is_registered() -> None:
    assert {model for model in admin.site._registry if model._meta.app_label == "training"} == set(MODELS)

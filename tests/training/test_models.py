"""The invariants that the database keeps, whoever writes."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import Status
from tests.factories import AttributeFactory, ListingFactory, VerticalFactory
from tests.training.registry import gold_answer
from tests.training.rounds import metric, round_in, stage_of, version_of
from training.models import Alias, AliasName, GoldAnswer, Method, Metric, Prediction, Round, RoundStage

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (Status.DONE, {"status": "finished"}),
        (Status.DONE, {"finished": None}),
        (Status.DONE, {"error": "something"}),
        (Status.DONE, {"heartbeat": None}),
        (Status.DONE, {"claim": uuid4()}),
        (Status.DONE, {"cancel_requested": True}),
        (Status.FAILED, {"error": ""}),
        (Status.FAILED, {"finished": None}),
        (Status.CANCELLED, {"error": "something"}),
        (Status.RUNNING, {"claim": None}),
        (Status.RUNNING, {"finished": NOW}),
        (Status.RUNNING, {"started": None}),
        (Status.QUEUED, {"finished": NOW}),
        (Status.QUEUED, {"cancel_requested": True}),
    ],
)
def test_a_rounds_status_agrees_with_the_rest_of_its_row(status: Status, changes: dict[str, Any]) -> None:
    round_ = round_in(status)
    with pytest.raises(IntegrityError, match="training_round_"), transaction.atomic():
        Round.objects.filter(pk=round_.pk).update(**changes)


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (Status.DONE, {"status": "cancelled"}),
        (Status.DONE, {"finished": None}),
        (Status.RUNNING, {"error": "something"}),
        (Status.RUNNING, {"heartbeat": None}),
        (Status.RUNNING, {"done": 3, "total": 2}),
    ],
)
def test_a_stages_status_agrees_with_the_rest_of_its_row(status: Status, changes: dict[str, Any]) -> None:
    stage = stage_of(round_in(Status.RUNNING), status)
    with pytest.raises(IntegrityError, match="training_stage_"), transaction.atomic():
        RoundStage.objects.filter(pk=stage.pk).update(**changes)


def test_rounds_never_share_an_artifact_folder() -> None:
    round_ = round_in(Status.DONE)
    with pytest.raises(IntegrityError), transaction.atomic():
        round_in(Status.QUEUED, artifact_path=round_.artifact_path)


def test_a_round_has_each_stage_and_version_once() -> None:
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.DONE, "vote", iteration=1)
    version_of(round_, iteration=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        stage_of(round_, Status.RUNNING, "vote", iteration=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        version_of(round_, iteration=1)
    stage_of(round_, Status.RUNNING, "vote", iteration=2)


def test_an_alias_is_known_and_points_at_one_version() -> None:
    version = version_of(round_in(Status.DONE))
    Alias.objects.create(name=AliasName.CHAMPION, version=version)
    for name in ("champion", "favourite"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Alias.objects.create(name=name, version=version)


@pytest.mark.parametrize(
    "changes",
    [
        {"chains": 0},
        {"agreement": 1.5},
        {"agreement": -0.5},
        {"majority": ""},
        {"majority": "red", "agreement": 0.0},
        {"state": "hidden"},
        {"values": ["red"], "state": "unknown"},
    ],
)
def test_a_prediction_is_a_vote(changes: dict[str, Any]) -> None:
    listing = ListingFactory.create()
    fields: dict[str, Any] = {
        "model_version": version_of(round_in(Status.DONE)),
        "listing": listing,
        "attribute": AttributeFactory.create(vertical=listing.vertical),
        "chains": 4,
        "majority": "red",
        "agreement": 0.75,
    }
    with pytest.raises(IntegrityError, match="training_prediction_"), transaction.atomic():
        Prediction.objects.create(**fields | changes)
    Prediction.objects.create(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Prediction.objects.create(**fields)


def test_every_slice_is_measured_once_a_model_and_method() -> None:
    round_ = round_in(Status.RUNNING)
    vertical = VerticalFactory.create()
    attribute = AttributeFactory.create(vertical=vertical)
    slices: list[dict[str, Any]] = [
        {},
        {"vertical": vertical},
        {"vertical": vertical, "attribute": attribute},
    ]
    for slice_ in slices:
        metric(round_, 0, correct=5, **slice_)
        with pytest.raises(IntegrityError), transaction.atomic():
            metric(round_, 0, correct=6, **slice_)
        metric(round_, 0, correct=5, method=Method.MAJORITY, **slice_)
        metric(round_, 1, correct=5, **slice_)


@pytest.mark.parametrize(
    "changes",
    [
        {"iteration": -2},
        {"method": "guess"},
        {"questions": 0, "correct": 0},
        {"unparseable": 96},
        {"low": 0.9},
        {"high": 0.01},
        {"value": 1.5, "high": 1.6},
        {"majority_class": 1.1},
    ],
)
def test_a_metric_is_an_accuracy(changes: dict[str, Any]) -> None:
    row = metric(round_in(Status.RUNNING), 0, correct=5)
    with pytest.raises(IntegrityError, match="training_metric_"), transaction.atomic():
        Metric.objects.filter(pk=row.pk).update(**changes)


def test_an_attribute_is_measured_within_its_vertical() -> None:
    attribute = AttributeFactory.create()
    with pytest.raises(IntegrityError, match="training_metric_attribute_has_vertical"), transaction.atomic():
        metric(round_in(Status.RUNNING), 0, correct=5, attribute=attribute)


@pytest.mark.parametrize(
    "changes",
    [
        {"iteration": -2},
        {"truth": "", "greedy_correct": False, "majority_correct": False},
        {"chains": 0},
        {"agreement": 1.1},
        {"agreement": 0},
        {"logprob": None},
        {"majority": "", "majority_correct": False},
        {"greedy_correct": False},
        {"greedy": "blue"},
        {"majority_correct": False},
    ],
)
def test_an_answer_on_gold_agrees_with_itself(changes: dict[str, Any]) -> None:
    attribute = AttributeFactory.create()
    listing = ListingFactory.create(vertical=attribute.vertical)
    answer = gold_answer(round_in(Status.DONE), 0, listing.pk, attribute, truth="red", said="red")
    answer.save()
    with pytest.raises(IntegrityError, match="training_gold_answer_"), transaction.atomic():
        GoldAnswer.objects.filter(pk=answer.pk).update(**changes)


def test_a_gold_question_is_answered_once_by_a_model() -> None:
    attribute = AttributeFactory.create()
    listing = ListingFactory.create(vertical=attribute.vertical)
    round_ = round_in(Status.DONE)
    gold_answer(round_, 0, listing.pk, attribute, truth="red", said="red").save()
    gold_answer(round_, 1, listing.pk, attribute, truth="red", said="").save()
    with pytest.raises(IntegrityError), transaction.atomic():
        gold_answer(round_, 0, listing.pk, attribute, truth="red", said="blue").save()

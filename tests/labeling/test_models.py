from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model

from labeling.models import Annotation, Label, Task, TaskStatus
from tests.factories import (
    AnnotationFactory,
    LabelFactory,
    SuggestionFactory,
    TaskFactory,
)

pytestmark = pytest.mark.django_db

Make = Callable[..., Model]
NOTHING: dict[str, object] = {"values": [], "state": ""}
BOTH: dict[str, object] = {"values": ["red"], "state": "unknown"}
NO_STATE: dict[str, object] = {"values": [], "state": "hidden"}


@pytest.mark.parametrize(
    ("constraint", "make", "fields"),
    [
        ("labeling_task_purpose_known", TaskFactory.create, {"purpose": "fun"}),
        ("labeling_task_status_known", TaskFactory.create, {"status": "lost"}),
        ("labeling_suggestion_source_given", SuggestionFactory.create, {"source": ""}),
        ("labeling_annotation_key_given", AnnotationFactory.create, {"idempotency_key": ""}),
        ("labeling_annotation_evidence_from_1", AnnotationFactory.create, {"evidence_position": 0}),
        ("labeling_label_provenance_known", LabelFactory.create, {"provenance": "rumour"}),
        ("labeling_label_evidence_from_1", LabelFactory.create, {"evidence_position": 0}),
        *(
            (f"labeling_{name}_one_answer", make, answer)
            for name, make in (
                ("annotation", AnnotationFactory.create),
                ("label", LabelFactory.create),
            )
            for answer in (NOTHING, BOTH, NO_STATE)
        ),
    ],
)
def test_the_database_refuses(constraint: str, make: Make, fields: dict[str, object]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make(**fields)


@pytest.mark.parametrize("make", [AnnotationFactory.create, LabelFactory.create])
def test_a_state_is_an_answer(make: Make) -> None:
    row = make(values=[], state="not_visible")
    assert str(row).endswith(": not_visible")


def twice_open_task() -> None:
    TaskFactory.create(listing=TaskFactory.create().listing)


def twice_annotation() -> None:
    AnnotationFactory.create(idempotency_key="k")
    AnnotationFactory.create(idempotency_key="k")


def twice_label() -> None:
    label = LabelFactory.create()
    LabelFactory.create(listing=label.listing, attribute=label.attribute)


@pytest.mark.parametrize("twice", [twice_open_task, twice_annotation, twice_label])
def test_the_database_refuses_a_second_one(twice: Callable[[], None]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        twice()


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (Task, "labeling_task_open_once"),
        (Annotation, "labeling_annotation_key_unique"),
        (Label, "labeling_label_once"),
    ],
)
def test_uniqueness_is_a_named_constraint(model: type[Model], name: str) -> None:
    assert name in {constraint.name for constraint in model._meta.constraints}


def test_a_listing_can_be_asked_for_again_once_its_task_is_done() -> None:
    done = TaskFactory.create(status=TaskStatus.DONE)
    assert TaskFactory.create(listing=done.listing).pk != done.pk


def test_rows_say_what_they_are() -> None:
    label = LabelFactory.create(
        listing__external_id="w1", attribute__label="strap", listing__vertical__label="watch"
    )
    assert str(label) == "w1 / watch / strap: red"
    assert str(TaskFactory.create(listing=label.listing)) == "seed w1"
    suggestion = SuggestionFactory.create(listing=label.listing, attribute=label.attribute)
    assert str(suggestion) == "a test: w1 / watch / strap"

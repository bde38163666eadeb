"""An admin makes labels of a teacher's answers, where people agree with it."""

import pytest
from django.contrib.auth.models import User

from catalog.models import Listing
from labeling.errors import LabelingError
from labeling.models import Label, LabelRevision, Provenance, TeacherRun
from labeling.selectors.teacher import run_agreement
from labeling.selectors.teacher_labels import Minimum, record_plan
from labeling.services.teacher_labels import teacher_labels_record
from tests.labeling.teacher.conftest import MODEL
from tests.labeling.teacher.endpoint import Endpoint
from tests.labeling.teacher.runs import says, started, worked
from tests.labeling.workspace import annotator, label_all, tasks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("teacher")]

LOW = Minimum(percent=90, compared=2)


@pytest.fixture
def run(endpoint: Endpoint) -> TeacherRun:
    """A run over five bags; people then say red and zip about two, and it said so too but for one zip."""
    tasks(5)
    endpoint.says(says())
    endpoint.says(says(closing={"values": ["Button"], "state": ""}))
    endpoint.says(says())
    run = worked(started())
    label_all(annotator(), 2)
    return run


def record(run: TeacherRun, minimum: Minimum = LOW) -> int:
    return teacher_labels_record(
        run_id=run.pk, minimum=minimum, by=User.objects.get_or_create(username="ada")[0]
    )


def made() -> list[tuple[str, list[str]]]:
    """(attribute, values) of what a teacher's labels say."""
    rows = Label.objects.filter(provenance=Provenance.TEACHER).order_by("listing", "attribute")
    return list(rows.values_list("attribute__code", "values"))


def test_agreement_is_counted_over_what_people_said(run: TeacherRun) -> None:
    colour, closing, note = run_agreement(run)
    assert (colour.answers, colour.compared, colour.same, colour.percent) == (5, 2, 2, 100)
    assert (closing.compared, closing.same, closing.percent) == (2, 1, 50)
    assert (note.answers, note.compared, note.percent) == (5, 0, None)


def test_attributes_that_meet_the_minimum_become_labels_with_who_and_why(run: TeacherRun) -> None:
    plan = record_plan(run, LOW)
    assert [(one.agreement.code, one.is_met, one.labels) for one in plan.attributes] == [
        ("colour", True, 3),
        ("closing", False, 0),
        ("note", False, 0),
    ]
    assert record(run) == plan.labels == 3
    assert made() == [("colour", ["red"])] * 3
    label = Label.objects.filter(provenance=Provenance.TEACHER)[0]
    assert (label.source, label.evidence_position) == (f"teacher: {MODEL}", 1)
    revision = LabelRevision.objects.get(listing=label.listing, attribute=label.attribute)
    assert revision.changed_by and revision.changed_by.username == "ada"
    assert revision.reason == f"teacher run {run.pk}: people agree in 90 % of 2 answers, at least"


def test_recording_again_changes_nothing(run: TeacherRun) -> None:
    record(run)
    before = LabelRevision.objects.count()
    assert record(run) == 0
    assert LabelRevision.objects.count() == before


def test_gold_listings_get_no_label_of_a_teacher(run: TeacherRun) -> None:
    Listing.objects.update(split="gold")
    assert record(run) == 0
    assert made() == []


def test_what_people_said_stays_and_whoever_answers_later_takes_the_place(run: TeacherRun) -> None:
    record(run)
    label_all(annotator("bela"), 3, colour="blue")
    said = Label.objects.filter(attribute__code="colour").values_list("provenance", "values")
    assert sorted(map(str, said)) == sorted(
        [str(("annotation", ["red"]))] * 2 + [str(("annotation", ["blue"]))] * 3
    )


def test_without_enough_answers_of_people_nothing_is_recorded(run: TeacherRun) -> None:
    with pytest.raises(LabelingError, match="no attribute meets the minimum: have people label more"):
        record(run, Minimum(percent=90, compared=3))
    assert made() == []


def test_a_run_at_work_is_not_recorded(run: TeacherRun) -> None:
    tasks(1)
    other = started()
    with pytest.raises(LabelingError, match="the run is not at its end: wait for it, or cancel it"):
        record(other)

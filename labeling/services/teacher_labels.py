"""What a teacher proposed becomes labels, because an admin says so."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from catalog import selectors as catalog
from catalog.models import Status
from labeling.asked import schema_of
from labeling.errors import LabelingError
from labeling.labels import labels_merge
from labeling.models import Label, Provenance, TeacherRun
from labeling.selectors.teacher import run_agreement
from labeling.selectors.teacher_labels import Minimum, Recordable, recordable_pages
from labeling.selectors.teacher_plan import source_of


def teacher_labels_record(*, run_id: int, minimum: Minimum, by: User) -> int:
    """Make labels of the run's answers to attributes that meet the minimum; returns how many.

    What a person or a file said stays, and gold listings get none: models are measured by what people say.
    A page of listings is one transaction; whatever stops it half way, the same call again goes on.

    Raises:
        LabelingError: while the run is at work, or where no attribute meets the minimum.
    """
    run = TeacherRun.objects.select_related("vertical").get(pk=run_id)
    if run.status in (Status.QUEUED, Status.RUNNING):
        raise LabelingError("the run is not at its end: wait for it, or cancel it")
    attributes = [one.code for one in run_agreement(run) if minimum.is_met(one)]
    if not attributes:
        raise LabelingError("no attribute meets the minimum: have people label more, or lower it")
    reason = (
        f"teacher run {run.pk}: people agree in {minimum.percent} % of {minimum.compared} answers, at least"
    )
    return sum(_record(page, run, reason, by) for page in recordable_pages(run, attributes))


@transaction.atomic
def _record(answers: Sequence[Recordable], run: TeacherRun, reason: str, by: User) -> int:
    version = catalog.schema_version_now(run.vertical_id)
    assert version is not None, "there were answers to it"
    ids = schema_of(version.pk).attribute_ids
    labels = [
        Label(
            listing_id=one.listing_id,
            attribute_id=ids[one.attribute],
            values=list(one.values),
            state=one.state,
            provenance=Provenance.TEACHER,
            source=source_of(run.model),
            evidence_position=one.evidence,
            schema_version=version,
        )
        for one in answers
    ]
    recorded = labels_merge(labels, by=by, reason=reason).recorded
    if recorded:
        event_record(
            Action.LABELS_IMPORTED,
            kind=Kind.TEACHER,
            key=run.pk,
            name=f"teacher run {run.pk}",
            by=by,
            after={"labels": recorded},
            reason=reason,
        )
    return recorded

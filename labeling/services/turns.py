"""Writes to a turn: answers, its end, and the labels that follow from it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from labeling.answers import gives_way
from labeling.asked import Asked, asked_of
from labeling.errors import LabelingError
from labeling.importing import revision_of
from labeling.items import items_of
from labeling.messages import Answer
from labeling.models import (
    Annotation,
    Label,
    LabelRevision,
    Provenance,
    Purpose,
    Task,
    TaskStatus,
    Turn,
)
from labeling.queue import lease_again, rule_of
from labeling.services.tasks import tasks_open
from labeling.truth import Decision, Outcome, Said, decide

ADJUDICATION_PRIORITY = 100
LABEL_FIELDS = (
    *("values", "state", "provenance", "source", "evidence_position", "schema_version", "updated"),
)


def turn_get(turn_id: int) -> Turn:
    """The turn with its task and listing, locked until the transaction ends.

    Raises:
        LabelingError: where there is no such turn (any more).
    """
    rows = Turn.objects.select_related("task__listing").select_for_update(of=("self", "task"))
    turn = rows.filter(pk=turn_id).first()
    if turn is None:
        raise LabelingError(f"turn {turn_id}: there is no such turn any more: take the next item")
    return turn


def answer_record(*, turn: Turn, person: User, message: Answer) -> Annotation | None:
    """Keep what the person says about one question of the turn; what the person said before is history.

    Raises:
        LabelingError: for an attribute that is not asked, or an answer that it does not allow.
    """
    asked = asked_of(turn.task)
    attribute = asked.attribute(message.attribute)
    said = asked.checked(attribute, message.values, message.state)
    _earlier(turn.task, person, attribute.code).update(withdrawn=timezone.now())
    if said is None:
        return None
    return Annotation.objects.create(
        listing=turn.task.listing,
        attribute_id=asked.schema.attribute_ids[attribute.code],
        annotator=person,
        task=turn.task,
        values=list(said.values),
        state=said.state,
        evidence_position=asked.evidence(attribute, message.evidence),
        suggestion_id=message.suggestion,
        schema_version_id=asked.schema.version_id,
        idempotency_key=f"{person.pk}:{message.key}",
    )


def turn_finish(*, turn: Turn, person: User, token: UUID | None, seconds: float) -> dict[str, Any]:
    """Close the person's turn and settle what can be settled.

    Whoever lost the turn to somebody else on the way gets a turn beside it: both answers are kept.
    Returns {status: "done"}, or {status: "conflict", theirs: [...]} where a label says otherwise and a
    reviewer will decide.

    Raises:
        LabelingError: when a required question has no answer, naming it.
    """
    asked = asked_of(turn.task)
    own = _answers(turn.task, people=[person.pk]).get(person.pk, {})
    if missing := [one.label for one in asked.required if one.code not in own]:
        raise LabelingError(f"not answered yet: {', '.join(missing)}: answer, or choose a state")
    _close(turn, person, token, seconds)
    settle(task=turn.task, asked=asked, by=person)
    conflicts = _conflicts(turn.task, asked, own)
    return {"status": "conflict", "theirs": conflicts} if conflicts else {"status": "done"}


def turn_reopen(*, turn: Turn, person: User) -> dict[str, Any]:
    """Give a finished turn back to the person who finished it. Its labels stay until it is finished again.

    Raises:
        LabelingError: for somebody else's turn.
    """
    if turn.person_id != person.pk or turn.finished is None:
        raise LabelingError(f"turn {turn.pk} is not one that you finished: choose one from your history")
    lease = lease_again(turn)
    Task.objects.filter(pk=turn.task_id, status=TaskStatus.DONE).update(status=TaskStatus.OPEN)
    return {"status": "done", "item": items_of(person=person, leases=[lease])[0]}


@transaction.atomic
def settle(*, task: Task, asked: Asked, by: User) -> None:
    """Turn the answers of everybody who finished into labels, and send what is disputed to adjudication."""
    finished = list(task.turns.exclude(finished=None).values_list("person_id", flat=True))
    still_to_come = task.turns.filter(finished=None).count()
    answers = _answers(task, people=finished)
    agree = 1 if task.purpose == Purpose.ADJUDICATION else rule_of(task.purpose).agree
    decisions = {
        attribute.code: decide(
            {person: of[attribute.code] for person, of in answers.items() if attribute.code in of},
            agree=agree,
            still_to_come=still_to_come,
        )
        for attribute in asked.attributes
    }
    _labels_write(task, asked, decisions, by)
    _dispute(task, [code for code, one in decisions.items() if one.outcome is Outcome.DISPUTED])
    if not still_to_come:
        Task.objects.filter(pk=task.pk, status=TaskStatus.OPEN).update(status=TaskStatus.DONE)


def _close(turn: Turn, person: User, token: UUID | None, seconds: float) -> None:
    now = timezone.now()
    mine = Turn.objects.filter(task=turn.task_id, person=person)
    own = mine.filter(pk=turn.pk, token=token, finished=None) if token else mine.none()
    done = {"finished": now, "token": None, "expires": None, "started": F("started"), "seconds": seconds}
    if own.update(**done) or mine.update(**done):
        return
    free = Turn.objects.filter(pk=turn.pk, finished=None, person=None)
    if free.update(person=person, **done):
        return
    last = Turn.objects.filter(task=turn.task_id).aggregate(last=Max("number"))["last"]
    Turn.objects.create(
        task=turn.task,
        number=last + 1,
        purpose=turn.purpose,
        vertical_id=turn.vertical_id,
        priority=turn.priority,
        person=person,
        finished=now,
        seconds=seconds,
    )


def _earlier(task: Task, person: User, attribute: str) -> Any:
    return Annotation.objects.filter(task=task, annotator=person, attribute__code=attribute, withdrawn=None)


def _answers(task: Task, *, people: Iterable[int | None]) -> dict[int, dict[str, Said]]:
    """{person: {attribute code: what that person says now}}."""
    rows = Annotation.objects.filter(task=task, annotator__in=list(people), withdrawn=None).order_by("pk")
    answers: dict[int, dict[str, Said]] = {}
    for person, code, values, state in rows.values_list("annotator_id", "attribute__code", "values", "state"):
        answers.setdefault(person, {})[code] = Said(tuple(values), state)
    return answers


def _labels_write(task: Task, asked: Asked, decisions: Mapping[str, Decision], by: User) -> None:
    """Make labels of what is agreed, and leave those alone that have more authority or say the same."""
    provenance = Provenance.ADJUDICATION if task.purpose == Purpose.ADJUDICATION else Provenance.ANNOTATION
    agreed = {code: one for code, one in decisions.items() if one.outcome is Outcome.AGREED and one.said}
    kept = {
        label.attribute_id: label
        for label in Label.objects.select_for_update().filter(listing=task.listing_id)
    }
    evidence = _evidence(task)
    made, changed = [], []
    for code, decision in agreed.items():
        assert decision.said is not None
        attribute_id = asked.schema.attribute_ids[code]
        label = kept.get(attribute_id)
        said = decision.said
        if label is None:
            made.append(label := Label(listing=task.listing, attribute_id=attribute_id))
        elif not gives_way(label.provenance, to=provenance) or _says(label, said, provenance):
            continue
        else:
            changed.append(label)
        label.values, label.state, label.provenance = list(said.values), said.state, provenance
        label.source = f"{decision.votes} of {decision.people}"
        label.evidence_position = evidence.get((code, said))
        label.schema_version_id = asked.schema.version_id
        label.updated = timezone.now()
    Label.objects.bulk_create(made)
    Label.objects.bulk_update(changed, LABEL_FIELDS)
    LabelRevision.objects.bulk_create(
        revision_of(label, by=by, reason=task.purpose) for label in (*made, *changed)
    )


def _says(label: Label, said: Said, provenance: str) -> bool:
    return (tuple(label.values), label.state, label.provenance) == (said.values, said.state, provenance)


def _evidence(task: Task) -> dict[tuple[str, Said], int]:
    """{(attribute code, answer): the photo that the last person to give it pointed at}."""
    rows = Annotation.objects.filter(task=task, withdrawn=None, evidence_position__isnull=False)
    return {
        (code, Said(tuple(values), state)): position
        for code, values, state, position in rows.order_by("pk").values_list(
            "attribute__code", "values", "state", "evidence_position"
        )
        if position
    }


def _dispute(task: Task, codes: Sequence[str]) -> None:
    """Have a reviewer decide these questions; one adjudication at a time for a listing."""
    if not codes or task.purpose == Purpose.ADJUDICATION:
        return
    there = Task.objects.filter(
        listing=task.listing_id, purpose=Purpose.ADJUDICATION, status=TaskStatus.OPEN
    ).first()
    if there is None:
        tasks_open(
            listing_ids=[task.listing_id],
            purpose=Purpose.ADJUDICATION,
            priority=ADJUDICATION_PRIORITY,
            asks=codes,
        )
        return
    there.asks = [*there.asks, *(code for code in codes if code not in there.asks)]
    there.save(update_fields=["asks"])


def _conflicts(task: Task, asked: Asked, own: Mapping[str, Said]) -> list[dict[str, Any]]:
    """Labels of these questions that say otherwise, for showing them beside the person's own answers."""
    ids = {pk: code for code, pk in asked.schema.attribute_ids.items()}
    labels = Label.objects.filter(listing=task.listing_id)
    return [
        {
            "attribute": ids[label.attribute_id],
            "values": label.values,
            "state": label.state,
            "source": label.source,
        }
        for label in labels
        if ids.get(label.attribute_id) in own
        and own[ids[label.attribute_id]] != Said(tuple(label.values), label.state)
    ]

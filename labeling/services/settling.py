"""What follows from the answers of those who finished: labels, and questions for a reviewer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from labeling.answers import gives_way
from labeling.asked import Asked, asked_of
from labeling.labels import labels_merge
from labeling.models import (
    KEY_LENGTH,
    Annotation,
    Label,
    Provenance,
    Purpose,
    PurposeRule,
    Task,
    TaskStatus,
)
from labeling.second import Needed, needed
from labeling.services.tasks import tasks_hold, tasks_open, turns_fit
from labeling.truth import Decision, Outcome, Said, decide

ADJUDICATION_PRIORITY = 100

PROVENANCE: Mapping[str, Provenance] = {
    Purpose.SEED: Provenance.ANNOTATION,
    Purpose.GOLD: Provenance.ANNOTATION,
    Purpose.REVIEW: Provenance.VERDICT,
    Purpose.AUDIT: Provenance.VERDICT,
    Purpose.ADJUDICATION: Provenance.ADJUDICATION,
}
"""{purpose: what its answers are worth as labels}: reviewers work on the last three."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What one person says about one question."""

    person_id: int
    name: str
    said: Said
    evidence: int | None


Voices = Mapping[str, Sequence[Voice]]
"""{attribute code: what people say who finished, one voice each}"""


def voices_of(task: Task) -> dict[int, dict[str, Voice]]:
    """{person id: {attribute code: what that person says now}}."""
    rows = Annotation.objects.filter(task=task, withdrawn=None).order_by("pk")
    fields = ("annotator", "annotator__username", "attribute__code", "values", "state", "evidence_position")
    voices: dict[int, dict[str, Voice]] = {}
    for person, name, code, values, state, evidence in rows.values_list(*fields):
        voice = Voice(person, name, Said(tuple(values), state), evidence)
        voices.setdefault(person, {})[code] = voice
    return voices


def settle(
    *,
    task: Task,
    asked: Asked,
    voices: Mapping[int, Mapping[str, Voice]],
    by: User | None,
) -> None:
    """Turn the answers of those who finished into labels, and send what is disputed to adjudication.

    The task is held, and so are the others of its listing.
    """
    rule = rule_of(task)
    turns, still_to_come = turns_fit(task=task, overlap=rule.overlap)
    finished = [voices.get(turn.person_id or 0, {}) for turn in turns]
    said = {one.code: [of[one.code] for of in finished if one.code in of] for one in asked.attributes}
    decisions = {
        code: decide(
            {voice.person_id: voice.said for voice in of}, agree=rule.agree, still_to_come=still_to_come
        )
        for code, of in said.items()
    }
    labels, reason = _labels(task, asked, decisions, said), _reason(task, rule)
    if labels_merge(labels, by=by, reason=reason).recorded:
        codes = {pk: code for code, pk in asked.schema.attribute_ids.items()}
        event_record(
            Action.LABELS_SETTLED,
            kind=Kind.LISTING,
            key=task.listing.external_id,
            name=task.listing.external_id,
            by=by,
            after={codes[label.attribute_id]: label.state or label.values for label in labels},
            reason=reason,
        )
    disputed = [code for code, one in decisions.items() if one.outcome is Outcome.DISPUTED]
    if disputed and task.purpose != Purpose.ADJUDICATION:
        _adjudicate(task, _undecided(task, asked, disputed))
    if not still_to_come:
        Task.objects.filter(pk=task.pk, status=TaskStatus.OPEN).update(status=TaskStatus.DONE)


@transaction.atomic
def task_settle(*, task_id: int, by: User | None) -> None:
    """Settle a task as its purpose is worked on now."""
    tasks_hold(Task.objects.filter(pk=task_id))
    task = Task.objects.select_related("listing").get(pk=task_id)
    settle(task=task, asked=asked_of(task), voices=voices_of(task), by=by)


def rule_of(task: Task) -> Needed:
    """How many people answer this task and must agree; one where nobody has said."""
    rule = PurposeRule.objects.filter(purpose=task.purpose).first()
    return needed(rule or PurposeRule(purpose=task.purpose), task.pk)


def _reason(task: Task, rule: Needed) -> str:
    return f"{task.purpose}: {rule.agree} of {rule.overlap} must agree" if rule.overlap > 1 else task.purpose


def _labels(task: Task, asked: Asked, decisions: Mapping[str, Decision], said: Voices) -> list[Label]:
    """The labels that follow from what is agreed."""
    return [
        Label(
            listing_id=task.listing_id,
            attribute_id=asked.schema.attribute_ids[code],
            values=list(decision.said.values),
            state=decision.said.state,
            provenance=PROVENANCE[task.purpose],
            source=_source([voice for voice in said[code] if voice.said == decision.said], decision.people),
            evidence_position=_evidence(said[code], decision.said),
            schema_version_id=asked.schema.version_id,
        )
        for code, decision in decisions.items()
        if decision.outcome is Outcome.AGREED and decision.said
    ]


def _source(agreeing: Sequence[Voice], people: int) -> str:
    """Who says so, and how many of how many where several people were asked."""
    names = ", ".join(voice.name for voice in agreeing)
    if people == 1:
        return names[:KEY_LENGTH]
    counted = f"{len(agreeing)} of {people}"
    whole = f"{counted}: {names}"
    return whole if len(whole) <= KEY_LENGTH else f"{counted} people"


def _evidence(voices: Sequence[Voice], said: Said) -> int | None:
    """The photo that the last person to give the answer points at."""
    shown = [voice.evidence for voice in voices if voice.said == said and voice.evidence]
    return shown[-1] if shown else None


def _undecided(task: Task, asked: Asked, codes: Sequence[str]) -> list[str]:
    """Those of the questions that no reviewer has decided yet, nor anybody of more authority."""
    provenance = PROVENANCE[task.purpose]
    ids = {asked.schema.attribute_ids[code]: code for code in codes}
    rows = Label.objects.filter(listing=task.listing_id, attribute__in=ids)
    decided = {
        ids[attribute_id]
        for attribute_id, kept in rows.values_list("attribute_id", "provenance")
        if kept == Provenance.ADJUDICATION or not gives_way(kept, to=provenance)
    }
    return [code for code in codes if code not in decided]


def _adjudicate(task: Task, codes: Sequence[str]) -> None:
    """Have a reviewer decide these questions; one adjudication at a time for a listing."""
    if not codes:
        return
    if tasks_open(
        listing_ids=[task.listing_id],
        purpose=Purpose.ADJUDICATION,
        priority=ADJUDICATION_PRIORITY,
        asks=codes,
    ):
        return
    # Whoever opened it just now may have asked about other questions.
    rows = Task.objects.filter(listing=task.listing_id, purpose=Purpose.ADJUDICATION, status=TaskStatus.OPEN)
    there = rows.select_for_update(no_key=True).first()
    if there and there.asks and (more := [code for code in codes if code not in there.asks]):
        there.asks += more
        there.save(update_fields=["asks"])

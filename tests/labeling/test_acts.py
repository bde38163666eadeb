"""What is done about labels is in the audit log; single answers have their receipts instead."""

import pytest

from attrx_web.auditlog.actions import Action
from attrx_web.auditlog.models import Event
from labeling.models import LabelRevision, Purpose, Receipt
from labeling.services.answers import label_restore
from labeling.services.rules import assignments_set, rule_set
from tests.labeling.workspace import annotator, answer, claim, label_all, message, reviewer, rule, send, tasks

pytestmark = pytest.mark.django_db


def told(action: Action) -> list[Event]:
    return list(Event.objects.filter(action=action).order_by("pk"))


def test_a_listing_that_is_settled_is_one_entry_and_an_answer_is_none() -> None:
    [task] = tasks(1)
    anna = annotator()
    [lease] = claim(anna)
    send(anna, answer(lease, "colour", "red"))
    assert Receipt.objects.exists() and not told(Action.LABELS_SETTLED)
    send(anna, answer(lease, "closing", "zip"), message("finish", lease, seconds=4))
    [event] = told(Action.LABELS_SETTLED)
    assert (event.person, event.object_key) == ("anna", task.listing.external_id)
    assert event.after == {"colour": ["red"], "closing": ["zip"]}
    assert event.reason == "gold"


def test_answers_that_settle_nothing_are_not_told() -> None:
    rule(Purpose.GOLD, overlap=2, agree=2)
    tasks(1)
    label_all(annotator())
    assert not told(Action.LABELS_SETTLED)


def test_a_label_that_is_restored_says_what_held_before() -> None:
    tasks(1)
    label_all(annotator())
    first = LabelRevision.objects.get(attribute__code="colour")
    label = first.listing.labels.get(attribute=first.attribute)
    label.values = ["blue"]
    label.save()
    label_restore(revision_id=first.pk, by=reviewer(), reason="she was right")
    [event] = told(Action.LABEL_RESTORED)
    assert (event.before, event.after, event.person) == ({"colour": ["blue"]}, {"colour": ["red"]}, "rita")
    assert event.reason.endswith("she was right")


def test_rules_and_assignments_are_told_as_they_were_and_are() -> None:
    [task] = tasks(1)
    rita, anna = reviewer(), annotator()
    rule_set(purpose=Purpose.GOLD, overlap=2, agree=2, suggestions=False, by=rita)
    assignments_set(person_id=anna.pk, vertical_ids=[task.listing.vertical_id])
    [rule_event], [assigned] = told(Action.RULE_SET), told(Action.ASSIGNMENTS_SET)
    assert rule_event.before is not None and rule_event.after is not None
    assert (rule_event.before["overlap"], rule_event.after["overlap"]) == (1, 2)
    assert (assigned.object_name, assigned.before) == ("anna", {"verticals": []})
    assert assigned.after == {"verticals": [task.listing.vertical.code]}

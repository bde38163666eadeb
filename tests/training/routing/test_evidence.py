"""What counts as evidence about a version: gold, and audits of any routing."""

from typing import Any

import pytest

from attrx_web.roles import Role
from labeling.models import Annotation, Label
from tests.factories import user_with
from tests.queues import Queue
from tests.training.rounds import version_of
from tests.training.routed import World, answer, answer_audits, dry_run, settings_of
from training.models import Prediction, Route, Routing
from training.routing.evidence import audited_of, judged_of, reviewed_of
from training.services import releasing, routings


def asked(world: World, **settings: Any) -> Routing:
    """A current routing whose first questions people have before them."""
    routing = dry_run(world, settings_of(**settings))
    routings.routing_confirm(routing_id=routing.pk, by=user_with(Role.ADMIN))
    releasing.routing_release(routing_id=routing.pk)
    return routing


def test_gold_questions_are_judged_by_their_truth(world: World) -> None:
    judged = judged_of(world.version)
    assert len(judged) == 400
    color = [one for one in judged if one.attribute == "color"]
    assert (sum(one.correct for one in color), color[0].votes, color[0].chains) == (198, 8, 8)
    assert {one.weight for one in judged} == {1.0}


def test_an_audit_is_evidence_once_it_is_answered(world: World, queue: Queue) -> None:
    routing = asked(world)
    assert audited_of(world.version) == []
    answered = answer_audits(routing, "red")
    audits = audited_of(world.version)
    assert len(audits) == answered
    assert {(one.correct, one.inclusion) for one in audits} == {(True, 0.25)}
    assert len(judged_of(world.version)) == 400 + answered


def test_an_audit_says_something_about_every_version(world: World, queue: Queue) -> None:
    answered = answer_audits(asked(world), "red")
    other = version_of(world.version.round, iteration=1)
    mine = list(Prediction.objects.all())
    for one in mine:
        one.pk, one.model_version, one.values, one.majority = None, other, ["blue"], "blue"
    Prediction.objects.bulk_create(mine)
    assert [one.correct for one in audited_of(other)] == [False] * answered


def test_a_review_is_no_evidence_but_makes_the_naive_estimate(world: World, queue: Queue) -> None:
    routing = asked(world)
    for question in routing.questions.filter(route=Route.REVIEW).exclude(released=None)[:2]:
        answer(question, "blue")
    assert reviewed_of(world.version) == [("kurta", False)] * 2
    assert len(judged_of(world.version)) == 400


def test_an_answer_that_was_taken_back_is_no_evidence(world: World, queue: Queue) -> None:
    answer_audits(asked(world), "red")
    Annotation.objects.update(withdrawn="2026-11-26T00:00Z")
    assert audited_of(world.version) == []
    assert Label.objects.exists()


def test_a_question_audited_twice_counts_once_with_the_newest_probability(world: World, queue: Queue) -> None:
    answered = answer_audits(asked(world), "red")
    asked(world, audit_share=0.5)
    audits = audited_of(world.version)
    assert len(audits) == answered
    assert {one.inclusion for one in audits} == {0.5}


@pytest.mark.parametrize("empty", ["", "blue"])
def test_a_majority_without_an_answer_is_wrong(world: World, queue: Queue, empty: str) -> None:
    answer_audits(asked(world), "red")
    Prediction.objects.update(majority=empty, values=[empty] if empty else [], agreement=0.5 if empty else 0)
    assert not any(one.correct for one in audited_of(world.version))

"""Confirming a routing, and what people are asked then: audits at once, reviews by the day."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from attrx_web.roles import Role
from catalog.models import Listing
from labeling.models import Annotation, Purpose, Suggestion, Task, Turn
from labeling.services.tasks import tasks_open
from tests.factories import AnnotationFactory, LabelFactory, user_with
from tests.queues import Queue
from tests.training.routed import World, dry_run, settings_of
from training.ml.errors import DataError
from training.ml.records import Chain
from training.ml.run import Stage
from training.ml.shards import write_shard
from training.models import Route, RoutedQuestion, Routing, RoutingState
from training.routing.settings import RoutingSettings
from training.services import releasing, routings

PER_DAY = 4


def confirmed(world: World, asked: RoutingSettings | None = None) -> Routing:
    routing = dry_run(world, asked or settings_of(per_day=PER_DAY))
    assert routings.routing_confirm(routing_id=routing.pk, by=user_with(Role.ADMIN))
    routing.refresh_from_db()
    return routing


def released(routing: Routing, route: Route = Route.REVIEW) -> list[RoutedQuestion]:
    return list(routing.questions.filter(route=route).exclude(released=None).order_by("rank"))


def test_confirming_lets_one_routing_count_and_tells_workers(
    world: World, queue: Queue, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    first = confirmed(world)
    queue.take()
    with django_capture_on_commit_callbacks(execute=True):
        second = confirmed(world)
    told = [("training.tasks.routing_run", second.pk), ("training.tasks.routing_release", second.pk)]
    assert queue.take() == told
    first.refresh_from_db()
    assert (first.state, second.state) == (RoutingState.SUPERSEDED, RoutingState.CURRENT)
    assert first.superseded is not None and second.confirmed_by is not None
    assert not routings.routing_confirm(routing_id=second.pk, by=user_with(Role.ADMIN))
    assert not routings.routing_confirm(routing_id=first.pk, by=user_with(Role.ADMIN))


def test_only_a_dry_run_that_ended_well_can_be_confirmed(world: World, queue: Queue) -> None:
    routing = routings.routing_start(version_id=world.version.pk, settings=settings_of())
    with pytest.raises(DataError, match=f"Routing {routing.pk} is queued: wait for its dry run to end"):
        routings.routing_confirm(routing_id=routing.pk, by=user_with(Role.ADMIN))
    with pytest.raises(DataError, match="there is no routing 0"):
        routings.routing_confirm(routing_id=0, by=user_with(Role.ADMIN))


def test_dry_runs_before_the_confirmed_one_are_given_up(world: World, queue: Queue) -> None:
    before, chosen, after = (dry_run(world) for _ in range(3))
    assert routings.routing_confirm(routing_id=chosen.pk, by=user_with(Role.ADMIN))
    assert set(Routing.objects.values_list("pk", flat=True)) == {chosen.pk, after.pk}
    assert not RoutedQuestion.objects.filter(routing=before.pk).exists()


def test_nobody_is_asked_before_it_is_confirmed(world: World, queue: Queue) -> None:
    routing = dry_run(world)
    assert releasing.routing_release(routing_id=routing.pk) == 0
    assert not Task.objects.exists()


def test_audits_come_at_once_without_a_suggestion_and_ask_all_that_is_audited(
    world: World, queue: Queue
) -> None:
    routing = confirmed(world)
    releasing.routing_release(routing_id=routing.pk)
    audits = Task.objects.filter(purpose=Purpose.AUDIT)
    assert audits.count() == routing.questions.filter(route=Route.AUDIT).count() / 2
    assert all(task.asks == ["color", "shape"] for task in audits)
    assert not Suggestion.objects.filter(listing__in=audits.values("listing")).exists()


def test_reviews_come_by_the_day_in_order_with_what_the_model_said(world: World, queue: Queue) -> None:
    routing = confirmed(world)
    releasing.routing_release(routing_id=routing.pk)
    questions = released(routing)
    assert [one.rank for one in questions] == [1, 2, 3, 4]
    tasks = [one.task for one in questions]
    assert [task and task.asks for task in tasks] == [["shape"]] * 4
    priorities = [task.priority for task in tasks if task]
    assert priorities == sorted(priorities, reverse=True) and len(set(priorities)) == 4
    said = Suggestion.objects.get(listing=questions[0].listing)
    assert (said.attribute, said.source) == (world.shape, f"round {world.version.round_id}, SFT")
    assert said.shares == {"red": 0.5, "blue": 0.5}


def test_never_more_a_day_than_the_budget_however_often_it_is_told(world: World, queue: Queue) -> None:
    routing = confirmed(world)
    asked = [releasing.routing_release(routing_id=routing.pk) for _ in range(3)]
    assert asked[1:] == [0, 0]
    assert len(released(routing)) == PER_DAY
    RoutedQuestion.objects.exclude(released=None).update(released=timezone.now() - timedelta(days=1))
    assert releasing.routing_release(routing_id=routing.pk) == PER_DAY
    assert [one.rank for one in released(routing)] == list(range(1, 2 * PER_DAY + 1))


def test_flagged_attributes_of_a_listing_are_asked_together(db: None, queue: Queue) -> None:
    world = World(gold=0)
    routing = confirmed(world, settings_of(per_day=100, days=1))
    releasing.routing_release(routing_id=routing.pk)
    reviews = Task.objects.filter(purpose=Purpose.REVIEW)
    assert reviews.count() == len(released(routing)) / 2
    assert all(task.asks == ["color", "shape"] for task in reviews)


def test_what_was_answered_meanwhile_is_not_asked(world: World, queue: Queue) -> None:
    routing = confirmed(world)
    first = routing.questions.get(route=Route.REVIEW, rank=1)
    LabelFactory.create(listing=first.listing, attribute=first.attribute)
    releasing.routing_release(routing_id=routing.pk)
    first.refresh_from_db()
    assert first.released is None and first.withdrawn is not None
    assert [one.rank for one in released(routing)] == [2, 3, 4, 5]


def test_a_listing_with_an_open_review_waits_for_its_end(world: World, queue: Queue) -> None:
    routing = confirmed(world)
    first = routing.questions.get(route=Route.REVIEW, rank=1)
    tasks_open(listing_ids=[first.listing_id], purpose=Purpose.REVIEW, asks=["color"])
    releasing.routing_release(routing_id=routing.pk)
    assert [one.rank for one in released(routing)] == [2, 3, 4, 5]
    first.refresh_from_db()
    assert first.withdrawn is None


def test_retired_listings_are_not_asked_about(world: World, queue: Queue) -> None:
    routing = confirmed(world)
    first = routing.questions.get(route=Route.REVIEW, rank=1)
    Listing.objects.filter(pk=first.listing_id).update(retired=True)
    releasing.routing_release(routing_id=routing.pk)
    assert [one.rank for one in released(routing)] == [2, 3, 4, 5]


def test_what_a_superseded_routing_asked_is_taken_back_unless_somebody_began(
    world: World, queue: Queue
) -> None:
    first = confirmed(world)
    releasing.routing_release(routing_id=first.pk)
    begun = released(first)[0]
    Turn.objects.filter(task=begun.task).update(person=user_with(Role.REVIEWER), started=timezone.now())
    answered = released(first)[1]
    AnnotationFactory.create(listing=answered.listing, attribute=answered.attribute, task=answered.task)
    second = confirmed(world)
    releasing.routing_release(routing_id=second.pk)
    kept = {begun.task_id, answered.task_id}
    left = set(released(first)[place].task_id for place in range(PER_DAY)) - {None}
    assert left == kept
    withdrawn = first.questions.filter(route=Route.REVIEW).exclude(withdrawn=None)
    assert withdrawn.count() == PER_DAY - len(kept)
    # Those that stay count for today.
    assert len(released(second)) == PER_DAY - len(kept)
    assert Task.objects.filter(purpose=Purpose.REVIEW).count() == PER_DAY


def test_an_audit_that_was_answered_before_is_not_asked_again(world: World, queue: Queue) -> None:
    first = confirmed(world)
    releasing.routing_release(routing_id=first.pk)
    one = released(first, Route.AUDIT)[0]
    AnnotationFactory.create(listing=one.listing, attribute=one.attribute, task=one.task)
    assert one.task is not None
    Task.objects.filter(pk=one.task.pk).update(status="done")
    second = confirmed(world)
    releasing.routing_release(routing_id=second.pk)
    again = second.questions.get(listing=one.listing, attribute=one.attribute)
    assert again.released is None and again.withdrawn is not None
    assert Annotation.objects.count() == 1


def test_reviewers_get_the_chains_best_first(world: World, queue: Queue) -> None:
    routing = confirmed(world)
    first = routing.questions.get(route=Route.REVIEW, rank=1)
    question = f"{first.listing.external_id}/Shape"
    chains = [
        Chain(question, 0, "nothing", None, -1.0),
        Chain(question, 1, "blue, I think", "blue", -2.0),
        Chain(question, 2, "red, hardly", "red", -9.0),
        Chain(question, 3, "red, surely", "red", -1.0),
        Chain("another/Shape", 0, "red", "red", -1.0),
    ]
    folder = settings.ATTRX_ARTIFACTS_DIR / world.version.round.artifact_path / "shards"
    target = folder / Stage(1, "sample").key / "00000.parquet"
    write_shard(target, Chain, chains).replace(target)
    releasing.routing_release(routing_id=routing.pk)
    said = Suggestion.objects.get(listing=first.listing)
    assert [chain["text"] for chain in said.chains] == [
        "red, surely",
        "red, hardly",
        "blue, I think",
        "nothing",
    ]
    assert said.chains[0] == {"answer": "red", "text": "red, surely", "logprob": -1.0}


def test_a_shard_that_cannot_be_read_costs_the_chains_alone(world: World, queue: Queue) -> None:
    routing = confirmed(world)
    folder = settings.ATTRX_ARTIFACTS_DIR / world.version.round.artifact_path / "shards" / "1-sample"
    folder.mkdir(parents=True)
    (folder / "00000.parquet").write_bytes(b"torn")
    releasing.routing_release(routing_id=routing.pk)
    assert len(released(routing)) == PER_DAY
    assert set(Suggestion.objects.values_list("source", flat=True)) != set()
    assert all(said.chains == [] for said in Suggestion.objects.all())


def test_workers_are_reminded_of_what_waits_and_of_the_day(world: World, queue: Queue) -> None:
    current = confirmed(world)
    waiting = routings.routing_start(version_id=world.version.pk, settings=settings_of())
    queue.take()
    routings.routings_remind()
    assert queue.take() == [
        ("training.tasks.routing_run", waiting.pk),
        ("training.tasks.routing_release", current.pk),
    ]

"""The dry run of a routing: what it counts, what it puts in order, and how it ends."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Listing, Status
from catalog.services.ledger import Claim
from catalog.splits import Split
from labeling.models import Label, Provenance
from tests.factories import LabelFactory
from tests.queues import Queue
from tests.training.routed import SURE, World, dry_run, settings_of
from training.ml.errors import DataError
from training.models import Prediction, Route, Routing
from training.routing import run
from training.routing.counting import chunks, priority_of, ranked
from training.services import routings


def claimed(world: World, **more: Any) -> Claim:
    routing = routings.routing_start(version_id=world.version.pk, settings=settings_of(**more))
    claim = routings.routing_claim(routing_id=routing.pk, worker="process 7 on laptop")
    assert claim is not None
    return claim


def test_every_question_is_accepted_reviewed_or_audited(world: World) -> None:
    routing = dry_run(world)
    assert (routing.status, routing.error) == (Status.DONE, "")
    whole = routing.summary["whole"]
    audited = routing.questions.filter(route=Route.AUDIT).count()
    assert whole["questions"] == 40 == routing.done == routing.total
    assert whole["accepted"] + whole["reviewed"] + whole["audited"] == 40
    assert whole["audited"] == audited > 0
    assert whole["accepted"] == 20 - audited / 2
    assert routing.summary["verticals"] == {"kurta": whole}


def test_the_sure_attribute_has_a_threshold_and_the_other_says_what_is_missing(world: World) -> None:
    routing = dry_run(world)
    color = routing.thresholds.get(attribute=world.color)
    shape = routing.thresholds.get(attribute=world.shape)
    assert (color.threshold, color.judged, color.correct) == (SURE, 200, 198)
    assert color.expected == pytest.approx(0.99, abs=0.005)
    assert color.bound is not None and 0.9 <= color.bound <= color.expected
    assert shape.threshold is None and shape.why == "not precise enough at any agreement"
    assert routing.summary["bound"] == pytest.approx(color.bound)


def test_without_evidence_nothing_is_accepted(db: None) -> None:
    routing = dry_run(World(gold=0))
    assert routing.summary["whole"]["accepted"] == 0
    assert set(routing.thresholds.values_list("threshold", "more")) == {(None, 10)}


def test_whole_groups_are_audited_whatever_the_agreement_with_their_probability(world: World) -> None:
    routing = dry_run(world)
    audits = routing.questions.filter(route=Route.AUDIT)
    by_listing = {pk: audits.filter(listing=pk).count() for pk in audits.values_list("listing", flat=True)}
    assert set(by_listing.values()) == {2}
    assert set(audits.values_list("probability", flat=True)) == {0.25}


def test_the_same_word_audits_the_same_listings_again(world: World) -> None:
    first, second = (
        set(dry_run(world).questions.filter(route=Route.AUDIT).values_list("listing", flat=True))
        for _ in range(2)
    )
    assert first == second


def test_reviews_come_in_order_of_value_up_to_the_horizon(world: World) -> None:
    routing = dry_run(world, settings_of(per_day=2, days=3))
    reviews = routing.questions.filter(route=Route.REVIEW).order_by("rank")
    assert list(reviews.values_list("rank", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert routing.summary["queued"] == 6 < routing.summary["whole"]["reviewed"]
    assert set(reviews.values_list("attribute", flat=True)) == {world.shape.pk}


def test_a_listing_with_a_higher_priority_comes_first(world: World) -> None:
    reviewed = dry_run(world).questions.filter(route=Route.REVIEW).order_by("-rank")
    last = reviewed[0].listing
    Listing.objects.filter(pk=last.pk).update(metadata={"sales": "12"})
    first = dry_run(world, settings_of(priority_key="sales")).questions.get(route=Route.REVIEW, rank=1)
    assert first.listing == last


def test_what_people_have_answered_is_neither_accepted_nor_reviewed(world: World) -> None:
    before = dry_run(world).summary["whole"]
    for listing in world.listings:
        for attribute in (world.color, world.shape):
            LabelFactory.create(listing=listing, attribute=attribute, provenance=Provenance.ANNOTATION)
    after = dry_run(world).summary["whole"]
    assert (after["accepted"], after["reviewed"], after["audited"]) == (0, 0, before["audited"])
    assert after["labelled"] == before["accepted"] + before["reviewed"]
    assert Label.objects.count() == 40


def test_listings_that_left_the_pool_are_not_routed(world: World) -> None:
    first, second, *_ = world.listings
    Listing.objects.filter(pk=first.pk).update(retired=True)
    Listing.objects.filter(pk=second.pk).update(split=Split.SEED)
    assert dry_run(world).summary["whole"]["questions"] == 36


def test_chunks_pass_every_prediction_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.routing.counting.CHUNK", 7)
    seen = [(asked.listing_id, asked.attribute_id) for chunk in chunks(world.version) for asked in chunk]
    assert seen == sorted(Prediction.objects.values_list("listing_id", "attribute_id"))


def test_counts_are_ranked_whatever_order_the_database_kept() -> None:
    assert list(ranked({"a": 1, "b": 3, "c": 3}, "c")) == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("given", "priority"),
    [(3, 3.0), ("2.5", 2.5), (0, 0.0), (-1, 1.0), ("many", 1.0), (True, 1.0), (None, 1.0), ("inf", 1.0)],
)
def test_a_priority_that_is_no_number_counts_as_one(given: object, priority: float) -> None:
    assert priority_of(given) == priority


def test_too_many_audits_are_refused_with_a_remedy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MOST_AUDITED", 3)
    routing = dry_run(world)
    assert routing.status == Status.FAILED
    assert routing.error == "more than 3 questions would be audited: give a smaller share than 0.25"


def test_a_dry_run_that_failed_begins_again(
    world: World, monkeypatch: pytest.MonkeyPatch, queue: Queue
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(run, "MOST_AUDITED", 3)
        failed = dry_run(world)
    assert routings.routing_resume(routing_id=failed.pk)
    claim = routings.routing_claim(routing_id=failed.pk, worker="process 8 on laptop")
    assert claim is not None
    run.run_routing(claim)
    failed.refresh_from_db()
    assert (failed.status, failed.summary["whole"]["questions"]) == (Status.DONE, 40)
    assert not routings.routing_resume(routing_id=failed.pk)


def test_a_dry_run_ends_where_it_is_cancelled(world: World) -> None:
    claim = claimed(world)
    assert routings.routing_cancel(routing_id=claim.pk)
    run.run_routing(claim)
    routing = Routing.objects.get()
    assert (routing.status, routing.summary) == (Status.CANCELLED, {})


def test_a_dry_run_without_a_worker_is_queued_again_and_its_old_claim_writes_nothing(
    world: World, queue: Queue
) -> None:
    claim = claimed(world)
    Routing.objects.update(heartbeat=timezone.now() - timedelta(minutes=2))
    assert routings.routings_sweep() == [claim.pk]
    run.run_routing(claim)
    routing = Routing.objects.get()
    assert (routing.status, routing.questions.count()) == (Status.QUEUED, 0)


def test_a_dry_run_over_which_workers_die_fails(world: World) -> None:
    claimed(world)
    Routing.objects.update(heartbeat=timezone.now() - timedelta(minutes=2), attempts=routings.MOST_ATTEMPTS)
    assert routings.routings_sweep() == []
    assert "is the memory too small?" in Routing.objects.get().error


def test_only_versions_with_predictions_are_routed(world: World) -> None:
    Prediction.objects.all().delete()
    with pytest.raises(DataError, match="has no predictions of the pool"):
        routings.routing_start(version_id=world.version.pk, settings=settings_of())
    with pytest.raises(DataError, match="there is no model version 0"):
        routings.routing_start(version_id=0, settings=settings_of())

"""The champion's accuracy on audited questions, by vertical."""

import pytest
from django.utils import timezone

from catalog.models import Listing, Status
from labeling.models import Provenance, Purpose
from tests.factories import AnnotationFactory, LabelFactory, TaskFactory
from tests.training.health.worlds import World
from training.health.audits import audited_accuracies
from training.health.gathering import champion_now, week_compared
from training.models import Route, RoutedQuestion, Routing, RoutingState

pytestmark = pytest.mark.django_db


def current(world: World) -> Routing:
    now = timezone.now()
    return Routing.objects.create(
        version=world.champion,
        params={},
        state=RoutingState.CURRENT,
        confirmed=now,
        **{"status": Status.DONE, "started": now, "heartbeat": now, "finished": now},
    )


def audit(routing: Routing, world: World, listing: Listing, said: str = "") -> None:
    """Have the listing audited, and answered where somebody says something."""
    question = {"listing": listing, "attribute": world.color}
    drawn = {"route": Route.AUDIT, "rank": listing.pk, "probability": 0.1}
    RoutedQuestion.objects.create(routing=routing, **drawn, **question)
    task = TaskFactory.create(listing=listing, purpose=Purpose.AUDIT)
    if said:
        AnnotationFactory.create(task=task, values=[said], **question)
        LabelFactory.create(values=[said], provenance=Provenance.VERDICT, **question)


def test_without_a_champion_nothing_is_known() -> None:
    assert audited_accuracies(None) == {}


def test_audits_that_people_answered_count() -> None:
    world = World(weeks=0)
    routing = current(world)
    for place, listing in enumerate(world.listings(world.week, count=10, red=1.0)):
        audit(routing, world, listing, "" if place == 9 else "blue" if place < 2 else "red")
    found = audited_accuracies(world.champion)["kurta"]
    assert found.count == 9
    assert found.value == pytest.approx(7 / 9)
    assert found.low < found.value < found.high
    [kurta] = week_compared(world.week, champion_now())
    assert kurta.audited == found

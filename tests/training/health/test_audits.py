"""The champion's accuracy on audited questions, by vertical."""

import pytest

from labeling.models import Purpose, TaskStatus
from tests.factories import LabelFactory, TaskFactory
from tests.training.health.worlds import World
from training.health.audits import audited_accuracies
from training.health.gathering import champion_now, week_compared

pytestmark = pytest.mark.django_db


def test_without_a_champion_nothing_is_known() -> None:
    assert audited_accuracies(None) == {}


def test_done_audits_with_a_label_count_and_nothing_else() -> None:
    world = World(weeks=0)
    listings = world.listings(world.week, count=12, red=1.0)
    for place, listing in enumerate(listings):
        done = TaskStatus.OPEN if place == 10 else TaskStatus.DONE
        purpose = Purpose.REVIEW if place == 11 else Purpose.AUDIT
        TaskFactory.create(listing=listing, purpose=purpose, status=done)
        if place != 9:
            values = ["blue"] if place < 2 else ["red"]
            LabelFactory.create(listing=listing, attribute=world.color, values=values)
    found = audited_accuracies(world.champion)["kurta"]
    assert (found.count, found.value) == (9, 7 / 9)
    assert found.low < found.value < found.high
    [kurta] = week_compared(world.week, champion_now())
    assert kurta.audited == found


def test_an_answer_without_a_value_is_right_where_the_label_says_so() -> None:
    world = World(weeks=0)
    [listing] = world.listings(world.week, count=1)
    listing.predictions.update(values=[], state="not_visible", majority="not visible")
    LabelFactory.create(listing=listing, attribute=world.color, values=[], state="not_visible")
    TaskFactory.create(listing=listing, purpose=Purpose.AUDIT, status=TaskStatus.DONE)
    assert audited_accuracies(world.champion)["kurta"].value == 1.0

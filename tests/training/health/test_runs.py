"""A run computes a week, replaces its earlier figures, and alerts follow from the newest week."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalog.models import Status
from tests.factories import VerticalFactory
from tests.queues import Queue, memory_queue
from tests.training.health.worlds import LISTINGS, World
from training import tasks
from training.health.weeks import WEEK
from training.models import Alert, AlertRule, FigureKind, HealthRun, WeeklyFigure
from training.services import health

pytestmark = pytest.mark.django_db


@pytest.fixture
def default_queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    with memory_queue(monkeypatch, "default") as queue:
        yield queue


def compute(world: World, weeks_ago: int = 0) -> None:
    run = health.health_queue(week=world.week - weeks_ago * WEEK, tell=False)
    tasks.health_run(run.pk)


def open_kinds() -> set[str]:
    return set(Alert.objects.filter(resolved=None).values_list("kind", flat=True))


def test_a_quiet_week_has_figures_and_no_alert() -> None:
    world = World()
    world.listings(world.week)
    compute(world)
    kinds = set(WeeklyFigure.objects.values_list("kind", flat=True))
    assert kinds == {"agreement", "value_mix", "image_shift", "unseen"}
    assert HealthRun.objects.get().status == Status.DONE
    assert open_kinds() == set()


def test_votes_and_photos_that_changed_open_alerts() -> None:
    world = World()
    world.listings(world.week, red=0.05, agreement=0.5, gray=200)
    compute(world)
    assert open_kinds() == {"agreement", "value_mix", "image_shift"}
    row = WeeklyFigure.objects.get(kind=FigureKind.VALUE_MIX)
    assert row.parts == [["blue", 0.95, 0.5], ["red", 0.05, 0.5]]
    assert (row.version, row.count, row.reference_count) == (world.champion, LISTINGS, 3 * LISTINGS)


def test_a_stricter_rule_is_met_by_smaller_p_values() -> None:
    world = World()
    world.listings(world.week, gray=200)
    AlertRule.objects.filter(kind="image_shift").update(level=0.001)
    compute(world)
    assert open_kinds() == {"image_shift"}


def test_listings_of_an_unknown_vertical_open_an_alert() -> None:
    world = World()
    world.listings(world.week, vertical=VerticalFactory.create(code="lamp"), count=12)
    compute(world)
    assert open_kinds() == {"unseen"}


def test_a_week_computed_again_has_its_figures_once_and_the_same() -> None:
    world = World()
    world.listings(world.week)
    compute(world)
    before = list(WeeklyFigure.objects.values_list("pk", "kind", "value", "p_value"))
    compute(world)
    assert list(WeeklyFigure.objects.values_list("pk", "kind", "value", "p_value")) == before


def test_figures_that_are_gone_are_removed() -> None:
    world = World()
    made = world.listings(world.week)
    compute(world)
    for listing in made:
        listing.predictions.all().delete()
    compute(world)
    assert not WeeklyFigure.objects.filter(kind=FigureKind.VALUE_MIX).exists()


def test_an_earlier_week_that_is_computed_late_opens_no_alert() -> None:
    world = World(weeks=0)
    for weeks_ago in (2, 3, 4):
        world.listings(world.week - weeks_ago * WEEK)
    world.listings(world.week - WEEK, red=0.0)
    world.listings(world.week)
    compute(world)
    compute(world, weeks_ago=1)
    assert open_kinds() == set()


def test_a_week_is_queued_once_at_a_time() -> None:
    week = World().week
    assert health.health_queue(week=week, tell=False) == health.health_queue(week=week, tell=False)


@pytest.mark.django_db(transaction=True)
def test_the_sweep_queues_the_last_week_once_a_day(default_queue: Queue) -> None:
    health.health_sweep()
    run = HealthRun.objects.get()
    assert default_queue.take() == [(health.HEALTH_RUN, run.pk)]
    tasks.health_run(run.pk)
    health.health_sweep()
    assert default_queue.take() == []
    HealthRun.objects.update(created=timezone.now() - timedelta(days=1))
    health.health_sweep()
    assert HealthRun.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_run_whose_worker_is_gone_is_queued_again(default_queue: Queue) -> None:
    run = health.health_queue(week=World(weeks=0).week, tell=False)
    assert health.health_claim(run_id=run.pk, worker="process 7 on laptop")
    HealthRun.objects.update(heartbeat=timezone.now() - timedelta(minutes=5))
    health.health_sweep()
    assert HealthRun.objects.get().status == Status.QUEUED
    assert default_queue.take() == [(health.HEALTH_RUN, run.pk)]


def test_a_run_that_breaks_says_what_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(weeks=0)
    world.listings(world.week, count=1)
    monkeypatch.setattr(health, "champion_now", lambda: 1 / 0)
    run = health.health_queue(week=world.week, tell=False)
    with pytest.raises(ZeroDivisionError):
        tasks.health_run(run.pk)
    run.refresh_from_db()
    assert run.status == Status.FAILED
    assert "ZeroDivisionError" in run.error


class TestCommand:
    def test_it_computes_weeks_the_oldest_first(self) -> None:
        world = World()
        world.listings(world.week)
        out = StringIO()
        call_command("health_compute", "--weeks", "2", stdout=out)
        assert set(WeeklyFigure.objects.values_list("week", flat=True)) == {world.week, world.week - WEEK}
        assert '"open_alerts": 0' in out.getvalue().splitlines()[-1]

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (["--week", "monday"], "give a date like"),
            (["--week", "2999-01-01"], "is not over"),
            (["--weeks", "0"], "give a number from 1"),
        ],
    )
    def test_weeks_that_cannot_be_are_refused(self, words: list[str], problem: str) -> None:
        with pytest.raises(CommandError, match=problem) as refused:
            call_command("health_compute", *words)
        assert refused.value.returncode == 2

"""manage.py seed_scale: rows that keep every constraint, the same for a seed, with metrics that add up."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from io import StringIO
from random import Random

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from attrx_web.roles import Role
from catalog.models import Listing
from labeling.models import Annotation, Label, Turn
from tests.factories import ListingFactory, user_with
from training.figures import figures_record
from training.health.weeks import begin_of, week_of
from training.management.commands.benchmark_dashboards import Command as Benchmark
from training.models import (
    Alert,
    Confusion,
    Difference,
    GoldAnswer,
    Method,
    Metric,
    Prediction,
    RoundFigure,
    WeeklyFigure,
)
from training.scale import rows
from training.scale.pages import PAGES
from training.scale.sizes import GOLD, SEED, VERTICALS, Sizes

LISTINGS = 1500


def fill(*words: str) -> dict[str, object]:
    out = StringIO()
    call_command("seed_scale", "--listings", str(LISTINGS), "--rounds", "2", *words, stdout=out, stderr=out)
    said: dict[str, object] = json.loads(out.getvalue().splitlines()[-1])
    return said


@pytest.mark.django_db(transaction=True)
def test_a_filled_database_has_what_was_asked_for_and_its_pages_answer() -> None:
    said = fill("--predictions", "5000")
    assert said["rounds"] == 2
    assert Listing.objects.count() == LISTINGS
    assert Listing.objects.filter(split="gold").count() == VERTICALS * GOLD
    assert Prediction.objects.count() == 5000
    assert not Prediction.objects.exclude(listing__split="pool").exists()
    assert Annotation.objects.count() == Label.objects.count() == 5 * Turn.objects.count()
    said_and_kept = [
        list(model.objects.filter(listing=1).order_by("attribute").values_list("values", "state"))
        for model in (Annotation, Label)
    ]
    assert said_and_kept[0] == said_and_kept[1]
    assert WeeklyFigure.objects.values("week").distinct().count() == 52
    assert Alert.objects.filter(resolved=None).count() == 9
    client = Client()
    client.force_login(user_with(Role.ADMIN, "ada"))
    for page in PAGES.values():
        assert client.get(page.address(Random(0), 2)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_metrics_are_what_the_gold_answers_add_up_to() -> None:
    fill("--predictions", "0")
    for metric in Metric.objects.filter(round=2, iteration=1, method=Method.GREEDY):
        answers = GoldAnswer.objects.filter(round=2, iteration=1)
        if metric.attribute_id:
            answers = answers.filter(attribute=metric.attribute_id)
        elif metric.vertical_id:
            answers = answers.filter(listing__vertical=metric.vertical_id)
        assert metric.questions == answers.count()
        assert metric.correct == answers.filter(greedy_correct=True).count()
        assert metric.unparseable == answers.filter(greedy="").count()


@pytest.mark.django_db(transaction=True)
def test_figures_are_those_that_a_round_would_keep_of_the_same_answers() -> None:
    fill("--predictions", "0")
    before = _figures()
    assert len(before["RoundFigure"]) > 1800 and len(before["Difference"]) == 2 * 73
    figures_record(round_id=2, iteration=2)
    assert _figures() == before


def _figures() -> dict[str, set[tuple[object, ...]]]:
    """Of one model; without what depends on retired listings and on the champion's history."""
    kept = {
        RoundFigure: ("vertical", "attribute", "name", "answer", "value", "low", "high", "count", "hits"),
        Confusion: ("attribute", "truth", "said", "count"),
        Difference: ("against", "vertical", "attribute", "questions", "alone", "other_alone", "p_value"),
    }
    found = {}
    for model, fields in kept.items():
        rows = model._default_manager.filter(round=2, iteration=2)
        if model is RoundFigure:
            rows = rows.exclude(name__startswith="weighted")
        if model is Difference:
            rows = rows.exclude(against="champion")
        found[model.__name__] = set(rows.values_list(*fields))
    return found


def digest(seed: int) -> str:
    """Of rows of each table."""
    until = begin_of(week_of(datetime(2026, 11, 26, tzinfo=UTC)))
    sizes = Sizes(LISTINGS, 5000, 2, seed, until)
    drawn = [*rows.listings(sizes, 20), *rows.labels(sizes), *rows.turns(sizes)]
    drawn += rows.predictions(sizes, (1, 2))
    return sha256(repr(drawn).encode()).hexdigest()


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    assert digest(0) == digest(0) != digest(1)


@pytest.mark.django_db
class TestRefusals:
    def test_a_database_with_listings_is_left_alone(self) -> None:
        ListingFactory.create()
        with pytest.raises(CommandError, match="has listings or users already") as refused:
            fill()
        assert refused.value.returncode == 2
        assert not User.objects.exists()

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (["--listings", "10"], f"give {2 * VERTICALS * (GOLD + SEED)} or more"),
            (["--rounds", "0"], "give 1 or more"),
            (["--predictions", "999999"], "give 0 to 7800"),
        ],
    )
    def test_sizes_that_cannot_be_are_refused(self, words: list[str], problem: str) -> None:
        with pytest.raises(CommandError, match=problem):
            fill(*words)


@pytest.mark.parametrize(
    ("p95", "queries", "is_met"), [(150.0, 15, True), (250.0, 3, False), (9.0, 16, False)]
)
def test_a_slow_page_or_one_of_many_queries_misses_the_target(p95: float, queries: int, is_met: bool) -> None:
    out = StringIO()
    command = Benchmark(stdout=out)
    if is_met:
        command.report({}, {"health": [p95, p95]}, {"health": queries})
    else:
        with pytest.raises(CommandError, match="takes too long, or too many queries"):
            command.report({}, {"health": [p95, p95]}, {"health": queries})
    assert json.loads(out.getvalue().splitlines()[-1])["met"] is is_met

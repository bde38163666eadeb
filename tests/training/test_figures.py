"""Figures are kept when a model is evaluated, and made again for rounds from before."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Model

from catalog.models import Listing, Status
from tests.factories import AttributeFactory
from tests.training.golden import round_by_chance, varied_catalogue
from tests.training.registry import round_over, version_with
from tests.training.rounds import metric, round_figures, round_in
from training import sharding
from training.figures import NAMES, figures_record, round_figures_record
from training.ml.errors import DataError
from training.ml.run import Stage
from training.models import (
    Alias,
    Confusion,
    Difference,
    GoldAnswer,
    Metric,
    Round,
    RoundFigure,
)
from training.results import gold_answers_record, record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("base_model", "queue")]

KEPT: tuple[type[Model], ...] = (RoundFigure, Confusion, Difference)


@pytest.fixture
def round_(base_model: object, queue: object) -> Round:
    """The second round over a catalogue: the first one's best is the champion."""
    varied_catalogue(7)
    round_by_chance(1, iterations=1)
    return round_by_chance(2, iterations=1)


def rows(round_: Round) -> dict[str, list[dict[str, Any]]]:
    """Everything that is kept of the round, whatever the keys of rows."""
    return {
        kind.__name__: sorted(
            ({**one, "id": None} for one in kind._default_manager.filter(round=round_).values()), key=repr
        )
        for kind in KEPT
    }


def computed(*words: str) -> list[str]:
    out = StringIO()
    call_command("metrics_compute", *words, stdout=out)
    return out.getvalue().splitlines()


class TestRecording:
    def test_a_round_keeps_the_figures_of_every_model(self, round_: Round) -> None:
        kept = rows(round_)
        assert {one["iteration"] for one in kept["RoundFigure"]} == {-1, 0, 1}
        assert {one["name"] for one in kept["RoundFigure"]} == set(NAMES)
        assert {one["iteration"] for one in kept["Confusion"]} == {-1, 0, 1}
        against = {(one["iteration"], one["against"]) for one in kept["Difference"]}
        assert against == {(0, "previous"), (0, "champion"), (1, "previous"), (1, "champion")}

    @pytest.mark.parametrize("strategy", ["self_training", "sft"])
    def test_so_does_one_of_another_strategy(self, round_: Round, strategy: Any) -> None:
        other = round_by_chance(5, iterations=1, strategy=strategy)
        measured = set(Metric.objects.filter(round=other).values_list("iteration", flat=True))
        assert {one["iteration"] for one in rows(other)["RoundFigure"]} == measured

    def test_confusions_add_up_to_the_questions_of_each_attribute(self, round_: Round) -> None:
        for found in Metric.objects.filter(round=round_, attribute__isnull=False, method="greedy"):
            pairs = Confusion.objects.filter(
                round=round_, iteration=found.iteration, attribute=found.attribute
            ).values_list("truth", "said", "count")
            assert sum(count for _, _, count in pairs) == found.questions
            assert sum(count for truth, said, count in pairs if truth == said) == found.correct
            assert sum(count for _, said, count in pairs if not said) == found.unparseable

    def test_a_stage_that_is_done_again_replaces_what_there_was(self, round_: Round) -> None:
        before = rows(round_)
        run = sharding.prepare(round_.pk).run
        stage = Stage(1, "evaluate")
        with transaction.atomic():
            record(round_id=round_.pk, run=run, stage=stage, result=run.result(stage))
        assert rows(round_) == before

    def test_listings_that_left_the_catalogue_are_not_counted_among_answers(self, round_: Round) -> None:
        listing = Listing.objects.get(external_id="lamp-gold-0")
        listing.labels.all().delete()
        listing.delete()
        gold_answers_record(
            round_id=round_.pk,
            iteration=1,
            run=sharding.prepare(round_.pk).run,
            stage=Stage(1, "evaluate"),
        )
        figures_record(round_id=round_.pk, iteration=1)
        counts = Confusion.objects.filter(round=round_, iteration=1, attribute__code="shape")
        assert sum(one.count for one in counts) == 10

    def test_a_retired_listing_weighs_nothing_in_the_catalogue(self, round_: Round) -> None:
        weighted = RoundFigure.objects.filter(round=round_, iteration=1, name="weighted_accuracy")
        before = weighted.get().value
        Listing.objects.filter(vertical__code="lamp").update(retired=True)
        figures_record(round_id=round_.pk, iteration=1)
        kurta = Metric.objects.filter(
            round=round_, iteration=1, method="greedy", vertical__code="kurta", attribute__isnull=False
        )
        assert weighted.get().value == pytest.approx(sum(one.value for one in kurta) / 2)
        assert weighted.get().value != before

    def test_a_catalogue_without_listings_has_no_weighted_mean(self) -> None:
        round_ = round_over({"bag": 4})
        version_with(round_, {"bag": 3})
        Listing.objects.update(retired=True)
        figures_record(round_id=round_.pk, iteration=0)
        assert not RoundFigure.objects.filter(name="weighted_accuracy").exists()


class TestChampionOfTheTime:
    def test_it_is_the_one_when_the_round_was_started(self, round_: Round) -> None:
        third = round_by_chance(3, iterations=1)
        Alias.objects.all().delete()
        others = Difference.objects.filter(round=third, against="champion").values_list("other_round")
        assert set(others) == {(Round.objects.order_by("pk")[0].pk,)}

    def test_the_first_round_has_none(self, round_: Round) -> None:
        first = Round.objects.order_by("pk")[0]
        assert not Difference.objects.filter(round=first, against="champion").exists()

    def test_one_whose_answers_were_not_kept_is_left_out(self, round_: Round) -> None:
        GoldAnswer.objects.exclude(round=round_).delete()
        figures_record(round_id=round_.pk, iteration=1)
        assert set(
            Difference.objects.filter(round=round_, iteration=1).values_list("against", flat=True)
        ) == {"previous"}


class TestCommand:
    def test_it_makes_of_stored_answers_what_rounds_kept_themselves(self, round_: Round) -> None:
        before = [rows(one) for one in Round.objects.order_by("pk")]
        for kind in KEPT:
            kind._default_manager.all().delete()
        said = computed()
        assert [rows(one) for one in Round.objects.order_by("pk")] == before
        assert computed() == said
        assert [rows(one) for one in Round.objects.order_by("pk")] == before
        total = sum(len(kept) for found in before for kept in found.values())
        assert json.loads(said[-1]) == {"rounds": 2, "rows": total}

    def test_other_figures_of_the_round_stay(self, round_: Round) -> None:
        RoundFigure.objects.create(round=round_, iteration=0, name="pairs_made", value=3, count=3)
        computed("--round", str(round_.pk))
        assert RoundFigure.objects.filter(name="pairs_made").exists()

    def test_a_round_keeps_all_that_it_had_where_one_of_its_models_fails(self, round_: Round) -> None:
        before = rows(round_)
        with connection.execute_wrapper(Lost("training_difference", 2)), pytest.raises(OperationalError):
            round_figures_record(round_id=round_.pk)
        assert rows(round_) == before

    @pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
    def test_a_round_that_runs_is_left_to_its_worker(self, status: Status) -> None:
        round_ = round_in(status)
        metric(round_, 0, correct=3)
        with pytest.raises(CommandError, match=f"round {round_.pk} is {status}: its worker keeps") as refused:
            computed("--round", str(round_.pk))
        assert refused.value.returncode == 2
        assert json.loads(computed()[-1]) == {"rounds": 0, "rows": 0}

    def test_a_round_that_is_not_there_is_named(self) -> None:
        with pytest.raises(DataError, match="there is no round 7"):
            round_figures_record(round_id=7)


class TestConstraints:
    @pytest.mark.parametrize(
        ("changes", "name"),
        [
            ({"name": ""}, "named"),
            ({"low": 0.9, "high": 1.0}, "in_interval"),
            ({"hits": 9}, "hits_within_count"),
            ({"iteration": -2}, "iteration_from_zero_shot"),
        ],
    )
    def test_a_figure_that_cannot_be_is_refused(self, changes: dict[str, Any], name: str) -> None:
        row = RoundFigure(round=round_in(Status.DONE), iteration=0, name="recall", value=0.5, count=8, hits=4)
        for field, value in changes.items():
            setattr(row, field, value)
        with pytest.raises(IntegrityError, match=f"training_roundfigure_{name}"), transaction.atomic():
            row.save()

    def test_a_figure_is_kept_once(self) -> None:
        round_ = round_in(Status.DONE)
        kept = {"round": round_, "iteration": 0, "name": "macro_accuracy", "value": 0.5, "count": 8}
        RoundFigure.objects.create(**kept)
        with pytest.raises(IntegrityError), transaction.atomic():
            RoundFigure.objects.create(**kept)

    def test_counts_of_a_test_add_up(self) -> None:
        round_ = round_in(Status.DONE)
        with pytest.raises(IntegrityError, match="training_difference_counts_add_up"), transaction.atomic():
            Difference.objects.create(
                **{"round": round_, "iteration": 1, "against": "first", "other_round": round_},
                **{"other_iteration": 0, "questions": 8, "right": 5, "other_right": 4},
                **{"alone": 1, "other_alone": 1, "p_value": 1.0},
            )

    def test_a_round_takes_its_figures_along(self) -> None:
        round_ = round_in(Status.DONE)
        round_figures(round_, AttributeFactory.create())
        assert all(kind._default_manager.exists() for kind in KEPT)
        round_.delete()
        assert not any(kind._default_manager.exists() for kind in KEPT)


class Lost:
    """A database that goes away right after so many inserts into a table."""

    def __init__(self, table: str, inserts: int) -> None:
        self.start, self.left = f'INSERT INTO "{table}"', inserts

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if sql.startswith(self.start):
            self.left -= 1
            if not self.left:
                raise OperationalError("the server closed the connection")
        return result

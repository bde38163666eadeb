"""The dashboard of the loop, with figures that are worked out here by hand."""

from decimal import Decimal
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from attrx_web.env import Prices
from catalog.models import Status, Vertical
from tests.factories import VerticalFactory
from tests.training.loops import human_time, loop_round, routing, spread
from tests.training.rounds import metric, round_in
from training.drilldown import Gold, Judged, Votes, listings_address
from training.models import HumanTime, LabelUse, StageTime
from training.pages.loop import Asked, loop_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def kurta() -> Vertical:
    return VerticalFactory.create(code="kurta", label="Kurta")


class TestRounds:
    def test_a_round_has_what_it_learned_from_and_what_came_of_it(self, kurta: Vertical) -> None:
        round_ = loop_round(kurta, pool=4000, before=60, after=75, teaching=600)
        [row] = loop_page(Asked()).rows
        assert (row.round_id, row.pool, row.pairs_used) == (round_.pk, 4000, 30)
        assert (row.taught_text, row.taught_minutes, row.measured_text) == ("10 min", "10.00", "20 min")
        assert row.first is not None and row.best is not None
        assert (row.first.percent, row.best.percent, row.best_label) == ("60.0", "75.0", "Iteration 1")
        assert row.best.interval_text == "66–82"
        assert row.gain_text == "+15.0"
        assert row.mistakes == listings_address(Gold(round_.pk, 1, judged=Judged.WRONG))
        assert row.first_mistakes == listings_address(Gold(round_.pk, 0, judged=Judged.WRONG))

    def test_a_loss_has_a_minus_sign_and_the_first_model_is_then_the_best(self, kurta: Vertical) -> None:
        loop_round(kurta, before=60, after=50)
        [row] = loop_page(Asked()).rows
        assert (row.gain_text, row.best_label) == ("0.0", "SFT")

    def test_of_a_vertical_the_model_is_shown_that_is_best_on_everything(self, kurta: Vertical) -> None:
        lamp = VerticalFactory.create(code="lamp")
        round_ = loop_round(kurta, before=60, after=75)
        for iteration, correct in ((0, 9), (1, 4)):
            metric(round_, iteration, correct=correct, questions=10, vertical=lamp)
        human_time(round_, lamp, LabelUse.REVIEWED, listings=3, timed=3, seconds=90)
        [row] = loop_page(Asked(vertical="lamp")).rows
        assert row.first is not None and row.best is not None
        assert (row.first.percent, row.best.percent, row.gain_text) == ("90.0", "40.0", "−50.0")
        assert (row.taught_text, row.measured_text) == ("1 min 30 s", "")

    def test_rounds_of_another_kind_are_not_held_against_these(self, kurta: Vertical) -> None:
        other = loop_round(kurta, strategy="self_training")
        newest = loop_round(kurta)
        page = loop_page(Asked())
        assert [row.round_id for row in page.rows] == [newest.pk]
        assert [kind.label for kind in page.kinds] == [
            "SFT, then DPO, tiny",
            "Self-training, to compare, tiny",
        ]
        assert all("tiny" not in kind.key for kind in page.kinds)
        page = loop_page(Asked(kind=page.kinds[1].key))
        assert [row.round_id for row in page.rows] == [other.pk]

    def test_only_rounds_that_are_done_are_shown(self, kurta: Vertical) -> None:
        done = loop_round(kurta)
        for status in (Status.QUEUED, Status.RUNNING, Status.FAILED, Status.CANCELLED):
            round_in(status)
        assert [row.round_id for row in loop_page(Asked()).rows] == [done.pk]


class TestCurves:
    def test_rounds_that_differ_make_a_curve(self, kurta: Vertical) -> None:
        loop_round(kurta, pool=1000, teaching=600)
        loop_round(kurta, pool=2000, teaching=700)
        page = loop_page(Asked())
        assert (page.pool_problem, page.time_problem) == ("", "")

    def test_one_round_makes_none_and_the_remedy_is_told(self, kurta: Vertical) -> None:
        loop_round(kurta, pool=1000, teaching=600)
        page = loop_page(Asked())
        assert page.pool_problem.startswith("The only round like this had 1,000 listings in the pool. Import")
        assert page.time_problem == (
            "The only round like this learned from labels that took people 10 min. "
            "Review or label some more, and start another round."
        )

    def test_rounds_with_the_same_pool_and_labels_make_none(self, kurta: Vertical) -> None:
        loop_round(kurta)
        loop_round(kurta)
        page = loop_page(Asked())
        assert page.pool_problem.startswith("All 2 rounds like this had 1,000 listings")
        assert page.time_problem.startswith(
            "All 2 rounds like this learned from labels that took people 10 min"
        )

    def test_rounds_that_do_not_learn_from_the_pool_have_no_curve_over_it(self, kurta: Vertical) -> None:
        loop_round(kurta, pool=1000, strategy="sft")
        loop_round(kurta, pool=2000, strategy="sft")
        assert "do not learn from the pool" in loop_page(Asked()).pool_problem

    def test_imported_labels_took_nobody_time(self, kurta: Vertical) -> None:
        loop_round(kurta)
        HumanTime.objects.update(seconds=0, timed=0)
        page = loop_page(Asked())
        assert "as they were imported: label or review some listings" in page.time_problem
        assert page.rows[0].taught_text == page.costs[0].people_text == ""

    def test_rounds_from_before_times_were_kept_say_how_to_find_out(self, kurta: Vertical) -> None:
        loop_round(kurta)
        HumanTime.objects.all().delete()
        page = loop_page(Asked())
        assert "manage.py metrics_compute counts it" in page.time_problem
        assert page.is_uncounted

    def test_without_an_accuracy_there_is_nothing_to_draw(self, kurta: Vertical) -> None:
        round_ = loop_round(kurta)
        round_.metrics.all().delete()
        page = loop_page(Asked())
        assert page.pool_problem == "No round like this has been measured with a pool yet: start one."
        assert page.time_problem == "No round like this has been measured yet: start one."


class TestInside:
    def test_agreement_is_counted_for_each_model_and_leads_to_the_listings(self, kurta: Vertical) -> None:
        round_ = loop_round(kurta)
        spread(round_, 1, None, [0, 0, 0, 0, 50])
        inside = loop_page(Asked()).inside
        assert inside is not None and inside.agreements is not None
        assert inside.agreements.models == ("SFT", "Iteration 1")
        assert inside.agreements.mean_text == "SFT 82.5 %, Iteration 1 100.0 %"
        assert [(row.percent, *(cell.percent for cell in row.cells)) for row in inside.agreements.rows] == [
            ("0.0", "0.0", "0.0"),
            ("25.0", "10.0", "0.0"),
            ("50.0", "10.0", "0.0"),
            ("75.0", "20.0", "0.0"),
            ("100.0", "60.0", "100.0"),
        ]
        behind = Votes(round_.pk, 0, agreement=(0.75, 0.75))
        assert inside.agreements.rows[3].cells[0].address == listings_address(behind)

    def test_verticals_have_their_mean_and_a_chosen_one_its_own_spread(self, kurta: Vertical) -> None:
        lamp = VerticalFactory.create(code="lamp", label="Lamp", position=2)
        round_ = loop_round(kurta)
        spread(round_, 0, lamp, [0, 0, 1, 0, 1])
        inside = loop_page(Asked()).inside
        assert inside is not None
        assert [(row.label, row.newest and row.newest.percent) for row in inside.means] == [
            ("Kurta", "82.5"),
            ("Lamp", "75.0"),
        ]
        inside = loop_page(Asked(vertical="lamp")).inside
        assert inside is not None and inside.agreements is not None
        assert (inside.means, inside.agreements.mean_text) == ((), "SFT 75.0 %")

    def test_an_iteration_made_pairs_of_the_votes_before_it(self, kurta: Vertical) -> None:
        round_ = loop_round(kurta)
        inside = loop_page(Asked()).inside
        assert inside is not None
        [row] = inside.learned
        learned = row.learned
        assert (learned.found, learned.used, learned.from_seed, learned.from_verdicts) == (40, 30, 7, 5)
        assert (row.label, row.questions, row.per_question) == ("Iteration 1", 100, "40.0")
        assert (inside.learns_from, inside.used_label) == ("Pairs", "Pairs used")
        # Of four chains three agree at most where there is something to pair.
        assert row.address == listings_address(Votes(round_.pk, 0, agreement=(0.0, 0.75)))

    def test_stages_and_labels_have_their_time_and_share(self, kurta: Vertical) -> None:
        loop_round(kurta, pool=2000, teaching=600)
        inside = loop_page(Asked()).inside
        assert inside is not None
        assert [
            (row.label, row.device, row.note, row.time_text, row.per_thousand, row.percent)
            for row in inside.machine
        ] == [
            ("Evaluation", "CPU", "", "2 min", "1 min", "3.2"),
            ("Iteration 1, DPO", "NVIDIA A100-SXM4-80GB", "4 processes", "1 h", "30 min", "96.8"),
        ]
        assert [(row.label, row.note, row.time_text, row.percent) for row in inside.people] == [
            ("Seed labels", "10 of 10 listings", "10 min", "33.3"),
            ("Gold labels", "18 of 20 listings", "20 min", "66.7"),
        ]

    def test_another_round_can_be_looked_into(self, kurta: Vertical) -> None:
        first, second = loop_round(kurta), loop_round(kurta)
        for asked, found in ((first.pk, first), (None, second), (999, second)):
            inside = loop_page(Asked(round_id=asked)).inside
            assert inside is not None and inside.round == found


class TestCosts:
    def test_times_are_shared_among_the_pool_and_have_no_price_of_their_own(self, kurta: Vertical) -> None:
        loop_round(kurta, pool=2000, teaching=600)
        [row] = loop_page(Asked()).costs
        assert row.machine is not None
        assert (row.machine.gpu, row.machine.cpu, row.machine.unknown) == (3600, 120, 0)
        assert (row.machine_text, row.machine.parts) == ("1 h 2 min", "GPU 1 h, CPU 2 min")
        assert (row.machine_per_thousand, row.machine_minutes) == ("31 min", "31.000")
        assert (row.people_text, row.people_per_thousand, row.people_minutes) == (
            "30 min",
            "15 min",
            "15.000",
        )
        assert (row.money, row.money_per_thousand) == (None, None)

    def test_prices_make_money_of_gpu_and_work(self, kurta: Vertical, settings: Settings) -> None:
        settings.ATTRX_PRICES = Prices(Decimal("2.50"), Decimal(30), "USD")
        loop_round(kurta, pool=2000, teaching=600)
        [row] = loop_page(Asked()).costs
        # An hour of a GPU for 2.50, half an hour of people for 15.
        assert (str(row.money), str(row.money_per_thousand)) == ("17.50 USD", "8.75 USD")

    def test_with_one_price_the_other_time_costs_nothing(self, kurta: Vertical, settings: Settings) -> None:
        settings.ATTRX_PRICES = Prices(work=Decimal(1200), currency="EUR")
        loop_round(kurta, pool=10, teaching=3600)
        [row] = loop_page(Asked()).costs
        assert (str(row.money), str(row.money_per_thousand)) == ("3,600.00 EUR", "360,000.00 EUR")

    def test_of_a_round_without_a_pool_nothing_is_shared(self, kurta: Vertical) -> None:
        loop_round(kurta, pool=0)
        page = loop_page(Asked())
        assert (page.costs[0].machine_per_thousand, page.costs[0].people_per_thousand) == ("", "")

    def test_two_rounds_make_a_curve_of_costs(self, kurta: Vertical) -> None:
        for pool, is_curve in ((1000, False), (0, False), (2000, True)):
            loop_round(kurta, pool=pool)
            assert loop_page(Asked()).has_cost_curve is is_curve

    def test_a_round_from_before_has_a_device_unknown_or_nothing(self, kurta: Vertical) -> None:
        loop_round(kurta)
        StageTime.objects.update(device="")
        [row] = loop_page(Asked()).costs
        assert row.machine is not None and row.machine.parts == "device unknown"
        StageTime.objects.all().delete()
        [row] = loop_page(Asked()).costs
        assert (row.machine, row.machine_text) == (None, "")


class TestRoutings:
    def test_coverage_and_precision_are_those_that_the_dry_run_found(self, kurta: Vertical) -> None:
        round_ = loop_round(kurta)
        routing(round_, kurta)
        page = loop_page(Asked())
        [row] = page.routings
        assert row.version_label == f"Round {round_.pk}, Iteration 1"
        assert (row.target, row.coverage, row.precision) == ("95", "60.0", "95.0")
        assert (row.bound_percent, row.error_points) == ("95.1", "2.3")
        assert page.curves is not None and len(page.curves.tradeoff) == 2

    def test_a_vertical_has_its_own_coverage_and_no_bound(self, kurta: Vertical) -> None:
        VerticalFactory.create(code="lamp")
        routing(loop_round(kurta), kurta)
        [row] = loop_page(Asked(vertical="kurta")).routings
        assert (row.coverage, row.precision, row.bound_percent) == ("10.0", "90.0", "")
        assert loop_page(Asked(vertical="lamp")).routings == []

    def test_a_routing_that_is_not_done_is_left_out(self, kurta: Vertical) -> None:
        draft: dict[str, Any] = {"state": "draft", "confirmed": None, "summary": {}, "calibration": {}}
        queued: dict[str, Any] = {"status": Status.QUEUED, "started": None, "heartbeat": None}
        nobody: dict[str, Any] = {"finished": None, "worker": ""}
        routing(loop_round(kurta), kurta, **draft, **queued, **nobody)
        page = loop_page(Asked())
        assert (page.routings, page.current, page.curves) == ([], None, None)

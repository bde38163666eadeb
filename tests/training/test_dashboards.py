import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.models import Status
from tests.factories import AttributeFactory, VerticalFactory
from tests.training.rounds import metric, round_in, version_of
from training.dashboards import best_figures, round_dashboard
from training.drilldown import Gold, listings_address
from training.models import Method, Round

pytestmark = pytest.mark.django_db


@pytest.fixture
def measured() -> Round:
    """Zero-shot .2, SFT .6, iteration 1 .5 over two verticals, the second listed first."""
    round_ = round_in(Status.DONE)
    lamp = VerticalFactory.create(code="lamp", label="Lamp", position=2)
    kurta = VerticalFactory.create(code="kurta", label="Kurta", position=1)
    color = AttributeFactory.create(vertical=lamp, code="color", label="Colour")
    for iteration, correct in ((-1, 20), (0, 60), (1, 50)):
        for method, more in ((Method.GREEDY, 0), (Method.MAJORITY, 5)):
            metric(round_, iteration, correct=2 * (correct + more), questions=200, method=method)
            for vertical in (lamp, kurta):
                metric(round_, iteration, correct=correct + more, method=method, vertical=vertical)
            metric(round_, iteration, correct=9, questions=10, method=method, vertical=lamp, attribute=color)
    metric(round_in(Status.DONE), 0, correct=1)
    return round_


def test_the_dashboard_takes_two_queries(
    measured: Round, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        round_dashboard(round_id=measured.pk)


def test_models_come_in_order_with_their_head_room_and_the_best_is_marked(measured: Round) -> None:
    models = round_dashboard(round_id=measured.pk).models
    assert [(model.label, model.greedy.percent, model.majority.percent) for model in models] == [
        ("Zero-shot", "20.0", "25.0"),
        ("SFT", "60.0", "65.0"),
        ("Iteration 1", "50.0", "55.0"),
    ]
    assert [model.greedy.is_best for model in models] == [False, True, False]
    assert [model.head_room_text for model in models] == ["+5.0"] * 3


def test_the_first_model_is_called_as_the_strategy_says(measured: Round) -> None:
    models = round_dashboard(round_id=measured.pk, first_label="Champion").models
    assert [model.label for model in models] == ["Zero-shot", "Champion", "Iteration 1"]


def test_models_name_their_version(measured: Round) -> None:
    version = version_of(measured, 1)
    models = round_dashboard(round_id=measured.pk).models
    assert [model.version_id for model in models] == [None, None, version.pk]


def test_verticals_come_in_the_catalogues_order_with_their_attributes(measured: Round) -> None:
    verticals = round_dashboard(round_id=measured.pk).verticals
    assert [vertical.whole.label for vertical in verticals] == ["Kurta", "Lamp"]
    assert [row.label for row in verticals[1].attributes] == ["Colour"]
    lamp = verticals[1].whole
    assert (lamp.questions, lamp.majority_class_percent) == (100, "25.0")
    assert [figure and figure.interval_text for figure in lamp.figures] == ["13–29", "50–69", "40–60"]
    assert lamp.majority is not None and lamp.majority.percent == "55.0"


def test_every_equal_best_of_a_row_is_marked(measured: Round) -> None:
    color = round_dashboard(round_id=measured.pk).verticals[1].attributes[0]
    assert [figure and figure.is_best for figure in color.figures] == [True, True, True]


def test_the_summary_is_what_the_demo_prints(measured: Round) -> None:
    assert round_dashboard(round_id=measured.pk).summary() == {
        "zero_shot": 0.2,
        "sft": 0.6,
        "iterations": [0.5],
        "majority": [0.65, 0.55],
        "questions": 200,
    }


def test_a_model_that_lacks_a_slice_leaves_a_gap(measured: Round) -> None:
    sofa = VerticalFactory.create(position=3)
    metric(measured, 1, correct=3, questions=4, vertical=sofa)
    figures = round_dashboard(round_id=measured.pk).verticals[2].whole.figures
    assert [figure and figure.percent for figure in figures] == [None, None, "75.0"]


def test_every_figure_leads_to_the_answers_that_it_counts(measured: Round) -> None:
    dashboard = round_dashboard(round_id=measured.pk)
    model, row = dashboard.models[1], dashboard.verticals[1].attributes[0]
    assert model.greedy.address == listings_address(Gold(measured.pk, model.iteration))
    assert model.majority.address == listings_address(
        Gold(measured.pk, model.iteration, method=Method.MAJORITY)
    )
    figure = row.figures[0]
    assert figure is not None and figure.address == listings_address(
        Gold(measured.pk, -1), vertical="lamp", attribute="color"
    )


def test_a_round_without_figures_has_an_empty_dashboard() -> None:
    dashboard = round_dashboard(round_id=round_in(Status.QUEUED).pk)
    assert (dashboard.models, dashboard.verticals, dashboard.whole) == ((), (), None)


def test_a_head_room_below_zero_has_a_minus_sign() -> None:
    round_ = round_in(Status.DONE)
    metric(round_, 0, correct=50)
    metric(round_, 0, correct=48, method=Method.MAJORITY)
    assert round_dashboard(round_id=round_.pk).models[0].head_room_text == "−2.0"


def test_the_list_of_rounds_gets_its_figures_in_one_query(
    measured: Round, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    zero_shot_only = round_in(Status.RUNNING)
    metric(zero_shot_only, -1, correct=10)
    ids = [measured.pk, zero_shot_only.pk, round_in(Status.QUEUED).pk]
    with django_assert_num_queries(1):
        figures = best_figures(round_ids=ids)
    shown = {round_id: (sft and sft.percent, best.percent) for round_id, (sft, best) in figures.items()}
    assert shown == {measured.pk: ("60.0", "60.0"), zero_shot_only.pk: (None, "10.0")}

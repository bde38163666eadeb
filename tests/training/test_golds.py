"""What evaluated models answered on gold is kept, question by question."""

import pytest

from catalog.models import Listing, Status
from tests.fakes import FakeStages
from training import jobs, services, sharding
from training.ml.run import Stage
from training.models import GoldAnswer, Metric, ModelVersion, Round
from training.results import gold_answers_record
from training.selectors.golds import gold_answers

pytestmark = pytest.mark.usefixtures("catalogue", "queue")


@pytest.fixture
def round_(catalogue: None) -> Round:
    round_ = services.round_start(iterations=1)
    claim = services.round_claim(round_id=round_.pk, worker="process 1 on laptop")
    assert claim is not None
    jobs.run_round(claim, run_stage=FakeStages(right={-1: 0, 0: 0.5, 1: 0.75}))
    round_.refresh_from_db()
    assert round_.status == Status.DONE
    return round_


def keep_again(round_: Round, iteration: int = 0) -> None:
    gold_answers_record(
        round_id=round_.pk,
        iteration=iteration,
        run=sharding.prepare(round_.pk).run,
        stage=Stage(iteration, "evaluate"),
    )


def test_every_gold_question_is_kept_of_every_model(round_: Round) -> None:
    rows = gold_answers(round_id=round_.pk).values_list("iteration", "greedy_correct", "majority_correct")
    assert [(iteration, sum(row == (iteration, True, True) for row in rows)) for iteration in (-1, 0, 1)] == [
        (-1, 0),
        (0, 4),
        (1, 6),
    ]
    assert len(rows) == 3 * 8


def test_an_answer_has_truth_words_vote_and_log_probability(round_: Round) -> None:
    one = gold_answers(round_id=round_.pk).filter(iteration=0, greedy_correct=False)[0]
    assert (one.truth, one.greedy, one.majority, one.majority_correct) == ("red", "blue", "blue", False)
    assert (one.agreement, one.chains, one.counts, one.logprob) == (0.75, 4, {"blue": 3}, -1.0)
    assert one.listing.split == "gold" and one.attribute.vertical == one.listing.vertical


def test_answers_add_up_to_the_stored_accuracies(round_: Round) -> None:
    for metric in Metric.objects.filter(round=round_, attribute__isnull=False, method="greedy"):
        rows = gold_answers(round_id=round_.pk).filter(iteration=metric.iteration, attribute=metric.attribute)
        assert (rows.count(), rows.filter(greedy_correct=True).count()) == (metric.questions, metric.correct)


def test_answers_that_are_written_again_replace_those_of_their_model_alone(round_: Round) -> None:
    before = set(GoldAnswer.objects.exclude(iteration=0).values_list("pk", flat=True))
    keep_again(round_)
    assert set(GoldAnswer.objects.exclude(iteration=0).values_list("pk", flat=True)) == before
    assert GoldAnswer.objects.filter(iteration=0).count() == 8


def test_a_listing_that_left_the_catalogue_has_no_answers(round_: Round) -> None:
    listing = Listing.objects.get(external_id="lamp-gold-0")
    listing.labels.all().delete()
    listing.delete()
    keep_again(round_)
    assert GoldAnswer.objects.filter(iteration=0).count() == 6


def test_answers_are_read_by_round_or_by_version(round_: Round) -> None:
    version = ModelVersion.objects.get(iteration=1)
    assert set(gold_answers(version_id=version.pk)) == set(GoldAnswer.objects.filter(iteration=1))
    assert not gold_answers(version_id=0).exists()
    with pytest.raises(ValueError, match="give round_id or version_id"):
        gold_answers()

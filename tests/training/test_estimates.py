"""The next round is estimated at the speed of the last one like it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Status
from tests.training.rounds import round_in, stage_of
from training.ml.estimate import Sizes
from training.ml.params import LoopParams, tiny_params
from training.selectors.estimates import round_estimate

SIZES = Sizes(seed=480, gold=0, pool=0)

pytestmark = pytest.mark.django_db


def params() -> LoopParams:
    return tiny_params(iterations=0)


def done_round(*, spent: float, **result: Any) -> None:
    """A done round whose SFT on 480 examples ended so many seconds after its last attempt began."""
    asked = {"seed": 480, "gold": 0, "pool": 0}
    round_ = round_in(Status.DONE, params=params().to_json(), questions=asked)
    ended = timezone.now()
    stage_of(
        round_,
        Status.DONE,
        started=ended - timedelta(seconds=spent),
        finished=ended,
        result={"examples": 480, **result},
    )


def test_a_round_takes_as_long_as_the_last_one_like_it() -> None:
    done_round(spent=60)
    assert round_estimate(params(), SIZES).seconds == pytest.approx(60)


def test_a_training_that_was_killed_and_went_on_was_not_faster() -> None:
    done_round(spent=5, work_seconds=60.0)
    assert round_estimate(params(), SIZES).seconds == pytest.approx(60)


def test_loading_the_model_counts() -> None:
    done_round(spent=64, work_seconds=60.0)
    assert round_estimate(params(), SIZES).seconds == pytest.approx(64)

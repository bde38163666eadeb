"""Percentiles of times: of many, of one, and of none."""

from __future__ import annotations

import numpy as np
import pytest

from training.ml.times import time_figures


@pytest.mark.parametrize("times", [[3.0, 1.0], [5.0, 2.0, 9.0], [float(one) for one in range(101)]])
def test_percentiles_are_those_of_numpy(times: list[float]) -> None:
    p50, p95 = np.percentile(times, [50, 95])
    found = time_figures(times, counted="pages")
    assert found == {
        **{"pages": len(times), "worst_ms": max(times)},
        **{"p50_ms": pytest.approx(p50, abs=0.051), "p95_ms": pytest.approx(p95, abs=0.051)},
    }


def test_one_time_is_all_of_them_and_no_time_is_nothing() -> None:
    assert time_figures([7.26], counted="requests") == {
        **{"requests": 1, "p50_ms": 7.3, "p95_ms": 7.3, "worst_ms": 7.3}
    }
    assert time_figures([], counted="requests") == {
        **{"requests": 0, "p50_ms": 0.0, "p95_ms": 0.0, "worst_ms": 0.0}
    }

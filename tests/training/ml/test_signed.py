"""Differences in points carry their sign, wherever they stand."""

from __future__ import annotations

import pytest

from training.ml.signed import signed_text


@pytest.mark.parametrize(
    ("points", "text"),
    [(2.94, "+2.9"), (-0.4, "−0.4"), (-12.0, "−12.0"), (0.0, "0.0"), (-0.04, "0.0"), (0.049, "0.0")],
)
def test_a_difference_has_the_sign_of_what_is_written(points: float, text: str) -> None:
    assert signed_text(points) == text

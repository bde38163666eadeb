"""What a dry run counts."""

import pytest

from training.ml.routing import Route, Routed
from training.routing.figures import Figures


def test_questions_are_counted_by_what_becomes_of_them() -> None:
    figures = Figures()
    for chosen, count in ((Route.ACCEPT, 4), (Route.REVIEW, 5), (Route.AUDIT, 1)):
        for _ in range(count):
            figures.add(Routed("q", chosen, 0.9, 0.5, ("", "", "", ""), 0.02), is_labelled=False)
    assert (figures.questions, figures.accepted, figures.reviewed, figures.audited) == (10, 4, 5, 1)
    assert figures.precision == pytest.approx(0.9)
    assert Figures().precision is None

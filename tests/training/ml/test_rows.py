"""Rows hold the questions of a batch in few tokens, and let each see what is its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from training.ml.records import Listing
from training.ml.rows import Asked, Said, Shared, as_rows, lay_out

LISTING = Listing("bag-1", "bag", (Path("1.png"),))


def asked(*lengths: int) -> list[Asked]:
    """Questions that take so many tokens each."""
    return [Asked([7] * length, [Said(0, 0, [1])]) for length in lengths]


def shared(*questions: Sequence[int]) -> list[Shared]:
    return [Shared(LISTING, f"prefix {number}", asked(*lengths)) for number, lengths in enumerate(questions)]


@pytest.mark.parametrize(
    ("questions", "prefix", "expected"),
    [
        ([[5, 5, 5], [5, 5, 5]], 10, [[5, 5, 5], [5, 5, 5]]),
        ([[5, 5, 5, 5, 5], [5], [5]], 12, [[5, 5], [5, 5, 5], [5], [5]]),
        ([[5, 5, 5, 5, 5], [5], [5]], 100, [[5, 5, 5, 5, 5], [5], [5]]),
        ([[50, 5, 5, 5], [5]], 10, [[50, 5, 5, 5], [5]]),
        ([[4], [4], [4]], 10, [[4], [4], [4]]),
    ],
)
def test_rows_are_those_with_the_fewest_tokens(
    questions: list[list[int]], prefix: int, expected: list[list[int]]
) -> None:
    rows = as_rows(shared(*questions), prefix)
    assert [[one.length for one in row.questions] for row in rows] == expected
    assert [row.text for row in rows] == sorted(row.text for row in rows)


def test_many_questions_of_one_listing_never_make_a_batch_longer_than_separate_rows() -> None:
    for many in range(1, 20):
        for prefix in (1, 10, 100):
            rows = as_rows(shared([5] * many, [5], [5], [5]), prefix)
            tokens = len(rows) * (prefix + max(sum(one.length for one in row.questions) for row in rows))
            assert tokens <= (many + 3) * (prefix + 5)
            assert sum(len(row.questions) for row in rows) == many + 3


def test_a_token_sees_the_prefix_its_question_and_its_own_completion() -> None:
    questions = [
        Asked([11, 12], [Said(0, 0, [1, 2, 3]), Said(0, 1, [4, 5])]),
        Asked([13], [Said(1, 0, [6, 7]), Said(1, 1, [8])]),
    ]
    tails = lay_out([Shared(LISTING, "", questions), Shared(LISTING, "", questions[1:])], pad=0)
    assert tails.ids.tolist() == [[11, 12, 1, 2, 4, 13, 6], [13, 6, 0, 0, 0, 0, 0]]
    assert tails.steps.tolist() == [[0, 1, 2, 3, 2, 0, 1], [0, 1, 0, 0, 0, 0, 0]]
    seen = tails.seen(torch.tensor([[False, True], [True, True]])).int()
    assert seen.shape == (2, 1, 9, 9)
    assert seen[0, 0].tolist() == [
        [1, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 1, 0, 0, 0, 0, 0],
        [0, 1, 1, 1, 1, 0, 0, 0, 0],
        [0, 1, 1, 1, 1, 1, 0, 0, 0],
        [0, 1, 1, 1, 0, 0, 1, 0, 0],
        [0, 1, 0, 0, 0, 0, 0, 1, 0],
        [0, 1, 0, 0, 0, 0, 0, 1, 1],
    ]
    assert seen[1, 0, :4].tolist() == [
        [1, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0, 0, 0],
    ]
    assert not seen[1, 0, :4, 4:].any()


def test_each_token_of_a_completion_is_predicted_by_the_one_before_it() -> None:
    questions = [Asked([11, 12], [Said(4, 0, [1, 2, 3]), Said(4, 1, [4])]), Asked([13], [Said(2, 0, [6, 7])])]
    tails = lay_out([Shared(LISTING, "", questions)], pad=0)
    assert tails.predictors == [
        (0, Said(4, 0, [1, 2, 3]), [1, 2, 3]),
        (0, Said(4, 1, [4]), [1]),
        (0, Said(2, 0, [6, 7]), [4, 5]),
    ]

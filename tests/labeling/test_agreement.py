"""Checked against independent implementations: krippendorff and scikit-learn."""

import warnings
from collections import Counter
from collections.abc import Sequence

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from labeling.agreement import FEW, Agreement, Share, Tally, cohen_kappa, confusions, krippendorff_alpha

# K. Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011, section C: four people, 12 questions.
FOUR_PEOPLE = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
# J. Cohen, 1960, table 1, as counts of 200: kappa is .492.
COHEN = {
    **{("1", "1"): 88, ("1", "2"): 14, ("1", "3"): 18},
    **{("2", "1"): 10, ("2", "2"): 40, ("2", "3"): 10},
    **{("3", "1"): 2, ("3", "2"): 6, ("3", "3"): 12},
}

ANSWERS = st.sampled_from("abcd")
PAIRS = st.lists(st.tuples(ANSWERS, ANSWERS), min_size=1, max_size=30)
TABLES = st.integers(2, 5).flatmap(
    lambda people: st.lists(
        st.lists(st.one_of(st.none(), st.integers(1, 4)), min_size=people, max_size=people),
        min_size=1,
        max_size=12,
    )
)


def tally_of(questions: Sequence[Sequence[int | None]]) -> Tally[int]:
    tally = Tally[int]()
    for answers in questions:
        tally.add({person: answer for person, answer in enumerate(answers) if answer is not None})
    return tally


def columns(people: Sequence[Sequence[int | None]]) -> list[list[int | None]]:
    return [list(question) for question in zip(*people, strict=True)]


def test_alpha_of_the_published_example() -> None:
    found = krippendorff_alpha([tally_of(columns(FOUR_PEOPLE))])
    assert found.beyond == pytest.approx(0.743, abs=5e-4)
    assert found.questions == 11, "one of twelve has a single answer"


def test_kappa_of_the_published_example() -> None:
    found = cohen_kappa([COHEN])
    assert found.beyond == pytest.approx(0.492, abs=5e-4)
    assert found.observed == pytest.approx(0.70)
    assert found.questions == 200


@given(TABLES)
def test_alpha_is_what_the_library_of_its_name_says(questions: list[list[int | None]]) -> None:
    several = [answers for answers in questions if sum(answer is not None for answer in answers) > 1]
    assume(len({answer for answers in several for answer in answers if answer is not None}) > 1)
    table = np.array(
        [[np.nan if answer is None else answer for answer in answers] for answers in questions]
    ).T
    with warnings.catch_warnings(action="ignore"):
        expected = krippendorff.alpha(reliability_data=table, level_of_measurement="nominal")
    assert krippendorff_alpha([tally_of(questions)]).beyond == pytest.approx(expected, abs=1e-9)


@given(PAIRS)
def test_kappa_is_what_scikit_learn_says(pairs: list[tuple[str, str]]) -> None:
    firsts, seconds = zip(*pairs, strict=True)
    assume(len({*firsts, *seconds}) > 1)
    found = cohen_kappa([Counter(pairs)])
    assert found.beyond == pytest.approx(cohen_kappa_score(firsts, seconds), abs=1e-9)
    assert found.observed == pytest.approx(np.mean([first == second for first, second in pairs]))


@given(PAIRS)
def test_kappa_does_not_depend_on_who_is_first(pairs: list[tuple[str, str]]) -> None:
    turned = [(second, first) for first, second in pairs]
    one, other = cohen_kappa([Counter(pairs)]), cohen_kappa([Counter(turned)])
    assert (one.beyond is None) == (other.beyond is None)
    assert one.beyond is None or one.beyond == pytest.approx(other.beyond)


def test_where_everybody_always_says_the_same_there_is_nothing_beyond_chance() -> None:
    same = tally_of([[1, 1], [1, 1]])
    assert krippendorff_alpha([same]) == Agreement(2, 1.0, None)
    assert cohen_kappa([Counter({("a", "a"): 9})]) == Agreement(9, 1.0, None)


def test_without_a_question_nothing_is_known() -> None:
    assert (
        krippendorff_alpha([Tally[int]()]) == cohen_kappa([]) == cohen_kappa([{}]) == Agreement(0, 0.0, None)
    )


def test_people_who_answer_at_random_are_near_zero_and_opposites_below() -> None:
    random = np.random.default_rng(0)
    pairs = Counter(zip(*random.integers(0, 3, (2, 20_000)).tolist(), strict=True))
    assert cohen_kappa([pairs]).beyond == pytest.approx(0, abs=0.02)
    assert cohen_kappa([Counter({("a", "b"): 5, ("b", "a"): 5})]).beyond == pytest.approx(-1)


def test_over_attributes_chance_is_that_within_each() -> None:
    """Two attributes whose answers tell nothing would look like agreement if their answers were mixed."""
    color, fabric = Counter({("red", "red"): 10}), Counter({("wool", "wool"): 5, ("wool", "silk"): 5})
    assert cohen_kappa([color + fabric]).beyond == pytest.approx(0.6)
    assert cohen_kappa([color, fabric]).beyond == pytest.approx(0)
    tallies = []
    for answers in (color, fabric):
        tally = Tally[str]()
        for (first, second), count in answers.items():
            for _ in range(count):
                tally.add({1: first, 2: second})
        tallies.append(tally)
    alone = krippendorff_alpha(tallies[1:])
    assert krippendorff_alpha(tallies).beyond == alone.beyond
    assert krippendorff_alpha(tallies).questions == 20


def test_a_question_with_one_answer_is_not_counted() -> None:
    tally = Tally[str]()
    tally.add({1: "a"})
    tally.add({})
    assert (tally.questions, tally.pairs, tally.together) == (0, {}, {})


def test_confusions_count_pairs_of_people_whatever_their_order() -> None:
    tally = Tally[str]()
    tally.add({3: "navy", 1: "black", 2: "navy"})
    tally.add({1: "navy", 2: "black"})
    assert confusions(tally) == {frozenset(("navy", "black")): 3, frozenset(("navy",)): 1}
    assert tally.pairs[1, 2] == {("black", "navy"): 1, ("navy", "black"): 1}
    assert set(tally.pairs) == {(1, 2), (1, 3), (2, 3)}


def test_few_questions_make_a_figure_thin() -> None:
    assert Agreement(FEW - 1, 1.0, 1.0).is_thin
    assert not Agreement(FEW, 1.0, 1.0).is_thin
    assert Share(FEW - 1, FEW - 1).is_thin
    assert not Share(0, FEW).is_thin


def test_a_share_has_the_interval_of_wilson() -> None:
    assert Share(8, 10).interval == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert Share(10, 10).interval[1] == pytest.approx(1)
    assert Share(0, 0).interval == (0.0, 1.0)
    assert Share(0, 0).value is None
    assert Share(1, 4).value == 0.25

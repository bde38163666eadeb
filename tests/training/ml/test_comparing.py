"""Two versions are compared on what both were asked, by the labels of the newer round."""

from collections.abc import Mapping

import pytest

from training.ml.comparing import compare
from training.ml.gate import GoldAnswers, GoldQuestion


def answers(
    said: Mapping[str, str | None], *, number: int = 1, truth: str = "red", asked: str = "same"
) -> GoldAnswers:
    """Answers to questions "vertical-n/attribute"."""
    questions = {
        name: GoldQuestion(name.partition("-")[0], asked, truth, name.partition("/")[2]) for name in said
    }
    return GoldAnswers(number, questions, said)


def test_each_slice_counts_who_is_right_alone() -> None:
    first = answers({"bag-1/color": "red", "bag-2/color": "red", "bag-2/strap": "red", "cap-1/color": None})
    second = answers({"bag-1/color": "blue", "bag-2/color": "red", "bag-2/strap": None, "cap-1/color": "red"})
    found = compare(first, second)
    assert found.whole is not None
    shown = [
        (one.label, one.questions, one.first_right, one.second_right, one.first_alone, one.second_alone)
        for vertical in found.verticals
        for one in (vertical.whole, *vertical.attributes)
    ]
    assert shown == [
        ("bag", 3, 3, 1, 2, 0),
        ("color", 2, 2, 1, 1, 0),
        ("strap", 1, 1, 0, 1, 0),
        ("cap", 1, 0, 1, 0, 1),
        ("color", 1, 0, 1, 0, 1),
    ]
    assert (found.whole.questions, found.whole.points) == (4, 25.0)


def test_the_p_value_is_that_of_the_paired_test() -> None:
    first = answers({f"bag-{n}/color": "red" for n in range(8)})
    second = answers({f"bag-{n}/color": "blue" for n in range(8)})
    whole = compare(first, second).whole
    assert whole is not None and whole.p_value == pytest.approx(2 / 2**8)


def test_what_one_was_never_asked_in_this_form_is_left_out() -> None:
    first = answers({"bag-1/color": "red", "bag-2/color": "red"})
    second = answers({"bag-1/color": "red"}, asked="otherwise")
    found = compare(first, second)
    assert (found.whole, found.verticals, found.only_first, found.only_second) == (None, (), 2, 1)


def test_both_are_judged_by_the_labels_of_the_newer_round() -> None:
    first = answers({"bag-1/color": "blue"}, number=3, truth="blue")
    second = answers({"bag-1/color": "red"}, number=2, truth="red")
    for found in (compare(first, second), compare(second, first)):
        (judged,) = found.judged
        assert (judged.truth, found.relabelled) == ("blue", 1)
    assert compare(first, second).judged[0].first_right


def test_questions_come_by_vertical_and_listing_even_where_names_hold_a_slash() -> None:
    first = answers({"cap-1/a/b": "red", "bag-2/color": "red", "bag-1/color": "red"})
    found = compare(first, first)
    assert [(one.listing_id, one.attribute) for one in found.judged] == [
        ("bag-1", "color"),
        ("bag-2", "color"),
        ("cap-1", "a/b"),
    ]

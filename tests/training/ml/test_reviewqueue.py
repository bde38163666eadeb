import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.ml.errors import DataError
from training.ml.reviewqueue import ReviewQueue
from training.ml.routing import Route, Routed


def routed(number: int, value: float, confusion: str = "a", chosen: Route = Route.REVIEW) -> Routed:
    return Routed(f"q{number:05}", chosen, 0.5, value, ("cap", confusion, "x", "y"), 0.02)


def naive(questions: list[Routed], size: int, fading: float) -> list[str]:
    """The order by its definition: take what is worth most, one after the other."""
    left, taken, order = list(questions), Counter[object](), list[str]()
    while left and len(order) < size:
        best = min(left, key=lambda one: (-one.value / (1 + taken[one.confusion]) ** fading, one.question_id))
        left.remove(best)
        taken[best.confusion] += 1
        order.append(best.question_id)
    return order


@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.25, 0.5, 0.77, 1.0]), st.sampled_from("abc")), max_size=40),
    st.integers(1, 50),
    st.sampled_from([0.5, 1.0]),
)
def test_it_is_the_order_of_taking_the_best_each_time(
    drawn: list[tuple[float, str]], size: int, fading: float
) -> None:
    questions = [routed(number, *one) for number, one in enumerate(drawn)]
    queue = ReviewQueue(size, fading=fading)
    for one in questions:
        queue.add(one)
    worth = [one.question_id for one in queue.ordered()]
    values = {one.question_id: one.value for one in questions}
    # Equal worths of two confusions may be taken in either order: what was chosen is worth the same.
    assert sorted(values[name] for name in worth) == sorted(
        values[name] for name in naive(questions, size, fading)
    )


def test_a_stream_gives_what_all_at_once_gives() -> None:
    chance = random.Random(0)
    questions = [routed(number, chance.random(), chance.choice("abcdefgh")) for number in range(20_000)]
    streamed, whole = ReviewQueue(50), ReviewQueue(20_000)
    for one in questions:
        streamed.add(one)
        whole.add(one)
    assert streamed.ordered() == whole.ordered()[:50]


def test_one_confusion_does_not_fill_the_queue() -> None:
    queue = ReviewQueue(20)
    for number in range(1000):
        queue.add(routed(number, 0.9, "frequent"))
    for number in range(1000, 1100):
        queue.add(routed(number, 0.6, "rare"))
    counts = Counter(one.confusion[1] for one in queue.ordered())
    assert counts["rare"] >= 5 and counts["frequent"] > counts["rare"]


def test_without_fading_it_is_the_order_of_values() -> None:
    queue = ReviewQueue(3, fading=0)
    for number, value in enumerate([0.2, 0.9, 0.5, 0.9]):
        queue.add(routed(number, value))
    assert [one.question_id for one in queue.ordered()] == ["q00001", "q00003", "q00002"]


def test_only_what_is_for_review_waits() -> None:
    queue = ReviewQueue(5)
    queue.add(routed(1, 0.9, chosen=Route.AUDIT))
    queue.add(routed(2, 0.9, chosen=Route.ACCEPT))
    assert queue.ordered() == []


@pytest.mark.parametrize(("size", "fading"), [(0, 0.5), (5, -1.0)])
def test_an_impossible_queue_is_refused(size: int, fading: float) -> None:
    with pytest.raises(DataError):
        ReviewQueue(size, fading=fading)

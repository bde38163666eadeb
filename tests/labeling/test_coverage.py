import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.coverage import Coverage, Titles, coverage, hole_fillers, words_of

COLOR = [
    ("White", ("color", "white")),
    ("Off White", ("color", "off-white")),
    ("ecru", ("color", "off-white")),
    ("V", ("neck", "v")),
    ("V-neck", ("neck", "v")),
    ("Cotton", ("fabric", "cotton")),
    ("Cotton", ("lining", "cotton")),
    ("3/4", ("sleeve", "three-quarter")),
    ("Größe", ("note", "size")),
]


def test_values_are_counted_in_the_order_in_which_they_are_offered() -> None:
    found = coverage("color", ["red", "blue", "green"], [(["blue"], 2), (["blue", "red"], 1), ([], 4)])
    assert list(found.counts.items()) == [("red", 1), ("blue", 3), ("green", 0)]
    assert found.missing == ["green"]
    assert found.shown == 2


def test_values_that_are_not_offered_any_more_do_not_count() -> None:
    assert coverage("color", ["red"], [(["mauve"], 5)]) == Coverage("color", {"red": 0})


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("A white shirt", {("color", "white")}),
        ("OFF-WHITE shirt", {("color", "off-white")}),
        ("ecru, white", {("color", "off-white"), ("color", "white")}),
        ("Whitened", set()),
        ("v neck", {("neck", "v")}),
        ("Model V", set()),
        ("cotton dress", {("fabric", "cotton"), ("lining", "cotton")}),
        ("dress with 3/4 sleeves", {("sleeve", "three-quarter")}),
        ("GRÖSSE 4", {("note", "size")}),
        ("", set()),
    ],
)
def test_titles_name_values_by_whole_words(title: str, shown: set[tuple[str, str]]) -> None:
    assert Titles(COLOR).shown(title) == shown


def test_without_names_no_title_shows_anything() -> None:
    assert Titles([]).shown("white shirt") == set()


@given(st.text(), st.text(), st.text(min_size=2).filter(words_of))
def test_a_name_is_found_wherever_it_stands_as_words(before: str, after: str, name: str) -> None:
    titles = Titles([(name, ("a", "b"))])
    known = sum(map(len, words_of(name))) >= 2
    if known and words_of(f"{before} {name} {after}") == words_of(before) + words_of(name) + words_of(after):
        assert titles.shown(f"{before} {name} {after}") == {("a", "b")}


def test_fillers_are_those_that_may_show_most_of_what_is_missing() -> None:
    missing = {("color", "red"), ("color", "blue"), ("neck", "v")}
    hints = {
        7: [("color", "red")],
        8: [("color", "red"), ("neck", "v"), ("fabric", "wool")],
        9: [("fabric", "wool")],
        10: [("neck", "v"), ("color", "blue")],
    }
    assert hole_fillers(missing, hints, 5) == [8, 10]
    assert hole_fillers(missing, hints, 1) == [8]
    assert hole_fillers(set(), hints, 5) == []
    assert hole_fillers(missing, {}, 5) == []


SHOWS = st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"))


@given(st.sets(SHOWS), st.dictionaries(st.integers(0, 6), st.sets(SHOWS)), st.integers(0, 6))
def test_every_filler_adds_something_and_enough_fill_all_that_can_be(
    missing: set[tuple[str, str]], hints: dict[int, set[tuple[str, str]]], count: int
) -> None:
    filled: set[tuple[str, str]] = set()
    for listing in hole_fillers(missing, hints, count):
        assert (hints[listing] & missing) - filled
        filled |= hints[listing] & missing
    can_be = missing & {shows for some in hints.values() for shows in some}
    assert {shows for one in hole_fillers(missing, hints, 99) for shows in hints[one] & missing} == can_be

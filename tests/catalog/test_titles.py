import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.titles import TitleWords, flat_text, stable_number, title_words

titles = st.lists(st.text("ab c1é-", max_size=12), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Chaz Kangeroo Hoodie", {"chaz", "kangeroo", "hoodie"}),
        ("HOODIE, chaz (Kangeroo) XL", {"chaz", "kangeroo", "hoodie"}),
        ("Case for iPhone 12, 128GB", {"case", "for", "iphone"}),
        ("501", {"501"}),
        ("XL 42", {"xl", "42"}),
        ("t-shirt", {"t", "shirt"}),
        ("ＣＡＦÉ", {"café"}),
        (" – ", set()),
    ],
)
def test_sizes_numbers_case_and_punctuation_do_not_tell_products_apart(title: str, words: set[str]) -> None:
    assert title_words(title) == words


def test_likeness_is_the_share_of_words_in_both() -> None:
    words = TitleWords()
    words.add(["red wool hat", "hat of wool, red", "blue cap", ""])
    words.add(["red cap"])
    likeness = words.likeness(np.array([0, 0, 2, 3, 3]), np.array([1, 2, 4, 0, 3]))
    assert likeness[:3].tolist() == [3 / 4, 0, 1 / 3]
    assert np.isnan(likeness[3:]).all()


@given(titles)
def test_likeness_is_that_of_the_sets(given_titles: list[str]) -> None:
    words = TitleWords()
    words.add(given_titles)
    left, right = (side.ravel() for side in np.indices((len(given_titles), len(given_titles))))
    sets = [title_words(title) for title in given_titles]
    for one, other, likeness in zip(left, right, words.likeness(left, right), strict=True):
        if sets[one] and sets[other]:
            assert likeness == len(sets[one] & sets[other]) / len(sets[one] | sets[other])
        else:
            assert np.isnan(likeness)


def test_titles_of_the_same_words_have_the_same_key_and_empty_ones_have_none() -> None:
    words = TitleWords()
    words.add(["red hat", "Hat, red XL", "blue hat", ""])
    same, also, other, empty = words.keys(np.arange(4)).tolist()
    assert same == also != other
    assert empty == 0
    assert len(words) == 4


def test_numbers_of_texts_are_pinned_so_that_every_process_has_the_same() -> None:
    assert stable_number("a") == 4681665781835383343
    assert stable_number("a") != stable_number("b")


def test_case_and_spacing_do_not_tell_texts_apart() -> None:
    assert flat_text("  A fine\n SHIRT ") == flat_text("a Fine shirt") != flat_text("a fine skirt")

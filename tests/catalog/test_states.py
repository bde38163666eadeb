import pytest

from catalog.states import SPELLINGS, State, state_of


@pytest.mark.parametrize("text", ["not_visible", "Not visible", " NOT-VISIBLE ", "not  visible"])
def test_a_state_is_read_in_any_case_and_with_any_separator(text: str) -> None:
    assert state_of(text) is State.NOT_VISIBLE


@pytest.mark.parametrize("text", ["visible", "notvisible", "unknown brand", ""])
def test_other_texts_are_no_state(text: str) -> None:
    assert state_of(text) is None


def test_every_spelling_that_the_database_refuses_is_a_state() -> None:
    assert {state_of(spelling) for spelling in SPELLINGS} == set(State)

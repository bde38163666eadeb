from catalog.schema.keys import COMMAND_KEYS, STATE_KEYS, VALUE_KEYS, question_of, value_keys
from catalog.schema.parts import AttributeSpec, ValueSpec
from catalog.states import State


def test_values_take_digits_then_letters_then_no_key() -> None:
    keys = value_keys(40)
    assert keys[:12] == ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "b", "d"]
    assert len(keys) == 40
    assert keys[25:] == [""] * 15


def test_no_key_means_two_things() -> None:
    taken = [*STATE_KEYS.values(), *COMMAND_KEYS.values()]
    assert len({*VALUE_KEYS, *taken}) == len(VALUE_KEYS) + len(taken) == 36


def test_a_question_offers_what_is_not_retired_and_every_state() -> None:
    values = (ValueSpec("red", "Red"), ValueSpec("old", "Old", retired=True), ValueSpec("blue", "Blue"))
    question = question_of(AttributeSpec("colour", "Colour", values=values))
    assert [(choice.key, choice.label) for choice in question.values] == [("1", "Red"), ("2", "Blue")]
    assert [choice.label for choice in question.states] == ["Not visible", "Not applicable", "Unknown"]
    assert len(question.states) == len(State)
    assert not question.has_guideline


def test_more_values_than_keys_are_searched() -> None:
    def asked(count: int) -> bool:
        values = tuple(ValueSpec(f"v{number}", f"Value {number}") for number in range(count))
        return question_of(AttributeSpec("size", "Size", values=values)).is_searched

    assert not asked(len(VALUE_KEYS))
    assert asked(len(VALUE_KEYS) + 1)

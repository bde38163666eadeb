"""The keys by which people answer: one for each state, and one for each of the first values. Pure."""

from dataclasses import dataclass
from itertools import chain, repeat
from string import ascii_lowercase, digits

from catalog.schema.parts import AttributeSpec
from catalog.states import State

STATE_KEYS = {State.NOT_VISIBLE: "n", State.NOT_APPLICABLE: "a", State.UNKNOWN: "u"}
COMMAND_KEYS = {
    "evidence": "e",
    "undo": "z",
    "wrong": "w",
    "skip": "s",
    "postpone": "p",
    "flag": "f",
    "comment": "c",
    "guideline": "g",
    "screen": "v",
}
"""Of the labelling screen. They mean the same on every question, so no value has one of them."""

_TAKEN = {*STATE_KEYS.values(), *COMMAND_KEYS.values()}
VALUE_KEYS = (
    *digits[1:],
    *digits[:1],
    *(letter for letter in ascii_lowercase if letter not in _TAKEN),
)
"""1 to 9, 0, then the letters that nothing else uses."""


def value_keys(count: int) -> list[str]:
    """The key of each of so many values, in order; values beyond the keys have none: typing finds them."""
    return [key for key, _ in zip(chain(VALUE_KEYS, repeat("")), range(count), strict=False)]


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that people can give, and its key; empty: none."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """An attribute as people are asked."""

    attribute: AttributeSpec
    values: tuple[Choice, ...]
    states: tuple[Choice, ...]

    @property
    def is_searched(self) -> bool:
        """There are more values than keys: typing finds them."""
        return len(self.values) > len(VALUE_KEYS)

    @property
    def has_guideline(self) -> bool:
        """There is something to read about hard cases."""
        return bool(self.attribute.guideline or self.attribute.examples)


def question_of(attribute: AttributeSpec) -> Question:
    """The question with the values that are offered now and the states, each with its key."""
    offered = attribute.offered
    return Question(
        attribute,
        tuple(Choice(key, one.label) for key, one in zip(value_keys(len(offered)), offered, strict=True)),
        tuple(Choice(key, state.value.replace("_", " ").capitalize()) for state, key in STATE_KEYS.items()),
    )

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.schema.changes import Kind, changes_between, moved
from catalog.schema.parts import AttributeSpec, Example, ValueSpec, VerticalSpec

RED, BLUE, NAVY = (ValueSpec(label.lower(), label) for label in ("Red", "Blue", "Navy"))
COLOUR = AttributeSpec("colour", "Colour", "Main colour", values=(RED, BLUE))
CLOSING = AttributeSpec("closing", "Closing", values=(ValueSpec("zip", "Zip"),))
BAG = VerticalSpec("bag", "Bag", (COLOUR, CLOSING))


def said(after: VerticalSpec, before: VerticalSpec | None = BAG) -> list[tuple[Kind, str]]:
    return [(change.kind, change.said) for change in changes_between(before, after)]


def with_colour(**fields: object) -> VerticalSpec:
    return replace(BAG, attributes=(replace(COLOUR, **fields), CLOSING))  # type: ignore[arg-type]


def test_nothing_differs_from_itself() -> None:
    assert said(BAG) == []


@pytest.mark.parametrize(
    ("fields", "kind", "sentence"),
    [
        ({"label": "Color"}, Kind.ATTRIBUTE_RENAMED, "Colour is now called Color"),
        ({"description": "What"}, Kind.DESCRIPTION_CHANGED, "Colour has another description"),
        ({"description": ""}, Kind.DESCRIPTION_CHANGED, "Colour has no description"),
        ({"guideline": "Look"}, Kind.GUIDELINE_CHANGED, "Colour has another guideline"),
        ({"examples": (Example("a" * 64),)}, Kind.EXAMPLES_CHANGED, "Colour has other example photos"),
        ({"multi": True}, Kind.SEVERAL_ALLOWED, "Colour takes several values"),
        ({"required": False}, Kind.REQUIRED_CHANGED, "Colour is optional"),
        ({"weight": 2.5}, Kind.WEIGHT_CHANGED, "The weight of Colour goes from 1 to 2.5"),
        ({"retired": True}, Kind.ATTRIBUTE_RETIRED, "Colour is retired"),
        ({"values": (RED, BLUE, NAVY)}, Kind.VALUE_ADDED, "Navy is added to Colour"),
        ({"values": (RED, replace(BLUE, retired=True))}, Kind.VALUE_RETIRED, "Blue of Colour is retired"),
        ({"values": (RED,)}, Kind.VALUE_RETIRED, "Blue of Colour is retired"),
        (
            {"values": (replace(RED, label="Crimson"), BLUE)},
            Kind.VALUE_RENAMED,
            "Red of Colour is now called Crimson",
        ),
        (
            {"values": (replace(RED, synonyms=("ruby",)), BLUE)},
            Kind.SYNONYMS_CHANGED,
            "Red of Colour has other synonyms",
        ),
        ({"values": (BLUE, RED)}, Kind.VALUES_MOVED, "Blue moves among the values of Colour"),
    ],
)
def test_one_difference_is_one_change(fields: dict[str, object], kind: Kind, sentence: str) -> None:
    assert said(with_colour(**fields)) == [(kind, sentence)]


def test_the_way_back_is_named_too() -> None:
    several = with_colour(multi=True)
    assert said(BAG, several) == [(Kind.ONE_ALLOWED, "Colour takes one value")]
    retired = with_colour(retired=True, values=(RED, replace(BLUE, retired=True)))
    assert said(BAG, retired) == [
        (Kind.ATTRIBUTE_RESTORED, "Colour is asked again"),
        (Kind.VALUE_RESTORED, "Blue comes back to Colour"),
    ]


def test_an_attribute_that_is_left_out_counts_as_retired() -> None:
    assert said(replace(BAG, attributes=(COLOUR,))) == [(Kind.ATTRIBUTE_RETIRED, "Closing is retired")]


def test_a_new_attribute_is_one_change_whatever_its_values() -> None:
    size = AttributeSpec("size", "Size", values=(ValueSpec("s", "S"), ValueSpec("m", "M")))
    assert said(replace(BAG, attributes=(*BAG.attributes, size))) == [
        (Kind.ATTRIBUTE_ADDED, "Size is added, with 2 values")
    ]


def test_a_new_vertical_names_its_attributes() -> None:
    assert said(BAG, None) == [
        (Kind.VERTICAL_ADDED, "Bag is new, with 2 attributes"),
        (Kind.ATTRIBUTE_ADDED, "Colour is added, with 2 values"),
        (Kind.ATTRIBUTE_ADDED, "Closing is added, with 1 value"),
    ]


def test_the_vertical_itself_is_renamed_and_ordered() -> None:
    assert said(VerticalSpec("bag", "Bags", (CLOSING, COLOUR))) == [
        (Kind.VERTICAL_RENAMED, "Bag is now called Bags"),
        (Kind.ATTRIBUTES_MOVED, "Closing moves among the attributes"),
    ]


def test_a_renamed_value_is_known_by_its_code_and_its_old_name() -> None:
    [change] = changes_between(BAG, with_colour(values=(replace(RED, label="Crimson"), BLUE)))
    assert (change.attribute, change.value, change.name) == ("colour", "red", "Red")
    assert (change.before, change.after) == ("Red", "Crimson")


def test_what_changes_about_a_retired_attribute_is_asked_of_nobody() -> None:
    before, after = with_colour(retired=True), with_colour(retired=True, description="Other")
    [change] = changes_between(before, after)
    assert (change.kind, change.asked) == (Kind.DESCRIPTION_CHANGED, False)


@given(st.permutations(list("abcdefg")))
def test_putting_the_moved_ones_back_gives_the_old_order(after: list[str]) -> None:
    before = list("abcdefg")
    movers = moved(before, after)
    assert [code for code in after if code not in movers] == [code for code in before if code not in movers]


def test_one_item_carried_far_moves_alone() -> None:
    assert moved(list("abcde"), list("eabcd")) == ["e"]

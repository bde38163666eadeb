from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.schema.merge import FULL, merged, rebased, restored
from catalog.schema.parts import AttributeSpec, Example, Schema, ValueSpec, VerticalSpec
from tests.catalog.schema.strategies import schemas


def values(*labels: str) -> tuple[ValueSpec, ...]:
    return tuple(ValueSpec(label.lower(), label) for label in labels)


def bag(*attributes: AttributeSpec, label: str = "Bag") -> VerticalSpec:
    return VerticalSpec("bag", label, attributes)


def colour(*labels: str) -> AttributeSpec:
    return AttributeSpec("colour", "Colour", values=values(*labels))


CLOSING = AttributeSpec("closing", "Closing", values=values("Zip", "Flap"))


def offered(spec: VerticalSpec) -> dict[str, list[str]]:
    return {one.code: [value.label for value in one.offered] for one in spec.asked}


def test_a_short_spelling_leaves_what_it_does_not_say() -> None:
    kept = replace(colour("Red"), guideline="Look twice", weight=2.0, required=False)
    kept = replace(kept, examples=(Example("a" * 64),), values=(ValueSpec("red", "Red", ("crimson",)),))
    [attribute] = merged(bag(kept), bag(colour("Red", "Blue"))).attributes
    assert replace(attribute, values=kept.values) == kept
    assert attribute.values == (ValueSpec("red", "Red", ("crimson",)), ValueSpec("blue", "Blue"))


def test_what_a_short_spelling_says_beside_holds() -> None:
    given = replace(colour("Red"), guideline="Look once", weight=3.0)
    [attribute] = merged(bag(replace(colour("Red"), guideline="Look twice")), bag(given)).attributes
    assert (attribute.guideline, attribute.weight) == ("Look once", 3.0)


def test_a_full_spelling_empties_what_it_has_empty() -> None:
    kept = replace(colour("Red"), guideline="Look twice", weight=2.0)
    [attribute] = merged(bag(kept), bag(colour("Red")), said=FULL).attributes
    assert attribute == colour("Red")


def test_values_that_are_not_given_are_retired_and_attributes_stay() -> None:
    spec = merged(bag(colour("Red", "Blue"), CLOSING), bag(colour("Blue")))
    assert offered(spec) == {"colour": ["Blue"], "closing": ["Zip", "Flap"]}
    assert [value.code for value in spec.attributes[0].values] == ["blue", "red"]


def test_attributes_that_are_not_given_keep_their_place() -> None:
    size = AttributeSpec("size", "Size", values=values("S"))
    kept = bag(CLOSING, colour("Red"), size)
    new = AttributeSpec("brim", "Brim", values=values("Wide"))
    assert list(offered(merged(kept, bag(size, new, CLOSING)))) == ["size", "colour", "closing", "brim"]
    assert list(offered(merged(kept, bag(size, new, CLOSING, colour("Red"))))) == [
        *("size", "brim", "closing", "colour")
    ]


def test_a_name_is_known_before_a_code_is() -> None:
    """Red was renamed to Crimson and another Red added: a file without codes means the new one."""
    kept = AttributeSpec("colour", "Colour", values=(ValueSpec("red", "Crimson"), ValueSpec("red-2", "Red")))
    [attribute] = merged(bag(kept), bag(colour("Red"))).attributes
    assert attribute.values == (ValueSpec("red-2", "Red"), ValueSpec("red", "Crimson", retired=True))


def test_a_new_name_does_not_take_the_code_of_a_known_one() -> None:
    kept = AttributeSpec("colour", "Colour", values=(ValueSpec("red", "Crimson"),))
    [attribute] = merged(bag(kept), bag(colour("Crimson", "Red"))).attributes
    assert attribute.values == (ValueSpec("red", "Crimson"), ValueSpec("red-2", "Red"))


def test_codes_that_are_said_decide() -> None:
    kept = AttributeSpec("colour", "Colour", values=values("Red", "Blue"))
    swapped = replace(kept, values=(ValueSpec("red", "Blue"), ValueSpec("blue", "Red")))
    assert merged(bag(kept), bag(swapped), said=FULL) == bag(swapped)


def test_an_old_version_comes_back_with_what_is_newer_retired() -> None:
    now, old = bag(colour("Blue", "Green"), CLOSING, label="Bags"), bag(colour("Red", "Blue"))
    spec = restored(now, old)
    assert spec.label == "Bag"
    assert offered(spec) == {"colour": ["Red", "Blue"]}
    assert [one.code for one in spec.attributes] == ["colour", "closing"]
    assert [value.code for value in spec.attributes[0].values] == ["red", "blue", "green"]


def test_a_draft_is_brought_up_to_date_field_by_field() -> None:
    base = bag(colour("Red", "Blue"), CLOSING)
    newest = bag(replace(colour("Red", "Blue", "Green"), description="What it is"), CLOSING)
    draft = bag(CLOSING, replace(colour("Red", "Navy"), guideline="Look twice"))
    draft = bag(CLOSING, replace(colour("Red"), guideline="Look twice", values=values("Red", "Blue", "Navy")))
    spec = rebased(base, newest, draft)
    assert offered(spec) == {"closing": ["Zip", "Flap"], "colour": ["Red", "Blue", "Navy", "Green"]}
    attribute = spec.attributes[1]
    assert (attribute.description, attribute.guideline) == ("What it is", "Look twice")


def test_where_both_changed_a_field_the_draft_stays() -> None:
    base, newest, draft = (
        bag(replace(colour("Red"), description=text), label=text) for text in ("a", "b", "c")
    )
    assert rebased(base, newest, draft) == draft


def test_attributes_that_both_added_become_one() -> None:
    spec = rebased(bag(), bag(colour("Red")), bag(colour("Blue")))
    assert offered(spec) == {"colour": ["Blue", "Red"]}


@settings(max_examples=40)
@given(schemas)
def test_bringing_up_to_date_keeps_the_only_side_that_changed(schema: Schema) -> None:
    for spec in schema:
        base = replace(spec, label="before", attributes=spec.attributes[:1])
        assert rebased(base, base, spec) == spec
        assert rebased(base, spec, base) == spec


@settings(max_examples=40)
@given(schemas, st.booleans())
def test_merging_with_itself_changes_nothing(schema: Schema, full: bool) -> None:
    for spec in schema:
        assert merged(spec, spec, **({"said": FULL} if full else {})) == spec

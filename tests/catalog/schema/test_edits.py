import pytest

from catalog.errors import CatalogError
from catalog.schema.edits import stepped, with_attribute
from catalog.schema.parts import AttributeSpec, VerticalSpec

BAG = VerticalSpec("bag", "Bag", tuple(AttributeSpec(code, code) for code in ("a", "b", "c")))


def codes(spec: VerticalSpec) -> list[str]:
    return [one.code for one in spec.attributes]


def test_an_attribute_takes_the_place_of_the_one_that_it_replaces() -> None:
    assert codes(with_attribute(BAG, AttributeSpec("x", "X"), instead_of="b")) == ["a", "x", "c"]
    assert codes(with_attribute(BAG, AttributeSpec("x", "X"))) == ["a", "b", "c", "x"]


def test_an_attribute_that_is_gone_cannot_be_replaced() -> None:
    with pytest.raises(CatalogError, match="attribute 'x' is gone: go back to the vertical"):
        with_attribute(BAG, AttributeSpec("x", "X"), instead_of="x")


@pytest.mark.parametrize(
    ("index", "step", "after"), [(0, 1, "bac"), (2, -1, "acb"), (0, -1, "abc"), (2, 1, "abc"), (7, 1, "abc")]
)
def test_a_step_moves_one_item_and_stops_at_the_ends(index: int, step: int, after: str) -> None:
    assert stepped("abc", index, step) == list(after)

"""The catalogue's data: closed lists, views that leave nothing unanswerable, drawings for every value."""

from itertools import product

import pytest

from catalog.demo.canvas import Canvas
from catalog.demo.drawings import DRAWINGS
from catalog.demo.palette import Paint
from catalog.demo.parts import Item
from catalog.demo.schema import VERTICALS, demo_schema

BLUE = Paint((40, 90, 200))


def test_schema_has_twelve_verticals_of_four_closed_attributes() -> None:
    schema = demo_schema()
    assert len(schema) == 12
    for attributes in schema.values():
        assert len(attributes) == 4
        assert "color" in attributes
        for attribute in attributes.values():
            values = attribute["allowed_values"]
            assert isinstance(values, list)
            assert 4 <= len(values) <= 8
            assert len(set(values)) == len(values)
            assert attribute["description"]


@pytest.mark.parametrize("name", VERTICALS)
def test_every_attribute_shows_in_a_view_that_is_never_left_out(name: str) -> None:
    vertical = VERTICALS[name]
    always = {code for view in vertical.views if not view.optional for code in vertical.shown_in(view)}
    assert always == set(vertical.attributes)
    assert 2 <= sum(not view.optional for view in vertical.views) <= len(vertical.views) <= 4


@pytest.mark.parametrize("name", VERTICALS)
def test_at_least_two_attributes_show_in_exactly_one_view(name: str) -> None:
    vertical = VERTICALS[name]
    homes = [sum(code in view.shows for view in vertical.views) for code in vertical.attributes]
    assert homes.count(1) >= 2


@pytest.mark.parametrize("name", VERTICALS)
def test_every_view_draws_every_value_differently_knowing_only_what_it_shows(name: str) -> None:
    vertical = VERTICALS[name]
    assert set(DRAWINGS[name]) == {view.name for view in vertical.views}
    for view in vertical.views:
        shapes = [code for code in view.shows if code != "pattern"]
        drawn = set()
        for values in product(*(vertical.attributes[code].values for code in shapes)):
            canvas = Canvas(96)
            item = Item(values=dict(zip(shapes, values, strict=True)), paint=BLUE, fabric=BLUE)
            DRAWINGS[name][view.name](canvas, item)
            drawn.add(canvas.image.tobytes())
        assert len(drawn) == len(list(product(*(vertical.attributes[code].values for code in shapes))))

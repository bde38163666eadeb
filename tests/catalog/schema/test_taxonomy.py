import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import CatalogError
from catalog.schema.files import read_taxonomy_file, write_taxonomy_file
from catalog.schema.taxonomy import Taxonomy, parse_taxonomy, verticals_of

COLOR = {"name": "Color", "description": "Main color", "allowed_values": ["Red", "Blue"]}
LENGTH = {"name": "Skirt/Dress length", "description": "", "allowed_values": ["Short", "Long"]}
WHOLE = {
    "attributes": {"color": COLOR, "skirt/dress_length": LENGTH},
    "categories": [
        {"id": "aa", "path": "Apparel", "attributes": []},
        {"id": "aa-1", "path": "Apparel > Skirts", "attributes": ["color", "skirt/dress_length"]},
        {"id": "aa-2", "path": "Apparel > Dolls > Skirts", "attributes": ["color"]},
        {"id": "aa-3", "path": "Apparel > Skirts > Mini skirts", "attributes": ["color", "unheard-of"]},
    ],
}
BY_VERTICAL = {
    "stats": {},
    "verticals": {
        "skirts": {
            "category_id": "aa-1",
            "category_path": "Apparel > Skirts",
            "attributes": {"color": COLOR, "skirt/dress_length": LENGTH},
        },
        "dolls": {
            "category_id": "aa-2",
            "category_path": "Apparel > Dolls > Skirts",
            "attributes": {"color": COLOR | {"allowed_values": ["Pink"]}},
        },
    },
}
SHORT = {"skirts": {"Color": {"description": "Main color", "allowed_values": ["Red", "Blue"]}}}
PUBLISHED = {
    "version": "1",
    "verticals": [
        {
            "name": "Apparel",
            "prefix": "aa",
            "categories": [
                {
                    "id": "gid://shopify/TaxonomyCategory/aa-1",
                    "name": "Skirts",
                    "full_name": "Apparel > Skirts",
                    "attributes": [
                        {"id": "gid://shopify/TaxonomyAttribute/1", "name": "Color", "handle": "color"},
                        {"id": "gid://shopify/TaxonomyAttribute/9", "name": "Trim", "handle": "trim-color"},
                    ],
                }
            ],
        }
    ],
    "attributes": [
        {
            "id": "gid://shopify/TaxonomyAttribute/1",
            "name": "Color",
            "handle": "color",
            "description": "Main color",
            "extended_attributes": [{"name": "Trim color", "handle": "trim-color"}],
            "values": [{"id": "1", "name": "Red", "handle": "color__red"}, {"id": "2", "name": "Blue"}],
        }
    ],
}


def taxonomy(raw: object = WHOLE) -> Taxonomy:
    return parse_taxonomy(raw, where="t")


def with_values(*values: str) -> dict[str, Any]:
    return {
        "attributes": {"color": COLOR, "fit": {"name": "Fit", "description": "", "allowed_values": values}},
        "categories": [{"id": "1", "path": "Skirts", "attributes": ["color", "fit"]}],
    }


def test_a_category_becomes_a_vertical_with_codes_from_handles() -> None:
    choice = verticals_of(taxonomy(), ["aa-1"])
    [vertical] = choice.schema
    assert (vertical.code, vertical.label) == ("skirts", "Skirts")
    assert [(one.code, one.label) for one in vertical.attributes] == [
        ("color", "Color"),
        ("skirt_dress_length", "Skirt/Dress length"),
    ]
    assert vertical.attributes[0].description == "Main color"
    assert [value.label for value in vertical.attributes[0].values] == ["Red", "Blue"]
    assert choice.notes == {"skirts": ("From the taxonomy's Apparel > Skirts.",)}


def test_two_categories_of_one_name_get_their_parents_name() -> None:
    schema = verticals_of(taxonomy(), ["aa-2", "aa-1"]).schema
    assert [vertical.label for vertical in schema] == ["Skirts (Dolls)", "Skirts (Apparel)"]


@pytest.mark.parametrize(("raw", "id"), [(BY_VERTICAL, "aa-1"), (SHORT, "skirts"), (PUBLISHED, "aa-1")])
def test_every_shape_gives_the_same_attribute(raw: object, id: str) -> None:
    [vertical] = verticals_of(taxonomy(raw), [id]).schema
    attribute = vertical.attributes[0]
    assert (attribute.code, attribute.label, attribute.description) == ("color", "Color", "Main color")
    assert [value.label for value in attribute.values] == ["Red", "Blue"]


def test_verticals_keep_lists_of_their_own() -> None:
    [vertical] = verticals_of(taxonomy(BY_VERTICAL), ["aa-2"]).schema
    assert [value.label for value in vertical.attributes[0].values] == ["Pink"]


def test_an_extended_attribute_has_the_values_of_the_one_that_it_extends() -> None:
    [vertical] = verticals_of(taxonomy(PUBLISHED), ["aa-1"]).schema
    assert [(one.code, len(one.values)) for one in vertical.attributes] == [("color", 2), ("trim-color", 2)]


def test_a_state_among_the_values_is_left_out_and_noted() -> None:
    choice = verticals_of(taxonomy(with_values("Slim", "Unknown", "Wide", "slim")), ["1"])
    assert [value.label for value in choice.schema[0].attributes[1].values] == ["Slim", "Wide"]
    _, state, twin = choice.notes["skirts"]
    assert state.startswith("The value 'Unknown' of Fit is left out: unknown is a state")
    assert twin == "The value 'slim' of Fit is left out: 'Slim' is called the same."


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ([f"size {number}" for number in range(301)], "Fit is left out: 301 values are more than 300"),
        (["Unknown"], "Fit is left out: there is no value to choose from"),
        (["x" * 201], "is no name: give one of 1 to 200 characters."),
    ],
)
def test_an_attribute_that_cannot_be_used_is_left_out_and_noted(values: list[str], note: str) -> None:
    choice = verticals_of(taxonomy(with_values(*values)), ["1"])
    assert [one.label for one in choice.schema[0].attributes] == ["Color"]
    assert note in choice.notes["skirts"][-1]


def test_attributes_beyond_the_most_are_left_out_and_noted() -> None:
    attributes = {f"a{number}": COLOR | {"name": f"A {number}"} for number in range(42)}
    raw = {"attributes": attributes, "categories": [{"id": "1", "path": "X", "attributes": [*attributes]}]}
    choice = verticals_of(taxonomy(raw), ["1"])
    assert len(choice.schema[0].attributes) == 40
    assert choice.notes["x"][1:] == tuple(
        f"A {number} is left out: a vertical has 40 attributes at most." for number in (40, 41)
    )


def test_attributes_of_one_name_are_told_apart_by_their_handle() -> None:
    raw = {
        "attributes": {"color": COLOR, "trim": COLOR},
        "categories": [{"id": "1", "path": "X", "attributes": ["color", "trim"]}],
    }
    [vertical] = verticals_of(taxonomy(raw), ["1"]).schema
    assert [one.label for one in vertical.attributes] == ["Color", "Color (trim)"]


def test_a_category_of_which_nothing_is_left_is_refused() -> None:
    raw = with_values("Unknown")
    raw["categories"][0]["attributes"] = ["fit"]
    with pytest.raises(CatalogError, match="category 'Skirts' has no attribute that can be used"):
        verticals_of(taxonomy(raw), ["1"])


def test_an_id_that_is_not_there_is_named() -> None:
    with pytest.raises(CatalogError, match="category 'zz' is not in the taxonomy: search for its name"):
        verticals_of(taxonomy(), ["aa-1", "zz"])


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("skirts", ["aa-1", "aa-2", "aa-3"]),
        ("MINI skirt", ["aa-3"]),
        ("dolls skirts", ["aa-2"]),
        ("apparel", ["aa-1", "aa-2", "aa-3"]),
        ("dolls", ["aa-2"]),
        ("aa-2", ["aa-2"]),
        ("", ["aa-1", "aa-2", "aa-3"]),
        ("trousers", []),
    ],
)
def test_a_search_finds_every_word_anywhere_and_names_first(text: str, ids: list[str]) -> None:
    found = taxonomy().search(text, most=10)
    assert [category.id for category in found.categories] == ids
    assert found.total == len(ids)


def test_a_search_says_how_many_there_are_beyond_the_shown_ones() -> None:
    found = taxonomy().search("skirts", most=1)
    assert (len(found.categories), found.total) == (1, 3)


@pytest.mark.parametrize("raw", [WHOLE, BY_VERTICAL, SHORT, PUBLISHED])
def test_a_kept_taxonomy_comes_back(raw: object) -> None:
    given = taxonomy(raw)
    assert read_taxonomy_file(write_taxonomy_file(given), where="kept") == given


@pytest.mark.parametrize(
    "raw",
    [
        [],
        None,
        3,
        {"categories": [{"id": "1"}], "attributes": {}},
        {"categories": 3, "attributes": []},
        {"verticals": [{"categories": [{}]}], "attributes": []},
        {"verticals": {"x": {"category_path": 3, "attributes": {}}}},
        {"x": {"Color": {"allowed_values": [1]}}},
        {"x": {"Color": {"allowed_values": ["a\0b"]}}},
        {"x": "y"},
    ],
)
def test_what_is_no_taxonomy_is_refused(raw: object) -> None:
    with pytest.raises(CatalogError, match=re.escape("t: this is no taxonomy that attrx reads (")):
        taxonomy(raw)


def test_a_taxonomy_without_attributes_is_refused() -> None:
    with pytest.raises(CatalogError, match="t: no category of this taxonomy has an attribute"):
        taxonomy({"attributes": {}, "categories": [{"id": "1", "path": "X", "attributes": []}]})


KEYS = ("verticals", "categories", "attributes", "id", "path", "allowed_values", "category_path", "name", "x")


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
        max_leaves=25,
    )
)
def test_no_json_breaks_the_reader(raw: object) -> None:
    try:
        read_taxonomy_file(json.dumps(raw).encode(), where="t")
    except CatalogError as error:
        assert str(error).startswith("t: ")

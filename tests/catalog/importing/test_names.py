import pytest

from catalog.importing.names import Names
from catalog.schema.codes import code_of
from catalog.schema.spec import parse_schema

SCHEMA = {
    "verticals": [
        {
            "label": "Hoodies & Sweatshirts",
            "code": "hoodies",
            "attributes": [
                {
                    "label": "Main colour",
                    "code": "color",
                    "values": [
                        {"label": "Navy, dark", "code": "navy", "synonyms": ["Blue-ish"]},
                        "Red",
                        "1.5",
                        "15",
                    ],
                },
                {"label": "Gone", "code": "gone", "retired": True, "values": ["x"]},
            ],
        },
        {
            "label": "Tees",
            "code": "tees",
            "attributes": [{"label": "Color", "code": "color", "values": ["Red"]}],
        },
    ]
}
NAMES = Names.of(parse_schema(SCHEMA, where="schema"))


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("hoodies", "hoodies"),
        ("Hoodies & Sweatshirts", "hoodies"),
        ("hoodies and sweatshirts", "hoodies"),
        ("TEES", "tees"),
        ("Tee", "tees"),
        ("Hoody & Sweatshirt", "hoodies"),
        ("Default Category/Men/Tops/Tees", "tees"),
        ("Men > Tops > Tees > Sale", "tees"),
        ("Default Category/Sale,Default Category/Men/Tops/Hoodies & Sweatshirts", "hoodies"),
        ("Apparel » Tees", "tees"),
    ],
)
def test_a_vertical_is_known_by_code_label_words_and_path(cell: str, code: str) -> None:
    found = NAMES.vertical(cell)
    assert found and found.code == code


@pytest.mark.parametrize("cell", ["", "hats", "Teesside", "/", "Men/Hats"])
def test_another_text_is_no_vertical(cell: str) -> None:
    assert NAMES.vertical(cell) is None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("navy", "navy"),
        ("NAVY, dark", "navy"),
        ("blue-ISH", "navy"),
        ("red", "red"),
        ("1.5", code_of("1.5")),
        ("15", "15"),
        ("Gold", None),
    ],
)
def test_a_value_is_known_by_code_label_and_synonym_in_any_case(name: str, code: str | None) -> None:
    vertical = NAMES.by_code["hoodies"]
    attribute = vertical.attribute("main COLOUR")
    assert attribute is vertical.attribute("color")
    assert attribute
    assert attribute.value(name) == code


def test_what_is_retired_is_not_asked() -> None:
    assert NAMES.by_code["hoodies"].attribute("gone") is None


def test_attributes_of_all_verticals_are_listed_once() -> None:
    assert NAMES.attribute_codes() == {"color": "Main colour"}

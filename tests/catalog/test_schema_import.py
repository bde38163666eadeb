import pytest

from catalog.errors import CatalogError
from catalog.models import Attribute, Value, Vertical
from catalog.selectors import attributes_with_values
from catalog.services import schema_import
from tests.catalog.folders import SCHEMA

pytestmark = pytest.mark.django_db


def strap(*values: str, **fields: object) -> dict[str, object]:
    return {"watch": {"strap": {"allowed_values": list(values)} | fields}}


def offered() -> dict[str, list[str]]:
    """{attribute: values that are not retired}, both in order."""
    return {one.label: [value.label for value in one.values.all()] for one in attributes_with_values()}


def test_a_schema_becomes_verticals_attributes_and_values_in_its_order() -> None:
    schema_import(schema=SCHEMA)
    assert [vertical.code for vertical in Vertical.objects.all()] == ["watch", "sofa"]
    assert offered() == {
        "strap": ["Leather", "Steel"],
        "hands": ["Hour", "Minute", "Second"],
        "seats": ["1.5", "2", "15"],
    }
    assert Attribute.objects.get(code="hands").multi
    assert Attribute.objects.get(code="strap").description == "What it is worn by"


def test_the_same_schema_again_changes_nothing() -> None:
    schema_import(schema=SCHEMA)
    before = list(Value.objects.values())
    schema_import(schema=SCHEMA)
    assert list(Value.objects.values()) == before


def test_values_follow_the_schema_by_code() -> None:
    schema_import(schema=strap("Leather", "Steel", "Rubber"))
    steel = Value.objects.get(code="steel")
    schema_import(schema=strap("STEEL", "Rubber", description="Now described", multi=True))
    assert offered() == {"strap": ["STEEL", "Rubber"]}
    assert Value.objects.get(code="steel").pk == steel.pk
    attribute = Attribute.objects.get()
    assert (attribute.description, attribute.multi) == ("Now described", True)


def test_a_value_that_the_schema_drops_is_retired_and_comes_back() -> None:
    schema_import(schema=strap("Leather", "Steel"))
    schema_import(schema=strap("Steel"))
    assert Value.objects.get(code="leather").retired
    schema_import(schema=strap("Leather", "Steel"))
    assert offered() == {"strap": ["Leather", "Steel"]}


def test_what_people_wrote_beside_the_schema_stays() -> None:
    schema_import(schema=strap("Steel"))
    Attribute.objects.update(guideline="Look at the buckle", weight=2.0, required=False)
    Value.objects.update(synonyms=["metal"])
    schema_import(schema=strap("Steel"))
    attribute = Attribute.objects.get()
    assert (attribute.guideline, attribute.weight, attribute.required) == ("Look at the buckle", 2.0, False)
    assert Value.objects.get().synonyms == ["metal"]


def test_a_vertical_that_the_schema_does_not_name_stays() -> None:
    schema_import(schema=SCHEMA)
    schema_import(schema=strap("Steel"))
    assert Vertical.objects.filter(code="sofa").exists()


def test_a_state_among_the_values_is_refused_and_nothing_is_written() -> None:
    with pytest.raises(CatalogError, match="schema, watch / strap: .*'Unknown', but unknown is a state"):
        schema_import(schema=SCHEMA | strap("Steel", "Unknown"))
    assert not Vertical.objects.exists()

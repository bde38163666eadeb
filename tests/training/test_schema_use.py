import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.models import Attribute, Status, Value, Vertical
from catalog.schema.changes import Change, Kind
from catalog.schema.consequences import Counts
from catalog.selectors import schema_version_now
from catalog.services import schema_import
from tests.factories import LabelFactory, ListingFactory, SuggestionFactory
from tests.training.rounds import round_in, version_of
from training.models import Alias
from training.schema_use import schema_stale_counts

pytestmark = pytest.mark.django_db

SCHEMA = {
    "Bag": {
        "Colour": {"allowed_values": ["Red", "Blue, dark", "Green"], "multi": True},
        "Closing": {"allowed_values": ["Zip"]},
    },
    "Hat": {"Colour": {"allowed_values": ["Red"]}},
}


@pytest.fixture(autouse=True)
def schema(db: None) -> None:
    schema_import(schema=SCHEMA)


def attribute(code: str, vertical: str = "bag") -> Attribute:
    return Attribute.objects.get(code=code, vertical__code=vertical)


def label(attribute: Attribute, *values: str, state: str = "") -> None:
    listing = ListingFactory.create(vertical=attribute.vertical)
    LabelFactory.create(listing=listing, attribute=attribute, values=list(values), state=state)


def suggest(attribute: Attribute, **shares: float) -> None:
    listing = ListingFactory.create(vertical=attribute.vertical)
    SuggestionFactory.create(
        listing=listing, attribute=attribute, shares={name: share for name, share in shares.items()}
    )


def retired(name: str, attribute: str = "colour") -> Change:
    value = Value.objects.get(label=name, attribute__code=attribute, attribute__vertical__code="bag")
    return Change(Kind.VALUE_RETIRED, "said", attribute, "Colour", value.code, name)


def test_labels_and_suggestions_with_a_value_are_counted_in_its_vertical_only() -> None:
    colour = attribute("colour")
    label(colour, "red")
    label(colour, "red", "green")
    label(colour, "green")
    label(colour, state="unknown")
    label(attribute("colour", "hat"), "red")
    suggest(colour, **{"Red": 0.5, "Green": 0.5})
    suggest(colour, **{"Red, Green": 1.0})
    suggest(colour, **{"Green": 0.5, "not visible": 0.5})
    suggest(attribute("colour", "hat"), Red=1.0)
    impact = schema_stale_counts(vertical="bag", changes=[retired("Red")])
    assert impact.changes == (Counts(2, 2),)
    assert impact.stale == Counts(2, 2)


def test_a_value_with_a_comma_in_its_name_is_one_value() -> None:
    colour = attribute("colour")
    suggest(colour, **{"Blue, dark": 1.0})
    impact = schema_stale_counts(vertical="bag", changes=[retired("Blue, dark")])
    assert impact.changes == (Counts(0, 1),)


def test_states_are_answers_to_the_attribute_but_name_no_value() -> None:
    colour = attribute("colour")
    label(colour, state="not_visible")
    suggest(colour, **{"not visible": 1.0})
    several = Change(Kind.SEVERAL_ALLOWED, "said", "colour", "Colour")
    described = Change(Kind.DESCRIPTION_CHANGED, "said", "colour", "Colour")
    impact = schema_stale_counts(vertical="bag", changes=[several, described])
    assert impact.changes == (Counts(0, 0), Counts(1, 1))


def test_models_of_the_vertical_are_named_with_their_alias_first() -> None:
    version = schema_version_now(Vertical.objects.get(code="bag").pk)
    other = schema_version_now(Vertical.objects.get(code="hat").pk)
    old, new, foreign = (round_in(Status.DONE) for _ in range(3))
    for round_, of in ((old, version), (new, version), (foreign, other)):
        assert of is not None
        round_.schema_versions.add(of)
    Alias.objects.create(name="challenger", version=version_of(old))
    newest = version_of(new, iteration=1)
    version_of(foreign)
    models = schema_stale_counts(vertical="bag", changes=[retired("Red")]).models
    assert [(model.url, model.aliases) for model in models] == [
        (f"/rounds/{old.pk}/", ("challenger",)),
        (f"/rounds/{new.pk}/", ()),
    ]
    assert models[1].name == str(newest)


def test_what_makes_nothing_stale_asks_the_database_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    moved = Change(Kind.VALUES_MOVED, "said", "colour", "Colour")
    with django_assert_num_queries(0):
        impact = schema_stale_counts(vertical="bag", changes=[moved])
    assert (impact.stale, impact.models) == (Counts(), ())


def test_many_changes_take_as_many_queries_as_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    label(attribute("colour"), "red")
    changes = [retired("Red"), retired("Green"), retired("Blue, dark"), retired("Zip", "closing")]
    # labels, attributes, names of values, suggestions, model versions
    with django_assert_num_queries(5):
        schema_stale_counts(vertical="bag", changes=changes)

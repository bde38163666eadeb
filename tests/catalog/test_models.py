from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model

from catalog.models import Attribute, Image, Listing, Value, Vertical
from tests.factories import (
    AttributeFactory,
    ImageFactory,
    ListingFactory,
    PhotoFactory,
    ValueFactory,
    VerticalFactory,
)

pytestmark = pytest.mark.django_db

Make = Callable[..., Model]


@pytest.mark.parametrize(
    ("constraint", "make", "fields"),
    [
        ("catalog_vertical_code_given", VerticalFactory.create, {"code": ""}),
        ("catalog_vertical_position_from_1", VerticalFactory.create, {"position": 0}),
        ("catalog_attribute_code_given", AttributeFactory.create, {"code": ""}),
        ("catalog_attribute_position_from_1", AttributeFactory.create, {"position": 0}),
        ("catalog_attribute_weight_not_negative", AttributeFactory.create, {"weight": -0.1}),
        ("catalog_value_code_given", ValueFactory.create, {"code": "", "label": "x"}),
        ("catalog_value_position_from_1", ValueFactory.create, {"position": 0}),
        ("catalog_value_code_is_no_state", ValueFactory.create, {"code": "not-visible", "label": "x"}),
        ("catalog_value_label_is_no_state", ValueFactory.create, {"code": "x", "label": "Unknown"}),
        ("catalog_value_label_is_no_state", ValueFactory.create, {"code": "x", "label": "NOT applicable"}),
        ("catalog_listing_external_id_given", ListingFactory.create, {"external_id": "", "group_key": "g"}),
        ("catalog_listing_group_key_given", ListingFactory.create, {"group_key": ""}),
        ("catalog_listing_split_known", ListingFactory.create, {"split": "test"}),
        ("catalog_image_position_from_1", ImageFactory.create, {"position": 0}),
        ("catalog_photo_size_given", PhotoFactory.create, {"width": 0}),
        ("catalog_photo_sha256_is_64_long", PhotoFactory.create, {"sha256": "ab12"}),
    ],
)
def test_the_database_refuses(constraint: str, make: Make, fields: dict[str, object]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make(**fields)


def twice_vertical() -> None:
    VerticalFactory.create(code="watch")
    VerticalFactory.create(code="watch")


def twice_attribute() -> None:
    strap = AttributeFactory.create(code="strap")
    AttributeFactory.create(vertical=strap.vertical, code="strap")


def twice_value() -> None:
    steel = ValueFactory.create(code="steel")
    ValueFactory.create(attribute=steel.attribute, code="steel")


def twice_listing() -> None:
    ListingFactory.create(external_id="w1")
    ListingFactory.create(external_id="w1")


def twice_image() -> None:
    image = ImageFactory.create()
    ImageFactory.create(listing=image.listing)


@pytest.mark.parametrize("twice", [twice_vertical, twice_attribute, twice_value, twice_listing, twice_image])
def test_the_database_refuses_a_second_one(twice: Callable[[], None]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        twice()


def test_a_code_is_unique_in_its_parent_only() -> None:
    for _ in range(2):
        ValueFactory.create(attribute=AttributeFactory.create(code="strap", values=[]), code="steel")
    assert Value.objects.filter(code="steel").count() == 2


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (Vertical, {"catalog_vertical_code_unique"}),
        (Attribute, {"catalog_attribute_code_unique"}),
        (Value, {"catalog_value_code_unique"}),
        (Listing, {"catalog_listing_external_id_unique"}),
        (Image, {"catalog_image_position_unique"}),
    ],
)
def test_uniqueness_is_a_named_constraint(model: type[Model], names: set[str]) -> None:
    assert names <= {constraint.name for constraint in model._meta.constraints}


def test_rows_say_what_they_are() -> None:
    image = ImageFactory.create(listing=ListingFactory.create(external_id="w1"))
    steel = ValueFactory.create(label="Steel", attribute__label="Strap", attribute__vertical__label="Watch")
    assert [str(row) for row in (image, steel, steel.attribute)] == ["w1 photo 1", "Steel", "Watch / Strap"]

from pathlib import Path

import pytest
from django.conf import settings

from catalog.imaging.storage import media_delete
from catalog.models import Attribute, Photo, Value, Vertical
from catalog.splits import Split
from labeling.models import Label
from tests.factories import ImageFactory, LabelFactory, ListingFactory, ValueFactory
from tests.training.rounds import listing_with_photo
from training import inputs
from training.ml.errors import DataError
from training.ml.params import LoopParams, ModelParams

pytestmark = pytest.mark.usefixtures("catalogue")


def freeze() -> inputs.Json:
    return inputs.freeze(LoopParams(model=ModelParams(base=settings.ATTRX_BASE_MODEL)))


def test_what_is_frozen_comes_back_as_the_loops_records() -> None:
    frozen = freeze()
    schema = inputs.thaw_schema(frozen)
    splits = inputs.thaw_splits(frozen)
    assert schema["lamp"]["shape"].allowed_values == ("red", "blue")
    assert schema["lamp"]["shape"].description == "The shape"
    assert [listing.listing_id for listing in splits.pool] == [
        *("kurta-pool-0", "kurta-pool-1"),
        *("lamp-pool-0", "lamp-pool-1"),
    ]
    gold = splits.gold[0]
    assert (gold.vertical, dict(gold.answers)) == ("kurta", {"color": "red", "shape": "red"})
    assert all(image.is_file() and image.is_relative_to(settings.MEDIA_ROOT) for image in gold.images)


@pytest.mark.usefixtures("bucket")
def test_photos_in_a_bucket_come_back_as_files_of_this_machine(tmp_path: Path) -> None:
    [image, *_] = inputs.thaw_splits(freeze()).gold[0].images
    assert image.is_file()
    assert image.is_relative_to(tmp_path / "photos")


@pytest.mark.usefixtures("bucket")
def test_a_photo_that_vanished_from_the_bucket_is_named() -> None:
    frozen = freeze()
    for photo in Photo.objects.all():
        media_delete(str(photo.file))
    with pytest.raises(DataError, match=r"\.png is missing from the media storage: import its listing again"):
        inputs.thaw_splits(frozen)


def test_the_loop_calls_things_by_label_and_the_catalogue_by_code() -> None:
    Vertical.objects.filter(code="lamp").update(label="Table lamp")
    Attribute.objects.filter(code="color").update(label="Main colour")
    Value.objects.filter(code="red").update(label="Wine red")
    frozen = freeze()
    assert inputs.thaw_names(frozen).attributes["Table lamp", "Main colour"] == "color"
    assert inputs.thaw_schema(frozen)["Table lamp"]["Main colour"].allowed_values == ("Wine red", "blue")
    assert inputs.thaw_splits(frozen).seed[1].answers["Main colour"] == "Wine red"


def test_labels_of_the_pool_stay_out_of_the_round() -> None:
    pool = ListingFactory.create(
        vertical=Vertical.objects.get(code="lamp"), external_id="labelled-pool", split=Split.POOL.value
    )
    ImageFactory.create(listing=pool)
    LabelFactory.create(listing=pool, attribute=Attribute.objects.get(vertical=pool.vertical, code="color"))
    listings = {listing["listing_id"]: listing for listing in freeze()["listings"]["pool"]}
    assert listings["labelled-pool"]["answers"] == {}


def test_states_several_values_and_evidence_are_spelled_as_the_loop_does() -> None:
    color, shape = Attribute.objects.filter(vertical__code="lamp")
    Attribute.objects.filter(pk=color.pk).update(multi=True)
    labels = Label.objects.filter(listing__external_id="lamp-gold-0")
    labels.filter(attribute=color).update(values=["blue", "red"], evidence_position=1)
    labels.filter(attribute=shape).update(values=[], state="not_visible")
    gold = {listing.listing_id: listing for listing in inputs.thaw_splits(freeze()).gold}["lamp-gold-0"]
    assert dict(gold.answers) == {"color": "red, blue", "shape": "not visible"}
    assert dict(gold.evidence) == {"color": (1,)}


def test_listings_come_in_one_order_whatever_the_database() -> None:
    vertical = Vertical.objects.get(code="lamp")
    for external_id in ("b", "É", "B", "a-1", "a1"):
        listing_with_photo(vertical, external_id, Split.POOL, [])
    ids = [listing.listing_id for listing in inputs.thaw_splits(freeze()).pool]
    assert ids == sorted(ids)


def test_a_vertical_without_listings_is_left_out() -> None:
    Vertical.objects.create(code="sofa", label="Sofa")
    assert set(inputs.thaw_schema(freeze())) == {"kurta", "lamp"}


def test_a_label_with_a_retired_value_is_named() -> None:
    Value.objects.filter(attribute__vertical__code="lamp", attribute__code="shape", code="red").update(
        retired=True
    )
    with pytest.raises(
        DataError, match="'lamp-gold-0' is labelled shape = 'red', but that is retired: .* blue"
    ):
        freeze()


def test_an_attribute_without_values_is_named() -> None:
    Attribute.objects.create(vertical=Vertical.objects.get(code="lamp"), code="size", label="size")
    with pytest.raises(DataError, match="attribute 'lamp' / 'size' has no allowed values: add some"):
        freeze()


def test_names_that_the_model_could_not_tell_apart_are_refused() -> None:
    ValueFactory.create(
        attribute=Attribute.objects.get(vertical__code="lamp", code="shape"), code="r", label="red"
    )
    with pytest.raises(DataError, match="attribute 'lamp' / 'shape' has two values called 'red': rename"):
        freeze()


def test_two_attributes_of_one_name_are_refused() -> None:
    Attribute.objects.filter(code="shape", vertical__code="lamp").update(label="color")
    with pytest.raises(DataError, match="vertical 'lamp' has two attributes called 'color': rename"):
        freeze()


def test_two_verticals_of_one_name_are_refused() -> None:
    Vertical.objects.update(label="thing")
    with pytest.raises(DataError, match="the verticals 'kurta' and 'lamp' are both called 'thing': rename"):
        freeze()


def test_listings_without_photos_and_labels_are_left_out() -> None:
    before = freeze()["counts"]
    for split in Split:
        lamp = Vertical.objects.get(code="lamp")
        ListingFactory.create(vertical=lamp, external_id=f"bare-{split}", split=split)
    assert freeze()["counts"] == before


def test_a_labelled_listing_without_photos_is_named() -> None:
    lamp = Vertical.objects.get(code="lamp")
    listing = ListingFactory.create(vertical=lamp, external_id="bare", split=Split.SEED)
    LabelFactory.create(listing=listing, attribute=Attribute.objects.filter(vertical=lamp)[0])
    with pytest.raises(DataError, match="listing 'bare' has no photos: import it again"):
        freeze()


def test_a_model_that_was_trained_again_gives_other_inputs(base_model: Path) -> None:
    before = freeze()
    (base_model / "model.safetensors").write_bytes(b"other w")
    after = freeze()
    assert before.pop("base_model") != after.pop("base_model")
    assert before == after

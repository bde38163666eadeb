import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from catalog.imaging.storage import media_delete
from catalog.models import Attribute, Image, Listing, Photo, SchemaVersion, Status, Value, Vertical
from catalog.splits import Split
from labeling.models import Label
from tests.factories import ImageFactory, LabelFactory, ListingFactory, PhotoFactory, ValueFactory
from tests.training.rounds import champion_of, listing_with_photo, round_in
from training import inputs
from training.ml.errors import DataError
from training.ml.params import LoopParams, ModelParams, Strategy
from training.models import ModelVersion

pytestmark = pytest.mark.usefixtures("catalogue")


def freeze(strategy: Strategy = "sft_dpo") -> inputs.Json:
    return inputs.freeze(LoopParams(model=ModelParams(base=settings.ATTRX_BASE_MODEL), strategy=strategy))


def left_out() -> dict[str, str]:
    """{vertical: reason} of the verticals that a round would be without."""
    frozen = freeze()
    used = {vertical["code"] for vertical in frozen["verticals"]}
    reasons = {one["vertical"]: one["reason"] for one in frozen["left_out"]}
    assert not used & reasons.keys()
    for rows in frozen["listings"].values():
        assert {row["vertical"] for row in rows} <= used
    return reasons


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


def _retired_value() -> None:
    Value.objects.filter(attribute__vertical__code="lamp", attribute__code="shape", code="red").update(
        retired=True
    )


def _no_values() -> None:
    Attribute.objects.create(vertical=Vertical.objects.get(code="lamp"), code="size", label="size")


def _twin_values() -> None:
    shape = Attribute.objects.get(vertical__code="lamp", code="shape")
    ValueFactory.create(attribute=shape, code="r", label="red")


def _twin_attributes() -> None:
    Attribute.objects.filter(code="shape", vertical__code="lamp").update(label="color")


def _no_attributes() -> None:
    Attribute.objects.filter(vertical__code="lamp").update(retired=True)


def _no_seed_labels() -> None:
    Label.objects.filter(listing__split=Split.SEED, listing__vertical__code="lamp").delete()


def _no_gold_listings() -> None:
    Listing.objects.filter(split=Split.GOLD, vertical__code="lamp").delete()


def _no_photo() -> None:
    lamp = Vertical.objects.get(code="lamp")
    listing = ListingFactory.create(vertical=lamp, external_id="bare", split=Split.SEED)
    LabelFactory.create(listing=listing, attribute=Attribute.objects.filter(vertical=lamp)[0])


def _vanished_photo() -> None:
    image = Image.objects.get(listing__external_id="lamp-gold-1")
    Image.objects.filter(pk=image.pk).update(photo=PhotoFactory.create(color=(1, 2, 3)))
    Image.objects.get(pk=image.pk).file.delete(save=False)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_retired_value, "'lamp-seed-0' is labelled shape = 'red', but that is retired: .* blue"),
        (_no_values, "attribute 'lamp' / 'size' has no allowed values: add some"),
        (_twin_values, "attribute 'lamp' / 'shape' has two values called 'red': rename"),
        (_twin_attributes, "vertical 'lamp' has two attributes called 'color': rename"),
        (_no_attributes, "vertical 'lamp' has no attributes: add some"),
        (_no_seed_labels, "vertical 'lamp' has no seed labels: label some of its 1 seed listings"),
        (_no_gold_listings, "vertical 'lamp' has no gold labels: import labelled listings"),
        (_no_photo, "listing 'bare' has no photos: import it again"),
        (_vanished_photo, "'lamp-gold-1', photo 1: .* is missing from the media storage: import"),
    ],
)
def test_bad_data_leaves_its_own_vertical_out_with_the_reason(spoil: Callable[[], None], reason: str) -> None:
    spoil()
    found = left_out()
    assert list(found) == ["lamp"]
    assert re.search(reason, found["lamp"])


def test_a_good_catalogue_leaves_no_vertical_out() -> None:
    assert left_out() == {}


def test_a_round_with_no_vertical_left_is_refused_with_the_reasons() -> None:
    Label.objects.filter(listing__split=Split.SEED).delete()
    with pytest.raises(
        DataError, match="no vertical can be used: vertical 'kurta' has no .*; vertical 'lamp'"
    ):
        freeze()


def test_two_verticals_of_one_name_are_both_left_out() -> None:
    Vertical.objects.update(label="thing")
    with pytest.raises(
        DataError, match="no vertical can be used: the verticals 'kurta' and 'lamp' are called 'thing' alike"
    ):
        freeze()


def test_a_pool_of_left_out_verticals_is_no_pool() -> None:
    Listing.objects.filter(split=Split.POOL, vertical__code="kurta").delete()
    _no_seed_labels()
    with pytest.raises(DataError, match="the pool is empty: .* to learn from: vertical 'lamp' has no seed"):
        freeze()


def test_labels_of_a_retired_attribute_answer_nothing() -> None:
    Attribute.objects.filter(vertical__code="lamp", code="shape").update(retired=True)
    gold = {row["listing_id"]: row for row in freeze()["listings"]["gold"]}["lamp-gold-0"]
    assert gold["answers"] == {"color": "red"}


def test_a_strategy_freezes_only_what_it_uses(base_model: Path) -> None:
    assert freeze("sft")["counts"] == {"seed": 2, "gold": 4, "pool": 4}
    Listing.objects.filter(split=Split.POOL).delete()
    assert freeze("sft")["questions"] == {"seed": 4, "gold": 8, "pool": 0}


def test_a_pool_that_is_only_predicted_is_not_learned_from() -> None:
    assert inputs.learned_from(freeze("sft"), "sft") == ["kurta-seed-0", "lamp-seed-0"]
    assert "lamp-pool-0" in inputs.learned_from(freeze(), "sft_dpo")


def test_questions_are_counted_by_split() -> None:
    Label.objects.filter(listing__external_id="lamp-gold-0", attribute__code="shape").delete()
    assert freeze()["questions"] == {"seed": 4, "gold": 7, "pool": 8}


def test_the_labels_behind_the_answers_are_named_with_their_schema_version() -> None:
    label = Label.objects.get(listing__external_id="lamp-gold-0", attribute__code="shape")
    version = SchemaVersion.objects.create(vertical=label.listing.vertical, number=4, content={})
    Label.objects.filter(pk=label.pk).update(schema_version=version)
    sources = freeze()["sources"]
    assert {
        "id": label.pk,
        "listing_id": "lamp-gold-0",
        "attribute": "shape",
        "schema_version": 4,
    } in sources["labels"]
    assert sources["schema_versions"] == {"lamp": 4}


def test_the_champion_is_frozen_with_a_hash_of_its_adapter() -> None:
    champion = champion_with_adapter()
    frozen = freeze("champion_dpo")
    assert frozen["adapter"]["path"] == champion.adapter_path
    assert frozen["counts"]["seed"] == 0
    folder = Path(settings.ATTRX_ARTIFACTS_DIR) / champion.adapter_path
    assert inputs.thaw_start(frozen) == folder
    (folder / "adapter_model.safetensors").write_bytes(b"other")
    with pytest.raises(DataError, match="is not the adapter that the round was started on: put that back"):
        inputs.thaw_start(frozen)
    (folder / "adapter_model.safetensors").unlink()
    with pytest.raises(DataError, match="is not an adapter: it has no adapter_model.safetensors"):
        inputs.thaw_start(frozen)


def test_without_a_champion_nothing_can_go_on_from_it() -> None:
    with pytest.raises(DataError, match="no champion to go on from yet: start a round with another strategy"):
        freeze("champion_dpo")


def test_a_champion_of_another_base_model_is_refused() -> None:
    champion = champion_with_adapter()
    ModelVersion.objects.filter(pk=champion.pk).update(base_model="owner/other")
    with pytest.raises(DataError, match="is an adapter of owner/other, not of .*: set ATTRX_BASE_MODEL"):
        freeze("champion_dpo")


def champion_with_adapter() -> ModelVersion:
    """A champion of the settings' base model whose files are there."""
    champion = champion_of(round_in(Status.DONE))
    ModelVersion.objects.filter(pk=champion.pk).update(base_model=settings.ATTRX_BASE_MODEL)
    folder = Path(settings.ATTRX_ARTIFACTS_DIR) / champion.adapter_path
    folder.mkdir(parents=True)
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        (folder / name).write_text("{}")
    return champion


def test_listings_without_photos_and_labels_are_left_out() -> None:
    before = freeze()["counts"]
    for split in Split:
        lamp = Vertical.objects.get(code="lamp")
        ListingFactory.create(vertical=lamp, external_id=f"bare-{split}", split=split)
    assert freeze()["counts"] == before


def test_a_model_that_was_trained_again_gives_other_inputs(base_model: Path) -> None:
    before = freeze()
    (base_model / "model.safetensors").write_bytes(b"other w")
    after = freeze()
    assert before.pop("base_model") != after.pop("base_model")
    assert before == after

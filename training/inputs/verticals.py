"""One vertical -> JSON: its schema, its listings with photos and labels. What is wrong is its own."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.imaging.storage import media_missing
from catalog.models import Attribute, Listing, Vertical
from catalog.splits import Split
from labeling.selectors import LabelRow
from training.ml import records
from training.ml.errors import DataError

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Material:
    """What the catalogue has of one vertical."""

    vertical: Vertical
    attributes: Sequence[Attribute]
    """Those that are asked, in order, with the values that are offered."""
    listings: Mapping[Split, Sequence[Listing]]
    """Of the splits that the round uses, by external id."""
    labels: Mapping[int, Sequence[LabelRow]]
    """{listing: its labels}, of seed and gold."""


@dataclass(frozen=True, slots=True)
class FrozenVertical:
    """What a round keeps of one vertical."""

    schema: Json
    listings: Mapping[Split, list[Json]]
    labels: list[Json]
    """Which labels its answers are, and under which schema version each was given."""
    questions: Mapping[Split, int]


def freeze_vertical(material: Material) -> FrozenVertical:
    """Everything that a round would learn from this vertical, and measure it by.

    Raises:
        DataError: naming the attribute, listing or file that cannot be used, and the remedy.
    """
    schema = _schema_json(material)
    attributes = {attribute.pk: attribute for attribute in material.attributes}
    listings: dict[Split, list[Json]] = {}
    labels: list[Json] = []
    for split, found in material.listings.items():
        # A label of an attribute that is not asked any more answers no question.
        known = {
            listing.pk: [one for one in material.labels.get(listing.pk, ()) if one.attribute_id in attributes]
            for listing in found
        }
        # Nobody can look at a listing without photos. One that people labelled should have some.
        used = [listing for listing in found if listing.images.all() or known[listing.pk]]
        _check_photos(used)
        listings[split] = [listing_json(listing, known[listing.pk], attributes) for listing in used]
        labels += [label_json(listing, label, attributes) for listing in used for label in known[listing.pk]]
    _check_labelled(material.vertical, listings)
    return FrozenVertical(schema, listings, labels, _questions(listings, len(attributes)))


def _questions(listings: Mapping[Split, list[Json]], attributes: int) -> dict[Split, int]:
    return {
        split: len(rows) * attributes if split is Split.POOL else sum(len(row["answers"]) for row in rows)
        for split, rows in listings.items()
    }


def _schema_json(material: Material) -> Json:
    vertical = material.vertical
    if not material.attributes:
        raise DataError(f"vertical {vertical.label!r} has no attributes: add some in the schema editor")
    attributes = [_attribute_json(attribute) for attribute in material.attributes]
    _check_distinct((one["name"] for one in attributes), f"vertical {vertical.label!r} has two attributes")
    return {"name": vertical.label, "code": vertical.code, "attributes": attributes}


def _attribute_json(attribute: Attribute) -> Json:
    values = [value.label for value in attribute.values.all()]
    where = f"attribute {attribute.vertical.label!r} / {attribute.label!r}"
    if not values:
        raise DataError(
            f"{where} has no allowed values: add some in the schema editor, or retire the attribute"
        )
    _check_distinct(values, f"{where} has two values")
    return {
        "name": attribute.label,
        "code": attribute.code,
        "description": attribute.description,
        "allowed_values": values,
        "value_codes": [value.code for value in attribute.values.all()],
        "multi": attribute.multi,
    }


def _check_distinct(names: Iterable[str], where: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise DataError(f"{where} called {name!r}: rename one of them in the schema editor")


def _check_photos(listings: Iterable[Listing]) -> None:
    """Every listing has photos, and all of them are stored."""
    photos: dict[str, tuple[str, int]] = {}
    for listing in listings:
        if not listing.images.all():
            raise DataError(f"listing {listing.external_id!r} has no photos: import it again with its photos")
        for number, image in enumerate(listing.images.all(), 1):
            photos.setdefault(str(image.file.name), (listing.external_id, number))
    for file in sorted(media_missing(photos)):
        listing_id, number = photos[file]
        raise DataError(
            f"listing {listing_id!r}, photo {number}: the file {file} is missing from "
            "the media storage: import the folder of this listing again"
        )


def _check_labelled(vertical: Vertical, listings: Mapping[Split, list[Json]]) -> None:
    """The vertical can be taught and measured."""
    for split, rows in listings.items():
        if split is not Split.POOL and not any(row["answers"] for row in rows):
            remedy = f"label some of its {len(rows)} {split} listings" if rows else "import labelled listings"
            raise DataError(f"vertical {vertical.label!r} has no {split} labels: {remedy}")


def listing_json(listing: Listing, labels: Sequence[LabelRow], attributes: Mapping[int, Attribute]) -> Json:
    """The listing with these labels of it as its answers."""
    answers = {attributes[label.attribute_id].label: _answer(listing, label, attributes) for label in labels}
    return {
        "listing_id": listing.external_id,
        "vertical": listing.vertical.label,
        "title": listing.title,
        "description": listing.description,
        "group": listing.group_key,
        "images": [
            {"file": str(image.file.name), "sha256": image.sha256, "bytes": image.photo.bytes}
            for image in listing.images.all()
        ],
        "answers": answers,
        "evidence": {
            attributes[label.attribute_id].label: label.evidence_position
            for label in labels
            if label.evidence_position
        },
    }


def label_json(listing: Listing, label: LabelRow, attributes: Mapping[int, Attribute]) -> Json:
    """Which label it is."""
    return {
        "id": label.label_id,
        "listing_id": listing.external_id,
        "attribute": attributes[label.attribute_id].label,
        "schema_version": label.schema_version,
    }


def _answer(listing: Listing, label: LabelRow, attributes: Mapping[int, Attribute]) -> str:
    if label.state:
        return label.state.replace("_", " ")
    attribute = attributes[label.attribute_id]
    allowed = [value.label for value in attribute.values.all()]
    for value in label.values:
        if value not in allowed:
            raise DataError(
                f"listing {listing.external_id!r} is labelled {attribute.label} = {value!r}, but that is "
                f"retired: label it again with one of {', '.join(allowed)}, or restore the value in the "
                "schema editor"
            )
    return records.MULTI_SEPARATOR.join(value for value in allowed if value in label.values)

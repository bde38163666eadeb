"""A round's frozen inputs: catalogue and labels -> JSON at the start, JSON -> the loop's records in the job.

The photos themselves are not copied: the media storage names a file by its content.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog import selectors as catalog
from catalog.imaging.errors import ImageError
from catalog.imaging.storage import media_local, media_missing
from catalog.models import Attribute, Listing, SchemaVersion
from catalog.splits import Split
from labeling.selectors import LabelRow, label_rows
from training.base_model import base_fingerprint
from training.ml import records
from training.ml.errors import DataError
from training.ml.params import LoopParams
from training.ml.splits import Splits
from training.ml.version import code_version

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """Catalogue codes by the names that the loop knows."""

    verticals: Mapping[str, str]
    """{name: code}"""
    attributes: Mapping[tuple[str, str], str]
    """{(vertical name, attribute name): code}"""
    values: Mapping[tuple[str, str], Mapping[str, str]]
    """{(vertical name, attribute name): {value: code}}, the values in order"""


def freeze(params: LoopParams) -> Json:
    """Everything that a round with these parameters would learn from and be measured by, as JSON.

    Equal catalogues, labels, models and code give equal JSON, whatever their primary keys.

    Raises:
        DataError: naming the vertical, listing or file that cannot be used, and the remedy.
    """
    base = {"base": params.model.base, "fingerprint": base_fingerprint(params.model.base)}
    attributes = {attribute.pk: attribute for attribute in catalog.attributes_with_values()}
    listings = {
        split.value: _listings_json(split, attributes, with_answers=split is not Split.POOL)
        for split in Split
    }
    _check_splits(listings)
    used = {listing["vertical"] for rows in listings.values() for listing in rows}
    return {
        "verticals": _verticals_json(
            attribute for attribute in attributes.values() if attribute.vertical.label in used
        ),
        "listings": listings,
        "counts": {split: len(rows) for split, rows in listings.items()},
        "base_model": base,
        "code": code_version(),
    }


def schema_versions(inputs: Json) -> list[SchemaVersion]:
    """The schema versions of the frozen verticals, as they are now."""
    used = {vertical["code"] for vertical in inputs["verticals"]}
    return [version for version in catalog.schema_versions_now().values() if version.vertical.code in used]


def learned_from(inputs: Json) -> list[str]:
    """The external ids of the frozen listings that the loop learns from: seed and pool."""
    return [
        row["listing_id"] for split in (Split.SEED, Split.POOL) for row in inputs["listings"][split.value]
    ]


def thaw_schema(inputs: Json) -> records.Schema:
    """The frozen schema."""
    return {
        vertical["name"]: {
            attribute["name"]: records.Attribute(
                attribute["name"],
                attribute["description"],
                tuple(attribute["allowed_values"]),
                attribute["multi"],
            )
            for attribute in vertical["attributes"]
        }
        for vertical in inputs["verticals"]
    }


def thaw_splits(inputs: Json) -> Splits:
    """The frozen listings, their photos by path on this machine.

    Raises:
        DataError: when a photo has vanished from the media storage since.
    """
    rows = inputs["listings"]
    files = [image["file"] for split in Split for row in rows[split.value] for image in row["images"]]
    try:
        paths = media_local(files)
    except ImageError as error:
        raise DataError(str(error)) from error
    return Splits(**{split.value: tuple(_record(row, paths) for row in rows[split.value]) for split in Split})


def thaw_names(inputs: Json) -> Names:
    """The codes under which the catalogue keeps what the loop calls by name."""
    return Names(
        verticals={vertical["name"]: vertical["code"] for vertical in inputs["verticals"]},
        attributes={
            (vertical["name"], attribute["name"]): attribute["code"]
            for vertical in inputs["verticals"]
            for attribute in vertical["attributes"]
        },
        values={
            # A round that was frozen before codes were kept has none.
            (vertical["name"], attribute["name"]): dict(
                zip(attribute["allowed_values"], attribute.get("value_codes", ()), strict=False)
            )
            for vertical in inputs["verticals"]
            for attribute in vertical["attributes"]
        },
    )


def _record(row: Json, paths: Mapping[str, Path]) -> records.Listing:
    return records.Listing(
        listing_id=row["listing_id"],
        vertical=row["vertical"],
        images=tuple(paths[image["file"]] for image in row["images"]),
        title=row["title"],
        description=row["description"],
        answers=row["answers"],
        evidence={attribute: (position,) for attribute, position in row["evidence"].items()},
        group=row["group"],
    )


def _verticals_json(attributes: Iterable[Attribute]) -> list[Json]:
    verticals: dict[str, Json] = {}
    for attribute in attributes:
        vertical = verticals.setdefault(
            attribute.vertical.label,
            {"name": attribute.vertical.label, "code": attribute.vertical.code, "attributes": []},
        )
        if vertical["code"] != attribute.vertical.code:
            raise DataError(
                f"the verticals {vertical['code']!r} and {attribute.vertical.code!r} are both called "
                f"{vertical['name']!r}: rename one of them in the admin"
            )
        vertical["attributes"].append(_attribute_json(attribute))
    for name, vertical in verticals.items():
        _check_distinct(
            (one["name"] for one in vertical["attributes"]), f"vertical {name!r} has two attributes"
        )
    return list(verticals.values())


def _attribute_json(attribute: Attribute) -> Json:
    values = [value.label for value in attribute.values.all()]
    where = f"attribute {attribute.vertical.label!r} / {attribute.label!r}"
    if not values:
        raise DataError(f"{where} has no allowed values: add some in the admin, or delete the attribute")
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
            raise DataError(f"{where} called {name!r}: rename one of them in the admin")


def _listings_json(split: Split, attributes: Mapping[int, Attribute], *, with_answers: bool) -> list[Json]:
    labels: dict[int, list[LabelRow]] = {}
    for label in label_rows(split=split) if with_answers else ():
        labels.setdefault(label.listing_id, []).append(label)
    # Databases order texts each in their own way.
    listings = sorted(catalog.listings_of(split=split), key=lambda listing: listing.external_id)
    # Nobody can look at a listing without photos. One that people labelled should have some.
    listings = [listing for listing in listings if listing.images.all() or listing.pk in labels]
    _check_photos(listings)
    return [_listing_json(listing, labels.get(listing.pk, []), attributes) for listing in listings]


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


def _listing_json(listing: Listing, labels: list[LabelRow], attributes: Mapping[int, Attribute]) -> Json:
    answers = {attributes[label.attribute_id].label: _answer(listing, label, attributes) for label in labels}
    return {
        "listing_id": listing.external_id,
        "vertical": listing.vertical.label,
        "title": listing.title,
        "description": listing.description,
        "group": listing.group_key,
        "images": [{"file": str(image.file.name), "sha256": image.sha256} for image in listing.images.all()],
        "answers": answers,
        "evidence": {
            attributes[label.attribute_id].label: label.evidence_position
            for label in labels
            if label.evidence_position
        },
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
                f"retired: label it again with one of {', '.join(allowed)}, or restore the value in the admin"
            )
    return records.MULTI_SEPARATOR.join(value for value in allowed if value in label.values)


def _check_splits(listings: Mapping[str, list[Json]]) -> None:
    """Every vertical can be taught and measured, and there is something to learn from."""
    verticals = sorted({listing["vertical"] for rows in listings.values() for listing in rows})
    if not verticals:
        raise DataError(
            "the catalogue is empty: import a data folder first, or load the demo (manage.py demo)"
        )
    if not listings[Split.POOL.value]:
        raise DataError("the pool is empty: import unlabelled listings to learn from")
    for split in (Split.SEED, Split.GOLD):
        rows = listings[split.value]
        labelled = {listing["vertical"] for listing in rows if listing["answers"]}
        for vertical in verticals:
            if vertical not in labelled:
                count = sum(listing["vertical"] == vertical for listing in rows)
                remedy = (
                    f"label some of its {count} {split} listings" if count else "import labelled listings"
                )
                raise DataError(f"vertical {vertical!r} has no {split} labels: {remedy}")

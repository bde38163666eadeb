"""A round's inputs -> the loop's records."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from catalog import selectors as catalog
from catalog.imaging.errors import ImageError
from catalog.imaging.storage import media_local
from catalog.models import SchemaVersion
from catalog.splits import Split
from training.inputs.verticals import Json
from training.ml import records
from training.ml.errors import DataError
from training.ml.params import Strategy
from training.ml.runfolder import adapter_digest
from training.ml.splits import Splits
from training.ml.strategies import PLANS


@dataclass(frozen=True, slots=True)
class Names:
    """Catalogue codes by the names that the loop knows."""

    verticals: Mapping[str, str]
    """{name: code}"""
    attributes: Mapping[tuple[str, str], str]
    """{(vertical name, attribute name): code}"""
    values: Mapping[tuple[str, str], Mapping[str, str]]
    """{(vertical name, attribute name): {value: code}}, the values in order"""


def schema_versions(inputs: Json) -> list[SchemaVersion]:
    """The schema versions of the frozen verticals, as they are now."""
    used = {vertical["code"] for vertical in inputs["verticals"]}
    return [version for version in catalog.schema_versions_now().values() if version.vertical.code in used]


def learned_from(inputs: Json, strategy: Strategy) -> list[str]:
    """The external ids of the frozen listings that the loop learns from: seed, and as a rule the pool."""
    splits = (Split.SEED, Split.POOL) if PLANS[strategy].learns_from_pool else (Split.SEED,)
    return [row["listing_id"] for split in splits for row in inputs["listings"][split.value]]


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


def thaw_start(inputs: Json) -> Path | None:
    """The adapter that the round goes on from, as it was at the start; None: it begins with SFT.

    Raises:
        DataError: when it is gone or has changed since.
    """
    adapter = inputs.get("adapter")
    if adapter is None:
        return None
    path: Path = Path(settings.ATTRX_ARTIFACTS_DIR) / adapter["path"]
    if adapter_digest(path) != adapter["sha256"]:
        raise DataError(f"{path} is not the adapter that the round was started on: put that back there")
    return path


def same_inputs(one: Json, other: Json) -> bool:
    """Whether a round over these inputs would give the same results, whatever labels' ids are."""
    return {**one, "sources": None} == {**other, "sources": None}


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
